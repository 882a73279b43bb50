import { ByteReader } from './byte-reader.js';
import { ColumnType, type ColumnLayout } from './column-layout.js';
import { eventHeaderBytes } from './event-header.js';
import type { TableMap } from './table-map.js';

/** What a table map's optional metadata says of one column; null: it does not say. */
export interface ColumnAttributes {
  readonly unsigned: boolean | null;
  /** A string of bytes without a character set. */
  readonly binary: boolean | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

// Of `Table_map_event::Optional_metadata_field_type`, those that are read here.
const Field = { Signedness: 1, DefaultCharset: 2, ColumnCharset: 3 } as const;

const binaryCollation = 63;

const numericTypes: ReadonlySet<number> = new Set([
  ColumnType.Tiny,
  ColumnType.Short,
  ColumnType.Int24,
  ColumnType.Long,
  ColumnType.LongLong,
  ColumnType.NewDecimal,
  ColumnType.Float,
  ColumnType.Double,
]);

const characterTypes: ReadonlySet<number> = new Set([
  ColumnType.String,
  ColumnType.VarString,
  ColumnType.Varchar,
  ColumnType.Blob,
]);

/** Columns of the given types, which a field of the metadata counts from 0. */
function columnsOf(types: ReadonlySet<number>, columns: readonly ColumnLayout[]): number[] {
  return columns.flatMap((column, index) => (types.has(column.type) ? [index] : []));
}

/** Moves to the optional metadata, which follows the bitmap of columns that may be NULL. */
function openMetadata({ event, columns, name }: TableMap): ByteReader {
  const reader = new ByteReader(event, eventHeaderBytes, event.length, `the metadata of ${name}`);
  reader.skip(8);
  reader.skip(reader.uint8() + 1);
  reader.skip(reader.lengthEncoded() + 1);
  reader.skip(reader.lengthEncoded());
  reader.skip(reader.lengthEncoded());
  reader.skip((columns.length + 7) >> 3);
  return reader;
}

/**
 * Reads what `binlog_row_metadata` (MINIMAL and FULL, MySQL 8.0 and later) tells of signs and character sets, by column.
 * Format: "Table_map_event optional metadata" in MySQL's libs/mysql/binlog/event/rows_event.h. Throws TR_STREAM_CORRUPT.
 */
export function readColumnAttributes(table: TableMap): readonly ColumnAttributes[] {
  const { columns, event } = table;
  const attributes = columns.map((): Mutable<ColumnAttributes> => ({ unsigned: null, binary: null }));
  const reader = openMetadata(table);
  while (reader.remaining > 0) {
    const field = reader.uint8();
    const length = reader.lengthEncoded();
    const at = reader.offset;
    reader.skip(length);
    const value = new ByteReader(event, at, at + length, `the metadata of ${table.name}`);
    if (field === Field.Signedness) {
      const bits = value.bytes(length);
      columnsOf(numericTypes, columns).forEach((column, i) => {
        const own = attributes[column];
        if (own !== undefined) own.unsigned = ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0;
      });
    } else if (field === Field.DefaultCharset) {
      const characters = columnsOf(characterTypes, columns).map((column) => attributes[column]);
      const byDefault = value.lengthEncoded() === binaryCollation;
      for (const own of characters) if (own !== undefined) own.binary = byDefault;
      while (value.remaining > 0) {
        const own = characters[value.lengthEncoded()];
        const binary = value.lengthEncoded() === binaryCollation;
        if (own !== undefined) own.binary = binary;
      }
    } else if (field === Field.ColumnCharset) {
      for (const column of columnsOf(characterTypes, columns)) {
        const own = attributes[column];
        if (own !== undefined) own.binary = value.lengthEncoded() === binaryCollation;
      }
    }
  }
  return attributes;
}
