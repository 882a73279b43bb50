import { beforeAll, describe, expect, test } from '@jest/globals';
import { catchUp, expectEqual, expectLevel } from '../support/engine-link.js';
import { permissiveSession } from '../support/engine-types.js';
import { notDurable, useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';

const lab = useLab({ sourceSettings: notDurable, replicaSettings: notDurable });
const both = [{ lanes: 1 }, { lanes: 4 }];

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    permissiveSession,
    'SET SESSION innodb_strict_mode = OFF',
    'CREATE DATABASE v',
    'USE v',
  );
});

interface Column {
  readonly type: string;
  readonly values: readonly string[];
}

const column = (type: string, ...values: string[]): Column => ({ type, values });

/**
 * A table with these columns, once with a primary key and once without: a row for each value of the column with the most (the others begin again),
 * one with NULL everywhere, and then every row moved on to the next value, one at a time and all at once; some deleted.
 */
function statements(name: string, columns: readonly Column[]): string[] {
  const most = Math.max(...columns.map(({ values }) => values.length));
  const row = (n: number): string => columns.map(({ values }) => values[n % values.length]).join(', ');
  const definitions = columns.map(({ type }, i) => `c${i} ${type} NULL`).join(', ');
  const names = columns.map((_, i) => `c${i}`).join(', ');
  const set = (n: number): string =>
    columns.map(({ values }, i) => `c${i} = ${values[n % values.length]}`).join(', ');
  return [
    [name, 'id INT PRIMARY KEY'],
    [`${name}_bag`, 'id INT'],
  ].flatMap(([table, id]) => [
    `CREATE TABLE ${table} (${id}, ${definitions}) ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4`,
    ...Array.from({ length: most }, (_, n) => `INSERT INTO ${table} (id, ${names}) VALUES (${n}, ${row(n)})`),
    `INSERT INTO ${table} (id) VALUES (1000), (1001)`,
    ...Array.from({ length: most }, (_, n) => `UPDATE ${table} SET ${set(n + 1)} WHERE id = ${n}`),
    `UPDATE ${table} SET ${set(0)} WHERE id IN (1, 1000)`,
    `UPDATE ${table} SET ${columns.map((_, i) => `c${i} = NULL`).join(', ')} WHERE id = 0`,
    `DELETE FROM ${table} WHERE id IN (2, 1001)`,
  ]);
}

async function same(name: string, columns: readonly Column[]): Promise<void> {
  for (const [round, { lanes }] of both.entries()) {
    await sql((await lab()).onSource, ...statements(`${name}_${round}`, columns));
    await expectLevel(await lab(), { lanes });
  }
  await sql(
    (await lab()).onSource,
    ...both.map((_, round) => `DROP TABLE ${name}_${round}, ${name}_${round}_bag`),
  );
}

