import { describe, expect, test } from '@jest/globals';
import { ColumnType, type ColumnLayout } from '../../../src/binlog/column-layout.js';
import { RowCutter } from '../../../src/binlog/row-cutter.js';
import { type MappedColumn, rowImage, tableMap } from '../../support/binlog-events.js';

function layout(column: MappedColumn): ColumnLayout {
  const own = tableMap({ columns: [column] }).columns[0];
  if (own === undefined) throw new Error('a table map of one column has one layout');
  return own;
}

const { Enum, Set: SetType } = ColumnType;
const folded = (lengthMax: number): number[] => [
  ColumnType.String ^ ((lengthMax & 0x300) >> 4),
  lengthMax & 0xff,
];

describe('types whose values have one length', () => {
  const fixedTypes: [string, MappedColumn, number][] = [
    ['TINYINT', { type: ColumnType.Tiny }, 1],
    ['SMALLINT', { type: ColumnType.Short }, 2],
    ['MEDIUMINT', { type: ColumnType.Int24 }, 3],
    ['INT', { type: ColumnType.Long }, 4],
    ['BIGINT', { type: ColumnType.LongLong }, 8],
    ['FLOAT', { type: ColumnType.Float, metadata: [4] }, 4],
    ['DOUBLE', { type: ColumnType.Double, metadata: [8] }, 8],
    ['YEAR', { type: ColumnType.Year }, 1],
    ['DATE', { type: ColumnType.Date }, 3],
    ['DATE, its newer code', { type: ColumnType.NewDate }, 3],
    ['TIME before 5.6', { type: ColumnType.Time }, 3],
    ['DATETIME before 5.6', { type: ColumnType.Datetime }, 8],
    ['TIMESTAMP before 5.6', { type: ColumnType.Timestamp }, 4],
    ['no type', { type: ColumnType.Null }, 0],
    ['BIT(1)', { type: ColumnType.Bit, metadata: [1, 0] }, 1],
    ['BIT(8)', { type: ColumnType.Bit, metadata: [0, 1] }, 1],
    ['BIT(10)', { type: ColumnType.Bit, metadata: [2, 1] }, 2],
    ['BIT(64)', { type: ColumnType.Bit, metadata: [0, 8] }, 8],
    ['ENUM', { type: ColumnType.String, metadata: [Enum, 1] }, 1],
    ['ENUM of more than 255', { type: ColumnType.String, metadata: [Enum, 2] }, 2],
    ['SET of 64', { type: ColumnType.String, metadata: [SetType, 8] }, 8],
  ];
  test.each(fixedTypes)('%s', (_, column, bytes) => {
    expect(layout(column)).toMatchObject({ prefixBytes: 0, fixedBytes: bytes });
  });

  test('ENUM and SET are told apart from strings', () => {
    expect(layout({ type: ColumnType.String, metadata: [Enum, 1] }).type).toBe(Enum);
    expect(layout({ type: ColumnType.String, metadata: [SetType, 1] }).type).toBe(SetType);
  });

  test.each([
    [ColumnType.Timestamp2, [4, 5, 5, 6, 6, 7, 7]],
    [ColumnType.Datetime2, [5, 6, 6, 7, 7, 8, 8]],
    [ColumnType.Time2, [3, 4, 4, 5, 5, 6, 6]],
  ])('type %i with 0 to 6 decimals', (type, lengths) => {
    const found = lengths.map((_, decimals) => layout({ type, metadata: [decimals] }).fixedBytes);
    expect(found).toEqual(lengths);
  });

  test.each([
    [5, 2, 3],
    [10, 0, 5],
    [9, 9, 4],
    [18, 9, 8],
    [12, 2, 6],
    [65, 30, 30],
    [65, 0, 29],
    [1, 0, 1],
  ])('DECIMAL(%i,%i) has %i bytes', (precision, scale, bytes) => {
    expect(layout({ type: ColumnType.NewDecimal, metadata: [precision, scale] }).fixedBytes).toBe(bytes);
  });
});

