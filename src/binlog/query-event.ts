import type { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';
import { readSessionContext, type SessionContext } from './session-context.js';
import type { SessionValue } from './session-value.js';

/** Columns that a statement of MariaDB makes whole numbers of. */
export interface WholeNumbers {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
}

/** A statement in the binary log: `BEGIN`, `COMMIT`, DDL, and in other formats than ROW also changes of data. */
export interface QueryEvent {
  /** Seconds since 1970 at which the statement started. */
  readonly timestamp: number;
  readonly threadId: number;
  /** The error code with which the statement ended on the source; 0: none. */
  readonly errorCode: number;
  /** It depends on the session it ran in: it uses a temporary table, or CONNECTION_ID(). */
  readonly isThreadSpecific: boolean;
  readonly schema: string;
  /** The statement's bytes, in the character set `context.charsetClient`. */
  readonly statement: Buffer;
  readonly context: SessionContext;
  /** What events before it say of its session. */
  readonly values?: readonly SessionValue[];
  /** Why the replica would do something else than the source did; it stops the link where the statement would be applied. */
  readonly refusal?: TailraceError;
  /** Columns whose values another server makes whole numbers of in another way, if they are times with fractions. */
  readonly wholeNumbers?: WholeNumbers;
}

/** LOG_EVENT_THREAD_SPECIFIC_F of the event header. */
const threadSpecificFlag = 0x4;

/**
 * Reads a query event without its checksum.
 * Format: class `Query_event` in MySQL's libs/mysql/binlog/event/statement_events.h.
 */
export function readQueryEvent(event: Buffer): QueryEvent {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'a query event');
  const threadId = reader.uint32();
  reader.skip(4);
  const schemaBytes = reader.uint8();
  const errorCode = reader.uint16();
  const statusBytes = reader.uint16();
  const status = reader.bytes(statusBytes);
  const schema = reader.text(schemaBytes);
  reader.skip(1);
  return {
    timestamp: event.readUInt32LE(0),
    threadId,
    errorCode,
    isThreadSpecific: (event.readUInt16LE(17) & threadSpecificFlag) !== 0,
    schema,
    statement: reader.bytes(reader.remaining),
    context: readSessionContext(status),
  };
}

const statementStart = eventHeaderBytes + 13;

const beginBytes = Buffer.from('BEGIN');

/**
 * Whether the query event in `bytes` from `start` to `end` is a plain `BEGIN`, told without reading its session context.
 */
export function isBegin(bytes: Buffer, start = 0, end = bytes.length): boolean {
  if (end - start < statementStart) return false;
  const body = start + eventHeaderBytes;
  const at = start + statementStart + bytes.readUInt16LE(body + 11) + (bytes[body + 8] as number) + 1;
  if (end - at !== beginBytes.length) return false;
  for (let i = 0; i < beginBytes.length; i++) if (bytes[at + i] !== beginBytes[i]) return false;
  return true;
}
