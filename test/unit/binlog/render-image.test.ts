import { describe, expect, test } from '@jest/globals';
import { ColumnType } from '../../../src/binlog/column-layout.js';
import { renderImage } from '../../../src/binlog/render-image.js';
import { singleRows } from '../../../src/apply/batch/single-rows.js';
import { type MappedColumn, rowImage, tableMap, u32 } from '../../support/binlog-events.js';
import { assemble, fixtureEvents } from '../../support/binlog-fixture.js';

const names =
  'id,i1,i1u,i2,i3,i3u,i8,i8u,f,d,n,n30,n9,n0,y,da,t,t3,t6,dt,dt1,dt6,ts,ts4,c,c200,v,v300,b,vb,tb,bl,mb,lb,tx,mt,e,s,s64,bit1,bit10,bit64,g,j,ve'.split(
    ',',
  );

/** The after-images of the inserts that a source ran on its table of all types. */
function insertedRows(fixture: string): string[] {
  const { transactions, error } = assemble(fixtureEvents(fixture));
  expect(error).toBeNull();
  const writes = transactions.flatMap(({ rows }) => rows).filter(({ kind }) => kind === 'write');
  return writes.flatMap((rows) =>
    [...singleRows(rows)].map((row) =>
      renderImage(rows.table, names, row.rows.bytes, row.afterStart, row.afterEnd, rows.present),
    ),
  );
}

const signed =
  'i1=-128, i1u=255, i2=-32768, i3=-8388608, i3u=16777215, i8=-9223372036854775808, i8u=18446744073709551615';
const numbers =
  'f=1.5, d=-2.25e-300, n=-12345.60, n30=-12345678901234567890123456789012345.123456789012345678901234567890, n9=123456789, n0=-0.00012';
const times =
  "y=1999, da='2024-02-29', t='-838:59:59', t3='-00:00:00.500', t6='12:34:56.000001', dt='2026-01-02 03:04:05', " +
  "dt1='9999-12-31 23:59:59.9', dt6='2026-01-02 03:04:05.678901', ts='2026-01-02 03:04:05+00:00', ts4='2026-01-02 03:04:05.6789+00:00'";
const strings = `c='ab', c200='cc', v='O''Brien', v300='${'w'.repeat(120)}…' (300 bytes)`;
const bytes = `b=x'0102', vb=x'00ff10', tb=x'aa', bl=x'${'00ff'.repeat(16)}…' (70 bytes), mb=x'bb', lb=x'cc'`;
const sets = `e=2, s=5, s64=9223372036854775809, bit1=b'1', bit10=b'1000000001', bit64=b'${'1'.repeat(63)}0'`;
const point = "g=x'000000000101000000000000000000f03f0000000000000040'";

describe('rows of real servers', () => {
  test.each(['mysql-types', 'mysql-types-full-metadata'])('%s: every type of 9.7', (fixture) => {
    const [full, zeros, nulls] = insertedRows(fixture);
    expect(full).toBe(
      `id=1, ${signed}, ${numbers}, ${times}, ${strings}, ${bytes}, tx='text', mt='', ${sets}, ${point}, ` +
        "j=x'00010016000b000100020c006102000a00050100050200', ve=x'0000803f00000040'",
    );
    expect(zeros).toContain(
      "n=0.00, n30=0.000000000000000000000000000000, n9=0, n0=0.00000, y=0000, da='0000-00-00', t='00:00:00'",
    );
    expect(zeros).toContain("t6='-12:00:00.250000', dt='0000-00-00 00:00:00', dt1='0000-00-00 00:00:00.0'");
    expect(zeros).toContain(
      "ts='0000-00-00 00:00:00', ts4='0000-00-00 00:00:00.0000', c='', c200='', v='', v300='', b=x''",
    );
    expect(zeros).toContain("s=0, s64=0, bit1=b'0', bit10=b'0000000000'");
    expect(nulls).toBe(['id=3', ...names.slice(1).map((name) => `${name}=NULL`)].join(', '));
  });

  test('mysql56-types: without metadata integers are signed and TEXT is bytes', () => {
    const [full, zeros] = insertedRows('mysql56-types');
    const withoutSigns = signed
      .replace('i1u=255', 'i1u=-1')
      .replace('16777215', '-1')
      .replace('18446744073709551615', '-1');
    expect(full).toBe(
      `id=1, ${withoutSigns}, ${numbers}, ${times}, ${strings}, ${bytes}, tx=x'74657874', mt=x'', ${sets}, ${point}`,
    );
    expect(zeros).toContain("b='', vb='', tb=x''");
  });

  test('only the columns that an image carries are shown', () => {
    const { transactions } = assemble(fixtureEvents('mysql-partial-images'));
    const update = transactions.flatMap(({ rows }) => rows).find(({ kind }) => kind === 'update');
    const [row] = update === undefined ? [] : singleRows(update);
    if (update === undefined || row === undefined) throw new Error('the fixture has an update');
    const { bytes: event } = row.rows;
    const columns = ['id', 'v', 'w', 'j'];
    expect(renderImage(update.table, columns, event, row.beforeStart, row.beforeEnd, update.present)).toBe(
      'id=1',
    );
    expect(renderImage(update.table, columns, event, row.afterStart, row.afterEnd, update.presentAfter)).toBe(
      'v=2',
    );
  });
});

