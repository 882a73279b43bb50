import { beforeAll, describe, expect, test } from '@jest/globals';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { preflight } from '../../src/preflight/preflight.js';
import { partitionStrategies } from '../../src/plan/partition.js';
import { expectEqual, expectLevel, linkSettings, sourceEnd, stopsWith } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';

const lab = useLab({ sourceFlavour: 'mariadb', gtid: false });
const combinations = partitionStrategies.flatMap((partition) =>
  [1, 4].map((lanes) => ({ partition, lanes })),
);
let from: BinlogPosition;

beforeAll(async () => {
  const servers = await lab();
  from = await sourceEnd(servers);
  await sql(
    servers.onSource,
    'CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
    `CREATE TABLE shop.types (
       id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, tiny TINYINT, big BIGINT UNSIGNED, price DECIMAL(30,10), f FLOAT, d DOUBLE,
       b BIT(13), name VARCHAR(300), fixed CHAR(20) CHARACTER SET latin1, bin VARBINARY(20), t TEXT, l LONGBLOB,
       e ENUM('x','y','z'), s SET('a','b','c'), dt DATETIME(6), tm TIME(3), ts TIMESTAMP(2) NULL, da DATE, y YEAR,
       UNIQUE KEY (name)) ENGINE=InnoDB`,
    'CREATE TABLE shop.bag (a INT, b VARCHAR(10)) ENGINE=InnoDB',
    'CREATE TABLE shop.parents (id INT PRIMARY KEY) ENGINE=InnoDB',
    `CREATE TABLE shop.children (id INT PRIMARY KEY, parent INT,
       FOREIGN KEY (parent) REFERENCES shop.parents (id) ON DELETE CASCADE) ENGINE=InnoDB`,
  );
});

/** Rows of every type, changed and deleted again; `n` makes them differ from those of other calls. */
function changes(n: number): string[] {
  return [
    ...[0, 1, 2, 3].map(
      (
        i,
      ) => `INSERT INTO shop.types (tiny, big, price, f, d, b, name, fixed, bin, t, l, e, s, dt, tm, ts, da, y) VALUES
        (${i - 128}, 18446744073709551615, -1.5 * ${i}, 1.25, -2.5e300, b'1010', 'näme ${n}-${i}', 'fïxed', x'00ff00',
         REPEAT('t', 300), REPEAT('l', 70000), 'y', 'a,c', '2024-02-29 12:34:56.123456', '-838:59:58.999',
         '2024-01-01 00:00:00.25', '2023-12-31', 2155)`,
    ),
    `BEGIN`,
    `UPDATE shop.types SET name = CONCAT(name, '!'), tiny = 0 WHERE name LIKE 'näme ${n}-%'`,
    `DELETE FROM shop.types WHERE name = 'näme ${n}-1!'`,
    `INSERT INTO shop.types (name) VALUES ('alone ${n}')`,
    'COMMIT',
    `INSERT INTO shop.bag VALUES (1, 'a'), (1, 'a'), (NULL, NULL)`,
    `DELETE FROM shop.bag WHERE a = 1 LIMIT 1`,
    `INSERT INTO shop.parents VALUES (${n * 10}), (${n * 10 + 1})`,
    `INSERT INTO shop.children VALUES (${n * 10}, ${n * 10}), (${n * 10 + 1}, ${n * 10 + 1})`,
    `DELETE FROM shop.parents WHERE id = ${n * 10}`,
  ];
}

describe('a MariaDB source', () => {
  test.each(combinations)(
    'row changes of every common type: partition $partition, $lanes lanes',
    async (settings) => {
      const { onSource } = await lab();
      await sql(onSource, ...changes(combinations.indexOf(settings)));
      await expectLevel(await lab(), { ...settings, from });
    },
  );

  test('statements, and a table created from a SELECT', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'ALTER TABLE shop.types ADD COLUMN extra INT DEFAULT 7, ADD INDEX (tiny)',
      `UPDATE shop.types SET extra = 8 WHERE name LIKE 'alone%'`,
      'CREATE TABLE shop.copied SELECT id, name FROM shop.types',
      'RENAME TABLE shop.copied TO shop.renamed',
      'DELETE FROM shop.renamed LIMIT 2',
      'CREATE VIEW shop.seen AS SELECT id FROM shop.types',
      'DROP VIEW shop.seen',
      'TRUNCATE TABLE shop.bag',
      'FLUSH BINARY LOGS',
      'INSERT INTO shop.bag VALUES (5, NULL)',
    );
    await expectLevel(await lab(), { from });
  });

  test('preflight says what it means, and refuses what cannot be carried', async () => {
    const servers = await lab();
    const { onSource } = servers;
    const check = async (): Promise<unknown[]> =>
      (await preflight(linkSettings(servers, { from }), { handoffNative: false }))
        .filter(({ code }) => code.includes('_SOURCE_'))
        .map(({ code, severity }) => ({ code, severity }));
    expect(await check()).toEqual([{ code: 'TR_SOURCE_MARIADB', severity: 'warning' }]);
    await sql(onSource, 'SET GLOBAL log_bin_compress = ON');
    expect(await check()).toContainEqual({ code: 'TR_SOURCE_MARIADB_FORMAT', severity: 'error' });
    await sql(onSource, 'SET GLOBAL log_bin_compress = OFF');
  });

  test('as a replica it is refused', async () => {
    const servers = await lab();
    const problems = await preflight(
      { ...linkSettings(servers), source: servers.replica.address, replica: servers.source.address },
      { handoffNative: false },
    );
    expect(problems.map(({ code }) => code)).toContain('TR_REPLICA_MARIADB');
  });

  test('a statement in its own words stops the link before it, and nothing is skipped [P4]', async () => {
    const servers = await lab();
    const { onSource, onReplica } = servers;
    await sql(onSource, 'CREATE SEQUENCE shop.numbers', 'CREATE TABLE shop.later (id INT PRIMARY KEY)');
    const error = await stopsWith(servers, { from });
    expect(error).toMatchObject({ code: 'TR_STATEMENT_FAILED', what: expect.stringContaining('SEQUENCE') });
    expect(await sqlValue(onReplica, "SHOW TABLES FROM shop LIKE 'later'")).toBeUndefined();
    await expect(expectEqual(servers)).rejects.toThrow();
  });
});
