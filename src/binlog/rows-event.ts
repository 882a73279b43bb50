import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes, eventTypeAt } from './event-header.js';
import { EventType } from './event-type.js';
import type { TableMap } from './table-map.js';

/** Flags of a row event, as `Rows_event::enum_flag` in MySQL's libs/mysql/binlog/event/rows_event.h. */
export const RowsFlag = {
  StatementEnd: 0x1,
  NoForeignKeyChecks: 0x2,
  RelaxedUniqueChecks: 0x4,
  CompleteRows: 0x8,
  /** Foreign-key actions were carried out above the engine and are in the log themselves (MySQL 9.6 and later). */
  SqlForeignKey: 0x10,
} as const;

/** A row event of one of these table ids (older servers, newer servers) carries no rows and only ends a statement. */
export const dummyTableIds: ReadonlySet<number> = new Set([0xffffff, 0xffffffffffff]);

export type RowsKind = 'write' | 'update' | 'delete';

/** One row event, its rows still uncut. */
export interface RowsEvent {
  readonly kind: RowsKind;
  readonly table: TableMap;
  readonly flags: number;
  /**
   * Where the event lies without its checksum: `bytes` from `start` to `end`. `bytes` may hold more than this event; a view
   * of its own for each of millions of events costs more than the rows.
   */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Offset in `bytes` of the first row image. */
  readonly rowsAt: number;
  /** Both images carry every column, and no value is a difference: the event can be reduced. */
  readonly complete: boolean;
  /** After-images may hold JSON differences instead of values. */
  readonly partialJson: boolean;
  /**
   * Which columns the before-image (update, delete) or the only image (write) carries, and which the after-image of an
   * update; null: all.
   */
  readonly present: Buffer | null;
  readonly presentAfter: Buffer | null;
}

/** By event type. */
const kinds: (RowsKind | undefined)[] = [];
kinds[EventType.WriteRowsV1] = kinds[EventType.WriteRows] = 'write';
kinds[EventType.UpdateRowsV1] = kinds[EventType.UpdateRows] = kinds[EventType.PartialUpdateRows] = 'update';
kinds[EventType.DeleteRowsV1] = kinds[EventType.DeleteRows] = 'delete';

/** Table id (6 bytes) and flags (2 bytes); from version 2 on the length of the extra data follows. */
const postHeaderBytes = 8;

export function isRowsEventType(type: number): boolean {
  return kinds[type] !== undefined;
}

/** Reads only the table id, which row events and table maps begin with. Throws TR_STREAM_CORRUPT. */
export function readRowsTableId(bytes: Buffer, start = 0, end = bytes.length): number {
  const at = start + eventHeaderBytes;
  if (end - at < postHeaderBytes) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: 'A row event or table map is truncated.',
      why: `It needs ${postHeaderBytes} bytes after its header and has ${end - at}.`,
    });
  }
  return bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) * 2 ** 32;
}

/** The bitmap at `at`, or null when it names every column. */
function readPresent(bytes: Buffer, at: number, columnCount: number): Buffer | null {
  const whole = columnCount >> 3;
  const rest = (1 << (columnCount & 7)) - 1;
  let i = 0;
  while (i < whole && bytes[at + i] === 0xff) i++;
  if (i === whole && (rest === 0 || ((bytes[at + whole] as number) & rest) === rest)) return null;
  return bytes.subarray(at, at + ((columnCount + 7) >> 3));
}

/**
 * Reads a row event (versions 1 and 2, and partial updates), which lies in `bytes` from `start` to `end` without its checksum.
 * Format: class `Rows_event` in MySQL's libs/mysql/binlog/event/rows_event.h. Throws TR_STREAM_CORRUPT.
 */
export function readRowsEvent(bytes: Buffer, table: TableMap, start = 0, end = bytes.length): RowsEvent {
  const type = bytes[start + eventTypeAt] as number;
  const kind = kinds[type];
  if (kind === undefined) {
    throw new TailraceError('TR_INTERNAL', { what: `Event type ${type} was read as a row event.` });
  }
  let at = start + eventHeaderBytes + postHeaderBytes;
  if (type >= EventType.WriteRows) at = skipExtraData(bytes, at, end, table);
  const columnCount = table.columns.length;
  at = skipColumnCount(bytes, at, end, table);
  const bitmapBytes = (columnCount + 7) >> 3;
  const rowsAt = at + (kind === 'update' ? 2 * bitmapBytes : bitmapBytes);
  if (rowsAt > end) throw truncated(table, start, end);
  const present = readPresent(bytes, at, columnCount);
  const presentAfter = kind === 'update' ? readPresent(bytes, at + bitmapBytes, columnCount) : present;
  const partialJson = type === EventType.PartialUpdateRows;
  return {
    kind,
    table,
    flags: bytes.readUInt16LE(start + eventHeaderBytes + 6),
    bytes,
    start,
    end,
    rowsAt,
    complete: !partialJson && present === null && presentAfter === null,
    partialJson,
    present,
    presentAfter,
  };
}

/** The extra data (partition ids) begins with its own length, which counts itself; gives the offset after it. */
function skipExtraData(bytes: Buffer, at: number, end: number, table: TableMap): number {
  if (end - at < 2) throw truncated(table, at, end);
  const extraBytes = bytes.readUInt16LE(at);
  if (extraBytes < 2) throw columnMismatch(table, 'its extra data is shorter than its own length field');
  return at + extraBytes;
}

/** The number of columns, which must be the table map's; gives the offset after it. */
function skipColumnCount(bytes: Buffer, at: number, end: number, table: TableMap): number {
  const first = at < end ? (bytes[at] as number) : 0;
  // More than 250 columns take a longer form.
  const reader = first < 0xfb ? null : new ByteReader(bytes, at, end, table.name);
  const columnCount = reader === null ? first : reader.lengthEncoded();
  if (at >= end) throw truncated(table, at, end);
  if (columnCount !== table.columns.length) {
    throw columnMismatch(
      table,
      `it has ${columnCount} columns, the table map before it ${table.columns.length}`,
    );
  }
  return reader === null ? at + 1 : reader.offset;
}

function truncated(table: TableMap, at: number, end: number): TailraceError {
  return new TailraceError('TR_STREAM_CORRUPT', {
    what: `A row event of ${table.name} is truncated.`,
    why: `More bytes were expected at byte ${at}, but the event ends at byte ${end}.`,
  });
}

function columnMismatch(table: TableMap, why: string): TailraceError {
  return new TailraceError('TR_STREAM_CORRUPT', {
    what: `A row event of ${table.name} is inconsistent.`,
    why,
  });
}
