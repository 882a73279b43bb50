import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';
import type { QueryEvent } from './query-event.js';

/** How the rows of an XA transaction end in the binary log. */
export interface XaPrepareEvent {
  /** Committed at once: no other outcome follows. */
  readonly onePhase: boolean;
  /** The identifier as statements write it: `X'<hex>',X'<hex>',<number>`. */
  readonly xid: string;
}

/** What the source logs around XA transactions. Only its own notation is taken: these texts go into statements of the replica. */
export interface XaStatement {
  readonly verb: 'START' | 'END' | 'COMMIT' | 'ROLLBACK';
  /** As in `XaPrepareEvent`. */
  readonly xid: string;
}

const partBytesMax = 64;

/**
 * Reads an XA_prepare event without its checksum.
 * Format: class `XA_prepare_event` in MySQL's libs/mysql/binlog/event/control_events.h.
 */
export function readXaPrepareEvent(event: Buffer): XaPrepareEvent {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'an XA prepare event');
  const onePhase = reader.uint8() !== 0;
  const formatId = reader.uint32();
  const [transactionBytes, branchBytes] = [reader.uint32(), reader.uint32()];
  if (transactionBytes > partBytesMax || branchBytes > partBytesMax) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'An XA prepare event contains an invalid identifier.',
      why: `Its parts claim ${transactionBytes} and ${branchBytes} bytes; the maximum is ${partBytesMax}.`,
    });
  }
  const [transaction, branch] = [reader.bytes(transactionBytes), reader.bytes(branchBytes)];
  return { onePhase, xid: `X'${transaction.toString('hex')}',X'${branch.toString('hex')}',${formatId}` };
}

const pattern =
  /^XA (START|END|COMMIT|ROLLBACK) (X'(?:[0-9a-f]{2}){0,64}',X'(?:[0-9a-f]{2}){0,64}',[0-9]{1,10})$/i;

/** The XA statement that a query event is; null: it is none, or not in the notation that servers log. */
export function readXaStatement(query: QueryEvent): XaStatement | null {
  const match = pattern.exec(query.statement.toString('latin1'));
  if (match === null) return null;
  const [, verb = '', xid = ''] = match;
  return {
    verb: verb.toUpperCase() as XaStatement['verb'],
    // Hexadecimal digits may be written in both ways.
    xid: xid.toLowerCase().replaceAll('x', 'X'),
  };
}