/** One value of one column, as text. */
function shown(column: MappedColumn, value: Buffer): string {
  const table = tableMap({ columns: [column] });
  const image = rowImage([value]);
  return renderImage(table, ['c'], image, 0, image.length).replace(/^c=/, '');
}

describe('types that only old tables have', () => {
  const int24 = (value: number): Buffer => {
    const bytes = Buffer.alloc(3);
    bytes.writeIntLE(value, 0, 3);
    return bytes;
  };
  const datetime = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return bytes;
  };
  test.each([
    [ColumnType.Time, int24(-8385959), "'-838:59:59'"],
    [ColumnType.Time, int24(0), "'00:00:00'"],
    [ColumnType.Datetime, datetime(20260102030405n), "'2026-01-02 03:04:05'"],
    [ColumnType.Datetime, datetime(0n), "'0000-00-00 00:00:00'"],
    [ColumnType.Timestamp, u32(1_767_323_045), "'2026-01-02 03:04:05+00:00'"],
    [ColumnType.Timestamp, Buffer.alloc(4), "'0000-00-00 00:00:00'"],
    [ColumnType.NewDate, int24((2024 << 9) | (2 << 5) | 29), "'2024-02-29'"],
    [ColumnType.Null, Buffer.alloc(0), 'NULL'],
  ])('type %i', (type, value, text) => {
    expect(shown({ type }, value)).toBe(text);
  });
});

describe('strings', () => {
  const varchar = { type: ColumnType.Varchar, metadata: [200, 0] };
  const text = (value: string | Buffer): string => {
    const bytes = Buffer.from(value as string);
    return shown(varchar, Buffer.concat([Buffer.from([bytes.length]), bytes]));
  };

  test('are quoted so that they cannot be taken for anything else', () => {
    expect(text("O'Brien\\ \n\t\r")).toBe("'O''Brien\\\\ \\n\\t\\r'");
    expect(text('grüße 🙂')).toBe("'grüße 🙂'");
  });

  test('that would spoil a terminal, or are not UTF-8, are bytes', () => {
    expect(text('\u001b[2J')).toBe("x'1b5b324a'");
    expect(text('a\0b')).toBe("x'610062'");
    expect(text(Buffer.from([0xe9]))).toBe("x'e9'");
  });

  test('are cut between characters', () => {
    expect(text('🙂'.repeat(50))).toBe(`'${'🙂'.repeat(50)}'`);
    const longer = { type: ColumnType.Varchar, metadata: [0, 3] };
    const bytes = Buffer.from(`a${'🙂'.repeat(100)}`);
    const cut = shown(longer, Buffer.concat([Buffer.from([bytes.length & 0xff, bytes.length >> 8]), bytes]));
    expect(cut).toBe(`'a${'🙂'.repeat(59)}…' (401 bytes)`);
  });
});

describe('bounds', () => {
  test('floats are shown with the digits they have', () => {
    const float = Buffer.alloc(4);
    float.writeFloatLE(0.1);
    expect(shown({ type: ColumnType.Float, metadata: [4] }, float)).toBe('0.1');
  });

  test('the whole text is bounded, and says that columns are missing', () => {
    const columns = Array.from({ length: 4096 }, () => ({ type: ColumnType.Blob, metadata: [4] }));
    const table = tableMap({ columns });
    const value = Buffer.concat([Buffer.from([100, 0, 0, 0]), Buffer.alloc(100)]);
    const image = rowImage(columns.map(() => value));
    const rendered = renderImage(table, [], image, 0, image.length);
    expect(rendered.length).toBeLessThan(2_100);
    expect(rendered).toMatch(/^@1=x'00.* … \(4096 columns\)$/);
  });

  test('an image that cannot be cut is shown as bytes', () => {
    const table = tableMap({ columns: [{ type: ColumnType.Varchar, metadata: [10, 0] }] });
    expect(renderImage(table, ['c'], Buffer.from([0, 9, 0x61]), 0, 3)).toBe("x'000961'");
    expect(renderImage(table, ['c'], Buffer.alloc(0), 5, 9)).toBe("x''");
  });
});
