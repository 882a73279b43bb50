import * as fc from 'fast-check';
import { ColumnType } from '../../src/binlog/column-layout.js';
import type { MappedColumn } from './binlog-events.js';

/** A column, and values of it as they stand in an image. */
export interface GeneratedColumn {
  readonly column: MappedColumn;
  readonly value: fc.Arbitrary<Buffer | null>;
}

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((own) => Buffer.from(own));

const fixed = (type: number, length: number, metadata: readonly number[] = []): GeneratedColumn => ({
  column: { type, metadata },
  value: fc.option(bytes(length)),
});

function prefixed(type: number, prefixBytes: number, metadata: readonly number[]): GeneratedColumn {
  const withLength = (own: Uint8Array): Buffer => {
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUIntLE(own.length, 0, prefixBytes);
    return Buffer.concat([prefix, own]);
  };
  return { column: { type, metadata }, value: fc.option(fc.uint8Array({ maxLength: 60 }).map(withLength)) };
}

const decimalBytes = (precision: number, scale: number): number => {
  const leftover = [0, 1, 1, 2, 2, 3, 3, 4, 4];
  const digits = (n: number): number => Math.floor(n / 9) * 4 + (leftover[n % 9] ?? 0);
  return digits(precision - scale) + digits(scale);
};

/** Every column type of 5.6 and 9.7, with its lengths in all their forms. */
export const generatedColumns: fc.Arbitrary<GeneratedColumn> = fc.oneof(
  fc.constantFrom(
    fixed(ColumnType.Tiny, 1),
    fixed(ColumnType.Short, 2),
    fixed(ColumnType.Int24, 3),
    fixed(ColumnType.Long, 4),
    fixed(ColumnType.LongLong, 8),
    fixed(ColumnType.Float, 4, [4]),
    fixed(ColumnType.Double, 8, [8]),
    fixed(ColumnType.Year, 1),
    fixed(ColumnType.Date, 3),
    fixed(ColumnType.NewDate, 3),
    fixed(ColumnType.Time, 3),
    fixed(ColumnType.Datetime, 8),
    fixed(ColumnType.Timestamp, 4),
    fixed(ColumnType.Null, 0),
    fixed(ColumnType.String, 1, [ColumnType.Enum, 1]),
    fixed(ColumnType.String, 2, [ColumnType.Enum, 2]),
    fixed(ColumnType.String, 8, [ColumnType.Set, 8]),
    prefixed(ColumnType.String, 1, [ColumnType.String, 40]),
    prefixed(ColumnType.String, 2, [ColumnType.String ^ 0x30, 252]),
    prefixed(ColumnType.Varchar, 1, [255, 0]),
    prefixed(ColumnType.Varchar, 2, [0, 1]),
    prefixed(ColumnType.VarString, 2, [0, 4]),
  ),
  fc.constantFrom(1, 2, 3, 4).map((length) => prefixed(ColumnType.Blob, length, [length])),
  fc
    .constantFrom(ColumnType.Json, ColumnType.Geometry, ColumnType.Vector)
    .map((type) => prefixed(type, 4, [4])),
  fc
    .tuple(
      fc.constantFrom([ColumnType.Timestamp2, 4], [ColumnType.Datetime2, 5], [ColumnType.Time2, 3]),
      fc.integer({ min: 0, max: 6 }),
    )
    .map(([[type = 0, whole = 0], decimals]) => fixed(type, whole + ((decimals + 1) >> 1), [decimals])),
  fc
    .integer({ min: 1, max: 64 })
    .map((bits) => fixed(ColumnType.Bit, Math.ceil(bits / 8), [bits % 8, Math.floor(bits / 8)])),
  fc
    .tuple(fc.integer({ min: 1, max: 65 }), fc.integer({ min: 0, max: 30 }))
    .filter(([precision, scale]) => scale <= precision)
    .map(([precision, scale]) =>
      fixed(ColumnType.NewDecimal, decimalBytes(precision, scale), [precision, scale]),
    ),
);