describe('types whose values carry their length', () => {
  test.each([
    ['VARCHAR(255)', { type: ColumnType.Varchar, metadata: [255, 0] }, 1],
    ['VARCHAR(256)', { type: ColumnType.Varchar, metadata: [0, 1] }, 2],
    ['CHAR of 255 bytes', { type: ColumnType.String, metadata: folded(255) }, 1],
    ['CHAR of 256 bytes', { type: ColumnType.String, metadata: folded(256) }, 2],
    ['CHAR of 1020 bytes', { type: ColumnType.String, metadata: folded(1020) }, 2],
    ['TINYBLOB', { type: ColumnType.Blob, metadata: [1] }, 1],
    ['BLOB', { type: ColumnType.Blob, metadata: [2] }, 2],
    ['MEDIUMBLOB', { type: ColumnType.Blob, metadata: [3] }, 3],
    ['LONGBLOB', { type: ColumnType.Blob, metadata: [4] }, 4],
    ['JSON', { type: ColumnType.Json, metadata: [4] }, 4],
    ['GEOMETRY', { type: ColumnType.Geometry, metadata: [4] }, 4],
    ['VECTOR', { type: ColumnType.Vector, metadata: [4] }, 4],
  ])('%s', (_, column, prefixBytes) => {
    expect(layout(column)).toMatchObject({ prefixBytes, fixedBytes: 0 });
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUIntLE(200, 0, prefixBytes);
    const table = tableMap({ columns: [column, { type: ColumnType.Tiny }] });
    const image = rowImage([Buffer.concat([prefix, Buffer.alloc(200)]), Buffer.from([7])]);
    const cutter = new RowCutter(table);
    expect(cutter.cut(image, 0, image.length)).toBe(image.length);
    expect([...cutter.starts, ...cutter.ends]).toEqual([
      1,
      201 + prefixBytes,
      201 + prefixBytes,
      202 + prefixBytes,
    ]);
  });
});

describe('what cannot be', () => {
  test.each([
    ['an unknown type', { type: 21 }, 'TR_COLUMN_TYPE_UNKNOWN'],
    ['DECIMAL of before 5.0', { type: ColumnType.Decimal }, 'TR_COLUMN_TYPE_UNKNOWN'],
    [
      'a typed array, which is never logged',
      { type: ColumnType.TypedArray, metadata: [3] },
      'TR_COLUMN_TYPE_UNKNOWN',
    ],
    ['more scale than precision', { type: ColumnType.NewDecimal, metadata: [2, 3] }, 'TR_STREAM_CORRUPT'],
    ['too much precision', { type: ColumnType.NewDecimal, metadata: [66, 0] }, 'TR_STREAM_CORRUPT'],
    ['a blob without a length', { type: ColumnType.Blob, metadata: [0] }, 'TR_STREAM_CORRUPT'],
    ['a blob whose length has five bytes', { type: ColumnType.Blob, metadata: [5] }, 'TR_STREAM_CORRUPT'],
    ['metadata that is missing', { type: ColumnType.Varchar, metadata: [1] }, 'TR_STREAM_CORRUPT'],
  ])('%s', (_, column, code) => {
    expect(() => layout(column)).toThrow(expect.objectContaining({ code }));
  });
});

describe('RowCutter', () => {
  const table = tableMap({
    columns: Array.from({ length: 10 }, (_, i) => ({
      type: i === 9 ? ColumnType.Blob : ColumnType.Tiny,
      metadata: i === 9 ? [2] : [],
    })),
  });

  test('NULLs and columns that are not in the image have no place', () => {
    const present = Buffer.from([0b0000_0101, 0b10]);
    const cutter = new RowCutter(table, present);
    // Of the three columns present the second is NULL.
    const image = Buffer.from([0b010, 11, 2, 0, 33, 44]);
    expect(cutter.cut(image, 0, image.length)).toBe(6);
    expect([...cutter.starts]).toEqual([1, -1, -1, -1, -1, -1, -1, -1, -1, 2]);
    expect(cutter.ends[9]).toBe(6);
  });

  test('a cutter forgets the image before', () => {
    const cutter = new RowCutter(table);
    const full = rowImage([...Array.from({ length: 9 }, () => Buffer.from([1])), Buffer.from([1, 0, 5])]);
    const nulls = rowImage(Array.from({ length: 10 }, () => null));
    cutter.cut(full, 0, full.length);
    expect(cutter.cut(nulls, 0, nulls.length)).toBe(2);
    expect([...cutter.starts]).toEqual(Array.from({ length: 10 }, () => -1));
  });

  test('a length beyond the event is refused, however large', () => {
    const blobs = tableMap({ columns: [{ type: ColumnType.Blob, metadata: [4] }] });
    const image = Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]);
    expect(() => new RowCutter(blobs).cut(image, 0, image.length)).toThrow(
      expect.objectContaining({ code: 'TR_STREAM_CORRUPT' }),
    );
  });

  test('an image without columns is refused: its rows would never end', () => {
    const cutter = new RowCutter(table, Buffer.from([0, 0]));
    expect(() => cutter.cut(Buffer.alloc(10), 0, 10)).toThrow(
      expect.objectContaining({ code: 'TR_STREAM_CORRUPT' }),
    );
  });
});
