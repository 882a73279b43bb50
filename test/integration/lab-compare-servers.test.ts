import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { describeDifference } from '../../src/verify/server-difference.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';

/** Measured: 3, on an idle machine (180 ms) and on one that is four times as slow. */
const digestsFactor = 5;

const lab = useLab();
const oldLab = useLab({ sourceFlavour: 'mysql56' });
const mariadbLab = useLab({ sourceFlavour: 'mariadb' });

async function reset(...sessions: readonly ServerConnection[]): Promise<void> {
  for (const session of sessions) {
    await sql(session, 'DROP DATABASE IF EXISTS shop', 'CREATE DATABASE shop CHARACTER SET utf8mb4');
    await sql(session, 'USE shop');
  }
}

/** What is found after the same statements on both servers and then `onSource` and `onReplica`. */
async function differences(both: string[], onSource: string[], onReplica: string[]): Promise<string[]> {
  const servers = await lab();
  await sql(servers.onSource, ...both, ...onSource);
  await sql(servers.onReplica, ...both, ...onReplica);
  return (await compareServers(servers.onSource, servers.onReplica)).map(describeDifference);
}

const item = 'CREATE TABLE item (id INT PRIMARY KEY, note VARCHAR(50), data BLOB)';
const notTheSame = (rows: number, others = rows) =>
  `${rows} rows on the source, ${others} on the replica, not the same`;