describe('every value, with a key and without, in one lane and in four [P3]', () => {
  test('integers of every size, BIT of every width, DECIMAL of every precision', async () => {
    const sizes = { TINYINT: 8n, SMALLINT: 16n, MEDIUMINT: 24n, INT: 32n, BIGINT: 64n };
    const integers = Object.entries(sizes).flatMap(([type, bits]) => [
      column(type, `${-(2n ** (bits - 1n))}`, `${2n ** (bits - 1n) - 1n}`, '0', '-1', '1'),
      column(`${type} UNSIGNED`, '0', `${2n ** bits - 1n}`, `${2n ** (bits - 1n)}`, '1'),
    ]);
    const bits = Array.from({ length: 64 }, (_, i) =>
      column(`BIT(${i + 1})`, '0', `b'${'1'.repeat(i + 1)}'`, `b'1${'0'.repeat(i)}'`, '1'),
    );
    const decimals = Array.from({ length: 65 }, (_, i) => {
      const scale = Math.min(30, i % 31, i + 1);
      const whole = '9'.repeat(i + 1 - scale) || '0';
      const most = scale === 0 ? whole : `${whole}.${'9'.repeat(scale)}`;
      return column(
        `DECIMAL(${i + 1},${scale})`,
        most,
        `-${most}`,
        '0',
        scale > 0 ? `-0.${'0'.repeat(scale - 1)}1` : '-1',
      );
    });
    await same('numbers', [...integers, ...bits, ...decimals]);
  });

  test('FLOAT and DOUBLE: -0, denormals, extremes', async () => {
    await same('floats', [
      column(
        'FLOAT',
        '-0e0',
        '1.4e-45',
        '-1.4e-45',
        '1.17549435e-38',
        '3.4028234e38',
        '-3.4028234e38',
        '0.1',
        '16777217',
      ),
      column(
        'DOUBLE',
        '-0e0',
        '5e-324',
        '-5e-324',
        '2.2250738585072009e-308',
        '1.7976931348623157e308',
        '0.1',
        '9007199254740993',
      ),
      column('FLOAT(7,3)', '-0e0', '1234.567', '-9999.999'),
      column('DOUBLE(20,10)', '-0e0', '1234567890.0123456789', '-1e-10'),
      column('REAL', '1e100', '-1e-100'),
    ]);
  });

  test('temporal types of every precision, zero and partly zero, negative and extreme', async () => {
    const columns = [0, 1, 2, 3, 4, 5, 6].flatMap((digits) => {
      const least = digits === 0 ? '' : `.${'0'.repeat(digits - 1)}1`;
      const most = digits === 0 ? '' : `.${'9'.repeat(digits)}`;
      return [
        column(
          `TIME(${digits})`,
          `'-00:00:00${least}'`,
          `'00:00:00${least}'`,
          "'-838:59:59'",
          "'838:59:59'",
          `'-00:00:01${most}'`,
          `'-01:00:00'`,
          "'00:00:00'",
        ),
        column(
          `DATETIME(${digits})`,
          "'0000-00-00'",
          "'2024-00-00 10:11:12'",
          "'2024-02-00'",
          `'0000-01-01 00:00:00${least}'`,
          `'9999-12-31 23:59:59${digits === 0 ? '' : `.${'9'.repeat(digits)}`}'`,
          "'2023-02-31 01:02:03'",
        ),
        column(
          `TIMESTAMP(${digits})`,
          "'0000-00-00'",
          `'1970-01-01 00:00:01${least}'`,
          `'2038-01-19 03:14:07'`,
          `'2024-06-30 23:59:59${most}'`,
        ),
      ];
    });
    await same('times', [
      ...columns,
      column(
        'DATE',
        "'0000-00-00'",
        "'0000-01-01'",
        "'2024-00-31'",
        "'2024-12-00'",
        "'2023-02-30'",
        "'9999-12-31'",
      ),
      column('YEAR', '0', '1901', '2155', '1970'),
    ]);
  });

  test('JSON of every kind: opaque values, wide and deep documents, both layouts', async () => {
    const deep = (levels: number): string => `'${'['.repeat(levels)}${']'.repeat(levels)}'`;
    const many =
      "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT JSON_OBJECTAGG(CONCAT('key ', n), REPEAT('v', 100)) FROM s)";
    await same('documents', [
      column(
        'JSON',
        "'null'",
        "'true'",
        '\'""\'',
        "'[]'",
        "'{}'",
        "'0'",
        "'-1'",
        "'32767'",
        "'-32769'",
        "'2147483648'",
        "'9223372036854775807'",
        "'18446744073709551615'",
        "'1.5e300'",
        "'-0.0'",
        deep(100),
        many,
        'JSON_ARRAY(1.10, CAST(-99999.999990 AS DECIMAL(30,10)), CAST(0.1 AS DOUBLE))',
        "JSON_ARRAY(CAST('2024-02-29' AS DATE), CAST('-838:59:59.000001' AS TIME(6)), CAST('2024-02-29 12:34:56.789' AS DATETIME(3)), TIMESTAMP('2024-01-01'), CAST(2024 AS YEAR))",
        "JSON_ARRAY(x'00ff', b'101', CAST('bin' AS BINARY), CAST(REPEAT('b', 300) AS BINARY))",
        "JSON_ARRAY(POINT(1, 2), ST_GeomFromText('LINESTRING(0 0,1 1)'))",
        "JSON_OBJECT('', 1, '\u20ac', '\u{1F600}', 'a\\\\b', '\\\"q\\\"', REPEAT('k', 300), REPEAT('v', 70000))",
        "JSON_ARRAY(REPEAT('x', 127), REPEAT('x', 128), REPEAT('x', 16384))",
      ),
    ]);
  });

  test('spatial values of every kind and reference system, and vectors', async () => {
    const of = (text: string, srid = 0): string => `ST_GeomFromText('${text}', ${srid})`;
    const ring = '(0 0,4 0,4 4,0 4,0 0)';
    const everyKind = [
      of('POINT(1 2)'),
      of('LINESTRING(0 0,1 1,2 0)'),
      of(`POLYGON(${ring},(1 1,2 1,2 2,1 2,1 1))`),
      of('MULTIPOINT(0 0,1 1)'),
      of('MULTILINESTRING((0 0,1 1),(2 2,3 3))'),
      of(`MULTIPOLYGON((${ring}),((5 5,6 5,6 6,5 6,5 5)))`),
      of(`GEOMETRYCOLLECTION(POINT(1 1),POLYGON(${ring}),GEOMETRYCOLLECTION(POINT(2 2)))`),
      of('GEOMETRYCOLLECTION EMPTY'),
    ];
    const floats = (count: number): string =>
      `STRING_TO_VECTOR(CONCAT('[', REPEAT('1.5,', ${count - 1}), '-2e-9]'))`;
    await same('shapes', [
      column('GEOMETRY', ...everyKind, of('POINT(10 20)', 4326), of('POINT(1e7 1e6)', 3857)),
      ...[
        'POINT',
        'LINESTRING',
        'POLYGON',
        'MULTIPOINT',
        'MULTILINESTRING',
        'MULTIPOLYGON',
        'GEOMETRYCOLLECTION',
      ].map((kind, i) => column(kind, everyKind[i] ?? '')),
      column('POINT SRID 4326', of('POINT(-90 180)', 4326), of('POINT(0 0)', 4326)),
      column('LINESTRING SRID 3857', of('LINESTRING(0 0,1 1)', 3857)),
      column('VECTOR(1)', floats(1), "STRING_TO_VECTOR('[-0]')"),
      column('VECTOR(16383)', floats(16383), floats(2)),
      column('VECTOR', floats(2048)),
    ]);
  });

  test('texts and bytes at every limit of their lengths, ENUM and SET with many members', async () => {
    const lengths = (unit: string, ...counts: number[]): string[] =>
      counts.map((n) => `REPEAT(${unit}, ${n})`);
    const members = (count: number): string => Array.from({ length: count }, (_, i) => `'m${i}'`).join(',');
    await same('lengths', [
      column('CHAR(255) CHARACTER SET latin1', ...lengths("'a'", 0, 1, 255), "'  lead and trail  '"),
      column('CHAR(64) CHARACTER SET utf32', ...lengths("'\u20ac'", 0, 63, 64)),
      column('VARCHAR(255) CHARACTER SET latin1', ...lengths("'b'", 0, 254, 255)),
      column('VARCHAR(256) CHARACTER SET latin1', ...lengths("'b'", 0, 255, 256), "'ends  '"),
      column('VARCHAR(64) CHARACTER SET utf8mb4', ...lengths("'\u{1F600}'", 0, 63, 64)),
      column('BINARY(255)', ...lengths("x'00'", 0, 255), "x'ff00'", "x'00ff'"),
      column('VARBINARY(255)', ...lengths("x'00'", 0, 1, 255)),
      column('VARBINARY(4000)', ...lengths("x'ff'", 255, 256, 4000)),
      column('TINYTEXT', ...lengths("'t'", 0, 255)),
      column('TEXT CHARACTER SET latin1', ...lengths("'t'", 255, 256, 65535)),
      column('MEDIUMTEXT', ...lengths("'m'", 65535, 65536, 65537)),
      column('LONGTEXT', ...lengths("'l'", 0, 65536, 200_000)),
      column('TINYBLOB', ...lengths("x'00'", 0, 255)),
      column('BLOB', ...lengths("x'5c'", 255, 256, 65535)),
      column('MEDIUMBLOB', ...lengths("x'27'", 65535, 65536)),
      column('LONGBLOB', ...lengths("x'ff'", 1, 65536)),
      column(`ENUM(${members(255)})`, "'m0'", "'m254'", '0'),
      column(`ENUM(${members(256)})`, "'m0'", "'m255'", '0'),
      column(`ENUM(${members(3000)})`, "'m2999'", "'m255'"),
      ...[1, 8, 9, 16, 17, 24, 25, 32, 33, 64].map((count) =>
        column(`SET(${members(count)})`, "''", "'m0'", `'m${count - 1}'`, `${2n ** BigInt(count) - 1n}`),
      ),
    ]);
  });

  test('texts in every character set that the server has', async () => {
    const { onSource } = await lab();
    const charsets = await onSource.query<{ Charset: string }>('SHOW CHARACTER SET');
    expect(charsets.length).toBeGreaterThan(35);
    const letters = "CONCAT('plain ', '\u00e9\u00df\u0439\u05d0\u03b1\u3042\u6f22\uff71\u20ac')";
    const columns = charsets.flatMap(({ Charset: name }) => {
      const values = ["''", "'a '", `CONVERT(${letters} USING ${name})`, `REPEAT('z', 90)`];
      return [
        column(`CHAR(30) CHARACTER SET ${name}`, ...values.slice(0, 3)),
        column(`VARCHAR(90) CHARACTER SET ${name}`, ...values),
        column(`TEXT CHARACTER SET ${name}`, ...values, "REPEAT('t', 300)"),
        column(`ENUM('a', 'b ', 'c') CHARACTER SET ${name}`, "'a'", "'c'"),
      ];
    });
    // A row holds 64 KiB at most.
    const tables = Array.from({ length: 4 }, (_, part) => columns.filter((_, i) => (i >> 2) % 4 === part));
    for (const [part, own] of tables.entries()) await same(`letters${part}`, own);
  });
});

