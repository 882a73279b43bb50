import { beforeAll, describe, expect, test } from '@jest/globals';
import { readLinkPlan } from '../../src/preflight/link-plan.js';
import { expectLevel, linkSettings } from '../support/engine-link.js';
import { permissiveSession } from '../support/engine-types.js';
import { notDurable, useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const lab = useLab({ sourceSettings: notDurable, replicaSettings: notDurable });
const rows = 600;

/** Types that may be a primary key: the type, the row's number `n` as a value of it, and whether equal values have equal bytes. */
const keyTypes: readonly (readonly [type: string, value: string, comparable: boolean])[] = [
  ['TINYINT UNSIGNED', 'n % 250', true],
  ['SMALLINT', 'n - 300', true],
  ['MEDIUMINT', '-n', true],
  ['INT UNSIGNED', '4294967295 - n', true],
  ['BIGINT', '-9223372036854775808 + n', true],
  ['BIGINT UNSIGNED', '18446744073709551615 - n', true],
  ['DECIMAL(65,30)', '(n - 300) / 7', true],
  ['DECIMAL(9,2)', '-n / 4', true],
  ['BIT(11)', 'n', true],
  ['BIT(64)', '~n', true],
  ['YEAR', '1901 + n % 250', true],
  ['DATE', "'1999-12-31' + INTERVAL n DAY", true],
  ['TIME(6)', 'SEC_TO_TIME((n - 300) * 1.000001)', true],
  ['DATETIME(3)', "'2024-02-29 00:00:00.123' + INTERVAL n HOUR", true],
  ['TIMESTAMP(6)', "'2024-02-29 00:00:00.123456' + INTERVAL n MINUTE", true],
  [`ENUM(${Array.from({ length: 700 }, (_, i) => `'e${i}'`).join(',')})`, '1 + n % 700', true],
  ["SET('a','b','c','d','e','f','g','h','i','j')", 'n % 1024', true],
  ['BINARY(8)', "UNHEX(LPAD(HEX(n * 256), 16, '0'))", true],
  ['VARBINARY(300)', "CONCAT(REPEAT(x'00', n % 3), n)", true],
  ['CHAR(20) CHARACTER SET ascii COLLATE ascii_bin', "CONCAT('c', n)", true],
  ['VARCHAR(300) COLLATE utf8mb4_0900_bin', "CONCAT('\u20ac', n, REPEAT(' ', n % 2))", true],
  ['CHAR(20) CHARACTER SET utf16', "CONCAT('\u00fc', n)", false],
  ['VARCHAR(20) COLLATE utf8mb4_bin', "CONCAT('b', n)", false],
  ['VARCHAR(20) COLLATE utf8mb4_0900_ai_ci', "CONCAT('\u00c4', n)", false],
  ['VARCHAR(20) CHARACTER SET gbk', "CONCAT('\u6f22', n)", false],
  ['FLOAT', 'n / 2', false],
  ['DOUBLE', '-n / 3', false],
];

const columns = 'k, v';

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    permissiveSession,
    'CREATE DATABASE k',
    'USE k',
    'CREATE TABLE numbers (n INT PRIMARY KEY)',
    `INSERT INTO numbers WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < ${rows - 1}) SELECT /*+ SET_VAR(cte_max_recursion_depth=10000) */ n FROM s`,
    ...keyTypes.flatMap(([type], i) => [
      `CREATE TABLE t${i} (k ${type} PRIMARY KEY, v INT, pad CHAR(60) DEFAULT 'pad') DEFAULT CHARSET = utf8mb4`,
      `CREATE TABLE u${i} (id INT PRIMARY KEY, k ${type} NULL UNIQUE, v INT, pad CHAR(60) DEFAULT 'pad') DEFAULT CHARSET = utf8mb4`,
      `CREATE TABLE two${i} (v INT, k ${type}, PRIMARY KEY (k, v)) DEFAULT CHARSET = utf8mb4`,
    ]),
  );
  await expectLevel(await lab());
});

/** Rows come, change, change their keys for those of others, and go. */
function changes(round: number): string[] {
  return keyTypes.flatMap(([, value], i) => [
    `INSERT IGNORE INTO t${i} (${columns}) SELECT ${value}, n FROM numbers ORDER BY n`,
    `UPDATE t${i} SET v = v + 1 WHERE v % 3 <> 0`,
    `DELETE FROM t${i} WHERE v % 7 = ${round}`,
    `INSERT IGNORE INTO t${i} (${columns}) SELECT ${value}, -n FROM numbers WHERE n % 5 = 0`,
    `REPLACE INTO t${i} (${columns}) SELECT ${value}, 5000 + n FROM numbers WHERE n % 11 = ${round}`,
    `INSERT IGNORE INTO u${i} (id, ${columns}) SELECT n, ${value}, n FROM numbers ORDER BY n`,
    `UPDATE u${i} SET k = NULL WHERE id % 9 = ${round}`,
    // A value that one row gave up is taken by another.
    `REPLACE INTO u${i} (id, ${columns}) SELECT ${round + 1} * 10000 + n, ${value}, 7000 + n FROM numbers WHERE n % 4 = ${round}`,
    `INSERT IGNORE INTO two${i} (k, v) SELECT ${value}, n % 3 FROM numbers`,
    `UPDATE IGNORE two${i} SET v = v + 10 WHERE v = 1`,
    `DELETE FROM two${i} WHERE v = 2`,
  ]);
}

describe('keys of every type that may be one', () => {
  test('compare as bytes where equal values have equal bytes, and only there [T4]', async () => {
    const { tables } = await readLinkPlan(linkSettings(await lab(), { partition: 'row' }));
    const found = keyTypes.map(([type], i) => {
      const [own, other, two] = [`t${i}`, `u${i}`, `two${i}`].map(
        (name) => tables.find(({ table }) => table === name)?.unit,
      );
      return [type, own, other, two];
    });
    expect(found).toEqual(
      keyTypes.map(([type, , comparable]) => [
        type,
        ...Array.from({ length: 3 }, () => (comparable ? 'row' : 'table')),
      ]),
    );
  });

  test.each([
    { partition: 'row', lanes: 4 },
    { partition: 'auto', lanes: 4 },
    { partition: 'auto', lanes: 1 },
  ] as const)('come, change, move and go: partition $partition, $lanes lanes [P3]', async (settings) => {
    const { onSource } = await lab();
    const round = settings.lanes === 1 ? 2 : settings.partition === 'row' ? 0 : 1;
    await sql(onSource, 'USE k', ...changes(round));
    const { report } = await expectLevel(await lab(), settings);
    expect(report.rowsIn).toBeGreaterThan(rows * keyTypes.length);
  });
});