describe('comparing rows', () => {
  beforeEach(async () => {
    const { onSource, onReplica } = await lab();
    await reset(onSource, onReplica);
  });

  const rows = "INSERT INTO item VALUES (1, 'a', x'00ff'), (2, NULL, NULL), (3, '', '')";

  test('finds none where all are alike, in whatever order they were written', async () => {
    const reversed = "INSERT INTO item VALUES (3, '', ''), (2, NULL, NULL), (1, 'a', x'00ff')";
    expect(await differences([item], [rows], [reversed])).toEqual([]);
  });

  test.each([
    ['a flipped bit in a blob', "UPDATE item SET data = x'00fe' WHERE id = 1", 'id=1 (content differs)'],
    [
      'letter case, which the collation ignores',
      "UPDATE item SET note = 'A' WHERE id = 1",
      'id=1 (content differs)',
    ],
    ['an empty text for NULL', "UPDATE item SET note = '' WHERE id = 2", 'id=2 (content differs)'],
    ['NULL for an empty blob', 'UPDATE item SET data = NULL WHERE id = 3', 'id=3 (content differs)'],
    [
      'values in each other’s column',
      "UPDATE item SET note = 'N', data = NULL WHERE id = 2",
      'id=2 (content differs)',
    ],
    ['a trailing space', "UPDATE item SET note = 'a ' WHERE id = 1", 'id=1 (content differs)'],
  ])('finds %s', async (_, change, found) => {
    expect(await differences([item, rows], [], [change])).toEqual([
      `rows shop.item: ${notTheSame(3)}: ${found}`,
    ]);
  });

  test('finds missing and extra rows', async () => {
    const found = await differences([item, rows], [], ['UPDATE item SET id = 9 WHERE id = 1']);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('id=1 (missing on the replica)');
    expect(found[0]).toContain('id=9 (only on the replica)');
  });

  test('finds a missing duplicate, and a duplicate too many, in a table without a key', async () => {
    const heap = [
      'CREATE TABLE heap (a INT, b VARCHAR(9))',
      "INSERT INTO heap VALUES (1, 'x'), (1, 'x'), (2, NULL), (2, NULL)",
    ];
    expect(await differences(heap, [], ['DELETE FROM heap WHERE a = 1 LIMIT 1'])).toEqual([
      `rows shop.heap: ${notTheSame(4, 3)}: a=1, b=x (2 on the source, 1 on the replica)`,
    ]);
    const { onSource, onReplica } = await lab();
    // The same number of rows again: two pairs against a row alone and three of another.
    await sql(onReplica, 'INSERT INTO heap VALUES (2, NULL)');
    const found = (await compareServers(onSource, onReplica)).map(describeDifference).join();
    expect(found).toContain('a=1, b=x (2 on the source, 1 on the replica)');
    expect(found).toContain('a=2, b=NULL (2 on the source, 3 on the replica)');
  });

  test.each([
    ['FLOAT', '16777215', '16777214'],
    ['FLOAT', '0e0', '-1e-45'],
    ['DOUBLE', '-2.2250738585072014e-308', '-2.2250738585072019e-308'],
    ['DOUBLE', '-1.7976931348623157e308', '-1.7976931348623155e308'],
    ['DOUBLE', '0.1', '0.10000000000000002'],
    ['DECIMAL(65,30)', '1', '1.000000000000000000000000000001'],
    ['BIT(64)', "b'1'", "b'1000000000000000000000000000000000000000000000000000000000000001'"],
    ["ENUM('', 'x')", "''", '1 - 1'],
    ['SET("a", "b")', "'a,b'", "'b'"],
    ['TIME(6)', "'-00:00:00.000001'", "'00:00:00.000001'"],
    ['TIMESTAMP(6) NULL', "'2020-01-01 00:00:00.000001'", "'2020-01-01 00:00:00'"],
    ['DATE', "'0000-00-00'", 'NULL'],
    ['VARCHAR(9) CHARACTER SET latin1', "_latin1 x'e9'", "_latin1 x'e8'"],
    ['CHAR(9) CHARACTER SET utf32', "'a'", "'á'"],
    ['JSON', `'{"a": 1}'`, `'{"a": 1.0}'`],
    ['GEOMETRY', 'ST_GeomFromText("POINT(1 2)")', 'ST_GeomFromText("POINT(1 2)", 4326)'],
    [
      'GEOMETRYCOLLECTION',
      'ST_GeomFromText("GEOMETRYCOLLECTION(POINT(1 2))")',
      'ST_GeomFromText("GEOMETRYCOLLECTION(POINT(1 3))")',
    ],
    ['VECTOR(2)', 'STRING_TO_VECTOR("[1,2]")', 'STRING_TO_VECTOR("[1,3]")'],
    ['LONGTEXT', 'REPEAT("x", 20000000)', 'CONCAT(REPEAT("x", 19999999), "y")'],
    ['INT INVISIBLE', '1', '2'],
  ])('tells values of %s apart: %s and %s', async (type, value, other) => {
    const insert = (text: string) => `INSERT IGNORE INTO one (id, v) VALUES (1, ${text})`;
    const both = ["SET sql_mode=''", `CREATE TABLE one (id INT PRIMARY KEY, v ${type})`];
    expect(await differences(both, [insert(value)], [insert(other)])).toEqual([
      `rows shop.one: ${notTheSame(1)}: id=1 (content differs)`,
    ]);
    const { onReplica, onSource } = await lab();
    await sql(onReplica, 'DELETE FROM one', insert(value));
    expect(await compareServers(onSource, onReplica)).toEqual([]);
  });

  test('names at most as many rows as it is asked to', async () => {
    const { onSource, onReplica } = await lab();
    const many = Array.from({ length: 3000 }, (_, id) => `(${id}, 'x', NULL)`).join();
    for (const session of [onSource, onReplica]) await sql(session, item, `INSERT INTO item VALUES ${many}`);
    await sql(onReplica, "UPDATE item SET note = 'y'");
    const [difference] = await compareServers(onSource, onReplica, { rowsMax: 5 });
    expect(difference?.rows).toHaveLength(5);
  });

  test('shows composite keys, and is not led astray by names with quotes', async () => {
    const odd = [
      'CREATE TABLE `od``d?` (`a``?` INT, b VARBINARY(9), c INT, PRIMARY KEY (b, `a``?`))',
      "INSERT INTO `od``d?` VALUES (1, 'k', 5)",
    ];
    expect(await differences(odd, [], ['UPDATE `od``d?` SET c = 6'])).toEqual([
      `rows shop.od\`d?: ${notTheSame(1)}: b=0x6b, a\`?=1 (content differs)`,
    ]);
  });

  test('takes less than five times as long for 100,000 narrow rows as the servers need to hash them once', async () => {
    const { onSource, onReplica } = await lab();
    const digits =
      '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
    const number = 'a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d';
    const fill = `INSERT INTO narrow SELECT ${number}, ${number} * 7, CONCAT('note ', ${number}) FROM ${['a', 'b', 'c', 'd', 'e'].map((name) => `${digits} ${name}`).join(' JOIN ')}`;
    for (const session of [onSource, onReplica]) {
      await sql(session, 'CREATE TABLE narrow (id INT PRIMARY KEY, k BIGINT, note VARCHAR(30))', fill);
    }
    expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM narrow')).toBe('100000');
    const digests = "SELECT MAX(SHA2(CONCAT_WS(',', id, k, note), 256)) FROM narrow";
    const tookMs = async (work: () => Promise<unknown>): Promise<number> => {
      const sinceMs = performance.now();
      await work();
      return performance.now() - sinceMs;
    };
    // The least of a few: the machine may do other things as well.
    let [leastMs, digestsMs] = [Infinity, Infinity];
    for (let tries = 1; tries <= 3 || (leastMs >= digestsFactor * digestsMs && tries <= 10); tries += 1) {
      const comparing = await tookMs(async () => {
        expect(await compareServers(onSource, onReplica)).toEqual([]);
      });
      leastMs = Math.min(leastMs, comparing);
      const both = await tookMs(() =>
        Promise.all([sqlValue(onSource, digests), sqlValue(onReplica, digests)]),
      );
      digestsMs = Math.min(digestsMs, both);
    }
    expect(leastMs).toBeLessThan(digestsFactor * digestsMs);
  });
});