describe('columns of every number and kind', () => {
  test.each(both)('as many columns as there can be, NULL in every place: $lanes lanes', async ({ lanes }) => {
    const { onSource } = await lab();
    const many = (count: number): string =>
      Array.from({ length: count }, (_, i) => `c${i} TINYINT`).join(', ');
    const places = [0, 1, 6, 7, 8, 9, 511, 512, 1014];
    await sql(
      onSource,
      'USE v',
      // InnoDB has 1017 at most, MySQL 4096.
      `CREATE TABLE wide (id INT PRIMARY KEY, ${many(1016)})`,
      `CREATE TABLE widest (id INT PRIMARY KEY, ${many(4095)}) ENGINE = MyISAM`,
      'INSERT INTO wide (id) VALUES (1), (2)',
      'INSERT INTO widest (id) VALUES (1), (2)',
      ...places.flatMap((place, i) => [
        `INSERT INTO wide (id, c${place}) VALUES (${10 + i}, ${i})`,
        `UPDATE wide SET c${place} = 5 WHERE id = 1`,
        `UPDATE wide SET c${place} = NULL WHERE id = 1`,
        `INSERT INTO widest (id, c${place * 4}) VALUES (${10 + i}, ${i})`,
      ]),
      'UPDATE widest SET c4094 = 1, c0 = 2 WHERE id = 1',
      'DELETE FROM widest WHERE id = 2',
      'DELETE FROM wide WHERE id = 2',
    );
    await catchUp(await lab(), { lanes });
    await expectEqual(await lab());
    await sql(onSource, 'DROP TABLE wide, widest');
  });

  test.each(both)(
    'generated, invisible, functional, multi-valued, with expressions: $lanes lanes',
    async ({ lanes }) => {
      const { onSource } = await lab();
      await sql(
        onSource,
        'USE v',
        "CREATE TABLE made (id INT PRIMARY KEY, a INT, b VARCHAR(20), v1 INT AS (a + 1), s1 VARCHAR(40) AS (CONCAT(b, '!')) STORED, v2 JSON AS (JSON_ARRAY(a, b)), hidden INT INVISIBLE DEFAULT (id * 3), s2 BIGINT AS (a * a) STORED INVISIBLE, UNIQUE (s2), KEY (v1), UNIQUE fn ((ABS(a))), CHECK (a < 100000))",
        'CREATE TABLE tags (id INT AUTO_INCREMENT PRIMARY KEY, j JSON, KEY many ((CAST(j AS UNSIGNED ARRAY))), UNIQUE one_each ((CAST(j AS CHAR(10) ARRAY))))',
        'CREATE TABLE virtual_only (v INT AS (5), w INT AS (v + 1) STORED, real_one INT)',
        'SET SESSION sql_generate_invisible_primary_key = ON',
        'CREATE TABLE gipk (v INT, s INT AS (v * 2) STORED)',
        'SET SESSION sql_generate_invisible_primary_key = OFF',
        ...Array.from(
          { length: 30 },
          (_, i) =>
            `INSERT INTO made (id, a, b) VALUES (${i}, ${i * 2}, ${i % 3 === 0 ? 'NULL' : `'b${i}'`})`,
        ),
        'UPDATE made SET a = a + 1 ORDER BY a DESC',
        'UPDATE made SET b = NULL, hidden = NULL WHERE id % 4 = 0',
        'UPDATE made SET a = NULL WHERE id = 29',
        'UPDATE made SET id = id + 1000 WHERE id > 20',
        'DELETE FROM made WHERE id < 5',
        "INSERT INTO tags (j) VALUES ('[1,2,3]'), ('[4]'), ('[]'), (NULL), ('[100,200]')",
        "UPDATE tags SET j = '[7,8]' WHERE id = 1",
        "UPDATE tags SET j = '[1,2,3]' WHERE id = 2",
        'DELETE FROM tags WHERE id = 3',
        'INSERT INTO virtual_only (real_one) VALUES (1), (1), (NULL)',
        'UPDATE virtual_only SET real_one = 2 LIMIT 1',
        'DELETE FROM virtual_only WHERE real_one IS NULL',
        'INSERT INTO gipk (v) VALUES (1), (1), (2)',
        'UPDATE gipk SET v = v + 1',
        'DELETE FROM gipk WHERE my_row_id = 2',
      );
      await expectLevel(await lab(), { lanes });
      expect(await sqlValue((await lab()).onReplica, 'SELECT COUNT(*) FROM v.gipk')).toBe('2');
      await sql(onSource, 'DROP TABLE made, tags, virtual_only, gipk');
    },
  );

  test.each(both)(
    'computed under the time zone of their session, in XA transactions, too: $lanes lanes',
    async ({ lanes }) => {
      const { onSource } = await lab();
      const noon = "'2024-06-01 12:00:00'";
      await sql(
        onSource,
        'USE v',
        'CREATE TABLE days (id INT PRIMARY KEY, at TIMESTAMP NULL, day DATE AS (DATE(at)) STORED, hour INT AS (HOUR(at)))',
        ...['+00:00', '+13:00', '-12:00', '+00:00'].flatMap((zone, i) => [
          `SET SESSION time_zone = '${zone}'`,
          `INSERT INTO days (id, at) VALUES (${i * 10}, ${noon}), (${i * 10 + 1}, ${noon})`,
          `XA START 'day ${i}'`,
          `INSERT INTO days (id, at) VALUES (${i * 10 + 2}, ${noon})`,
          `UPDATE days SET at = at + INTERVAL 12 HOUR WHERE id = ${i * 10}`,
          `XA END 'day ${i}'`,
          `XA PREPARE 'day ${i}'`,
          `XA COMMIT 'day ${i}'`,
          `XA START 'one ${i}'`,
          `INSERT INTO days (id, at) VALUES (${i * 10 + 3}, ${noon})`,
          `XA END 'one ${i}'`,
          `XA COMMIT 'one ${i}' ONE PHASE`,
          `UPDATE days SET at = at - INTERVAL 12 HOUR WHERE id = ${i * 10 + 1}`,
        ]),
        "SET SESSION time_zone = '+00:00'",
      );
      await expectLevel(await lab(), { lanes });
      await sql(onSource, 'DROP TABLE days');
    },
  );

  test('what the settings of the replica would refuse, and those of the source did not', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'USE v',
      'SET SESSION innodb_strict_mode = OFF, restrict_fk_on_non_standard_key = OFF',
      'CREATE TABLE lax (id INT PRIMARY KEY, n INT, KEY (n)) ROW_FORMAT = DYNAMIC KEY_BLOCK_SIZE = 8',
      'CREATE TABLE lax_child (id INT PRIMARY KEY, n INT, FOREIGN KEY (n) REFERENCES lax (n))',
      'INSERT INTO lax VALUES (1, 1), (2, 1)',
      'INSERT INTO lax_child VALUES (1, 1)',
      'SET SESSION innodb_strict_mode = DEFAULT, restrict_fk_on_non_standard_key = DEFAULT',
    );
    await expectLevel(await lab());
  });
});
