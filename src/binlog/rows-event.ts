import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { eventHeaderBytes } from './event-header.js';
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

const kinds = new Map<number, RowsKind>([
  [EventType.WriteRowsV1, 'write'],
  [EventType.UpdateRowsV1, 'update'],
  [EventType.DeleteRowsV1, 'delete'],
  [EventType.WriteRows, 'write'],
  [EventType.UpdateRows, 'update'],
  [EventType.DeleteRows, 'delete'],
  [EventType.PartialUpdateRows, 'update'],
]);

export function isRowsEventType(type: number): boolean {
  return kinds.has(type);
}

/** Reads only the table id, to find the table map that a row event needs. */
export function readRowsTableId(bytes: Buffer, start = 0, end = bytes.length): number {
  return new ByteReader(bytes, start + eventHeaderBytes, end, 'a row event').uint48();
}

/** The bitmap at `at`, or null when it names every column. */
function readPresent(bytes: Buffer, at: number, columnCount: number): Buffer | null {
  for (let i = 0; i < columnCount; i++) {
    if (((bytes[at + (i >> 3)] as number) & (1 << (i & 7))) === 0) {
      return bytes.subarray(at, at + ((columnCount + 7) >> 3));
    }
  }
  return null;
}

/**
 * Reads a row event (versions 1 and 2, and partial updates), which lies in `bytes` from `start` to `end` without its checksum.
 * Format: class `Rows_event` in MySQL's libs/mysql/binlog/event/rows_event.h. Throws TR_STREAM_CORRUPT.
 */
export function readRowsEvent(bytes: Buffer, table: TableMap, start = 0, end = bytes.length): RowsEvent {
  const type = bytes.readUInt8(start + 4);
  const kind = kinds.get(type);
  if (kind === undefined) {
    throw new TailraceError('TR_INTERNAL', { what: `event type ${type} was read as a row event` });
  }
  const reader = new ByteReader(bytes, start + eventHeaderBytes, end, table.name);
  reader.skip(6);
  const flags = reader.uint16();
  if (type >= EventType.WriteRows) {
    // The extra data (partition ids) begins with its own length, which counts itself.
    const extraBytes = reader.uint16();
    if (extraBytes < 2) throw columnMismatch(table, 'its extra data is shorter than its own length field');
    reader.skip(extraBytes - 2);
  }
  const columnCount = reader.lengthEncoded();
  if (columnCount !== table.columns.length) {
    throw columnMismatch(
      table,
      `it has ${columnCount} columns, the table map before it ${table.columns.length}`,
    );
  }
  const bitmapBytes = (columnCount + 7) >> 3;
  const presentAt = reader.offset;
  reader.skip(kind === 'update' ? 2 * bitmapBytes : bitmapBytes);
  const present = readPresent(bytes, presentAt, columnCount);
  const presentAfter = kind === 'update' ? readPresent(bytes, presentAt + bitmapBytes, columnCount) : present;
  const partialJson = type === EventType.PartialUpdateRows;
  return {
    kind,
    table,
    flags,
    bytes,
    start,
    end,
    rowsAt: reader.offset,
    complete: !partialJson && present === null && presentAfter === null,
    partialJson,
    present,
    presentAfter,
  };
}

function columnMismatch(table: TableMap, why: string): TailraceError {
  return new TailraceError('TR_STREAM_CORRUPT', {
    what: `a row event of ${table.name} contradicts itself`,
    why,
  });
}