describe('comparing definitions', () => {
  beforeEach(async () => {
    const { onSource, onReplica } = await lab();
    await reset(onSource, onReplica);
  });

  const all = [
    item,
    'CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY)',
    'CREATE VIEW seen AS SELECT id FROM item',
    'CREATE PROCEDURE proc() SELECT 1',
    'CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2',
    'CREATE TRIGGER trig BEFORE INSERT ON item FOR EACH ROW SET NEW.note = NEW.note',
    "CREATE EVENT later ON SCHEDULE AT '2037-01-01 00:00:00' DO SELECT 1",
  ];

  test('finds none where all are alike; an event that replication switched off is as it should be', async () => {
    expect(await differences(all, [], ['ALTER EVENT later DISABLE ON REPLICA'])).toEqual([]);
  });

  test('finds every kind', async () => {
    const changes = [
      'ALTER DATABASE shop CHARACTER SET latin1',
      'ALTER TABLE item MODIFY note VARCHAR(51)',
      'ALTER TABLE counted AUTO_INCREMENT = 50',
      'ALTER VIEW seen AS SELECT id + 1 AS id FROM item',
      'DROP PROCEDURE proc',
      'ALTER FUNCTION twice SQL SECURITY INVOKER',
      'DROP TRIGGER trig',
      'ALTER EVENT later DISABLE',
      'CREATE TABLE more (id INT PRIMARY KEY)',
    ];
    const found = await differences(all, [], changes);
    const kinds = found.map((line) => line.split(':')[0]);
    expect(kinds.sort()).toEqual([
      'auto-increment shop.counted',
      'event shop.later',
      'function shop.twice',
      'procedure shop.proc',
      'schema shop',
      'table shop.item',
      'table shop.more',
      'trigger shop.trig',
      'view shop.seen',
    ]);
  });

  test('finds schemas that only one has, and passes over tailrace’s own', async () => {
    const found = await differences(
      [],
      ['CREATE DATABASE extra'],
      ['CREATE DATABASE tailrace', 'CREATE DATABASE other'],
    );
    const { onSource, onReplica } = await lab();
    await sql(onSource, 'DROP DATABASE extra');
    await sql(onReplica, 'DROP DATABASE tailrace', 'DROP DATABASE other');
    expect(found).toEqual(['schema extra: only on the source', 'schema other: only on the replica']);
  });

  test('compares views on a schema that was dropped, which the server does not show', async () => {
    const over = (column: string): string[] => [
      'CREATE DATABASE gone',
      'CREATE TABLE gone.t (id INT, n INT)',
      `CREATE VIEW ruin AS SELECT ${column} AS x FROM gone.t`,
      'CREATE VIEW same AS SELECT id FROM gone.t',
      'DROP DATABASE gone',
    ];
    const found = await differences([item], over('id'), over('n'));
    expect(found.map((line) => line.split(':')[0])).toEqual(['view shop.ruin']);
  });

  test('leaves the sessions as they were', async () => {
    const { onSource, onReplica } = await lab();
    await sql(onSource, "SET time_zone = '+03:00', sql_mode = 'ANSI_QUOTES'");
    await compareServers(onSource, onReplica);
    expect(await sqlValue(onSource, 'SELECT @@time_zone')).toBe('+03:00');
    expect(await sqlValue(onSource, 'SELECT @@sql_mode')).toBe('ANSI_QUOTES');
    await sql(onSource, "SET time_zone = 'SYSTEM', sql_mode = 'STRICT_ALL_TABLES'");
  });
});

