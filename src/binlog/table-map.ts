import { TailraceError } from '../errors/tailrace-error.js';
import { ByteReader } from './byte-reader.js';
import { type ColumnLayout, isOldTemporal, readColumnLayout } from './column-layout.js';
import { eventHeaderBytes } from './event-header.js';

/** Table id (6 bytes) and flags (2 bytes). */
const postHeaderBytes = 8;
/** A server allows 4,096 columns a table. */
const columnsMax = 4096;

/** A table as the row events after it know it. */
export interface TableMap {
  readonly tableId: number;
  readonly schema: string;
  readonly table: string;
  /** `schema.table` with both quoted, a key for maps. */
  readonly name: string;
  readonly columns: readonly ColumnLayout[];
  /** Has columns in the format of times that MySQL gave up with 5.6.4: replicas read it as other values. */
  readonly hasOldTemporal: boolean;
  /** The event without checksum, as the source wrote it. */
  readonly event: Buffer;
  /**
   * The body, which two maps of the same table and shape share: all but the table id and the flags, which tell a table
   * that foreign-key actions reach from one that was named in the statement.
   */
  readonly shape: Buffer;
}

/** A key for maps that no two tables share. */
export function tableName(schema: string, table: string): string {
  return `\`${schema.replaceAll('`', '``')}\`.\`${table.replaceAll('`', '``')}\``;
}

/**
 * Reads a table map event without its checksum.
 * Format: class `Table_map_event` in MySQL's libs/mysql/binlog/event/rows_event.h. Optional metadata is kept, not read.
 */
export function readTableMap(event: Buffer): TableMap {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, 'a table map event');
  const tableId = reader.uint48();
  reader.skip(2);
  const schema = reader.text(reader.uint8());
  reader.skip(1);
  const table = reader.text(reader.lengthEncoded());
  reader.skip(1);
  const columnCount = reader.lengthEncoded();
  if (columnCount > columnsMax) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: `The table map of ${tableName(schema, table)} claims ${columnCount} columns.`,
      why: `A table has at most ${columnsMax}.`,
    });
  }
  const types = reader.bytes(columnCount);
  const metadataBytes = reader.lengthEncoded();
  const metadataEnd = reader.offset + metadataBytes;
  reader.skip(metadataBytes);
  const metadata = new ByteReader(
    event,
    metadataEnd - metadataBytes,
    metadataEnd,
    `the table map of ${tableName(schema, table)}`,
  );
  const columns: ColumnLayout[] = [];
  for (const type of types) columns.push(readColumnLayout(type, metadata));
  reader.skip((columnCount + 7) >> 3);
  return {
    tableId,
    schema,
    table,
    name: tableName(schema, table),
    columns,
    hasOldTemporal: columns.some(({ type }) => isOldTemporal(type)),
    event,
    shape: event.subarray(eventHeaderBytes + postHeaderBytes),
  };
}

/** Whether the event in `bytes` from `start` to `end` says the same of a table as the one that `table` was read from. */
export function tableMapEquals(table: TableMap, bytes: Buffer, start: number, end: number): boolean {
  const known = table.event;
  if (known.length !== end - start) return false;
  for (let i = eventHeaderBytes; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