describe.each([
  ['MySQL 5.6', oldLab],
  ['MariaDB', mariadbLab],
])('comparing a source that is %s with a current replica', (_, otherLab) => {
  const types = [
    'i INT',
    'u BIGINT UNSIGNED',
    'f FLOAT',
    'd DOUBLE',
    'm DECIMAL(30,10)',
    'b BIT(64)',
    "e ENUM('', 'x')",
    "s SET('a', 'b')",
    'dt DATETIME(6)',
    'ts TIMESTAMP(3) NULL',
    't TIME(6)',
    'y YEAR',
    'c CHAR(9) CHARACTER SET latin1',
    'v VARCHAR(99) COLLATE utf8mb4_general_ci',
    'vb VARBINARY(9)',
    'x TEXT CHARACTER SET latin1',
    'lb LONGBLOB',
    'g GEOMETRY',
    'bn BINARY(5)',
  ];
  const rows = [
    "-1, 18446744073709551615, -3.4028234e38, -1.7976931348623157e308, -99999999999999999999.0000000001, b'101', '', 'a,b', '1000-01-01 00:00:00.000001', '2020-02-03 04:05:06.123', '-838:59:58.000001', 2020, _latin1 x'e9', _utf8mb4 x'f09f9880', x'00ff2c', _latin1 x'e9', x'0001', ST_GeomFromText('POINT(1 2)'), 'a'",
    "0, 0, 1.17549435e-38, 2.2250738585072014e-308, 0, ~0, 'x', '', '9999-12-31 23:59:59.999999', NULL, '00:00:00', 0, '', '', '', '', '', NULL, ''",
    Array.from({ length: 19 }, () => 'NULL').join(),
  ];
  const table = [
    `CREATE TABLE every (id INT PRIMARY KEY, ${types.join()}) CHARACTER SET latin1`,
    ...rows.map((row, id) => `INSERT INTO every VALUES (${id}, ${row})`),
  ];

  test('finds no difference in any type, and then a single one', async () => {
    const { onSource, onReplica } = await otherLab();
    await reset(onSource, onReplica);
    await sql(onSource, ...table);
    await sql(onReplica, ...table);
    expect(await compareServers(onSource, onReplica)).toEqual([]);
    await sql(onReplica, 'UPDATE every SET b = 1 WHERE id = 1');
    const found = await compareServers(onSource, onReplica);
    expect(found.map(describeDifference)).toEqual([
      `rows shop.every: ${notTheSame(3)}: id=1 (content differs)`,
    ]);
  });
});
