import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import {
  catchUp,
  expectEqual,
  expectLevel,
  gtidExecuted,
  levelAsOneEpoch,
  linkSettings,
  makeLink,
  sourceEnd,
} from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const mebibyte = 2 ** 20;
const lab = useLab({ sourceSettings: { 'binlog-transaction-compression': 'ON' } });
const numbers = (count: number): string =>
  `(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count}) SELECT n FROM s) numbers`;

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'SET SESSION cte_max_recursion_depth = 2000000',
    'CREATE DATABASE packed',
    'USE packed',
    'CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(200), u INT UNIQUE)',
    'CREATE TABLE keyless (id INT, v LONGBLOB)',
    'CREATE TABLE b (id INT PRIMARY KEY, v LONGBLOB)',
    'CREATE TABLE my (id INT PRIMARY KEY, v INT) ENGINE = MyISAM',
  );
});

/** Compressed transactions that the source has written since it was started. */
async function compressed(): Promise<number> {
  const { onSource } = await lab();
  return Number(
    await sqlValue(
      onSource,
      "SELECT SUM(TRANSACTION_COUNTER) FROM performance_schema.binary_log_transaction_compression_stats WHERE LOG_TYPE = 'BINARY' AND COMPRESSION_TYPE = 'ZSTD'",
    ),
  );
}

describe.each([1, 4])('trap 8: compressed transactions, %d lanes', (lanes) => {
  test('are reduced and applied as others are, and mix with those that are not [T8]', async () => {
    const { onSource } = await lab();
    const before = await compressed();
    const { report } = await levelAsOneEpoch(await lab(), { lanes }, [
      'USE packed',
      "INSERT INTO a SELECT n, REPEAT('x', 150), n FROM " + numbers(500),
      'UPDATE a SET u = u + 1000',
      'SET SESSION binlog_transaction_compression = OFF',
      'UPDATE a SET u = 1501 - u WHERE id <= 500',
      'SET SESSION binlog_transaction_compression = ON',
      'BEGIN',
      "INSERT INTO keyless VALUES (1, REPEAT('y', 5000)), (1, REPEAT('y', 5000))",
      'DELETE FROM a WHERE id > 400',
      'COMMIT',
      "SET SESSION binlog_row_image = 'MINIMAL'",
      "UPDATE a SET v = 'minimal' WHERE id = 7",
      "SET SESSION binlog_row_image = 'FULL'",
      'SET SESSION binlog_rows_query_log_events = ON',
      'DELETE FROM keyless LIMIT 1',
      'SET SESSION binlog_rows_query_log_events = OFF',
    ]);
    expect(report.transactions).toBeGreaterThan(5);
    expect(await compressed()).toBeGreaterThan(before + 4);
    await sql(onSource, 'DELETE FROM packed.a', 'DELETE FROM packed.keyless');
    await expectLevel(await lab(), { lanes });
  });
});

test.each([1, 3, 19, 22])('trap 8: compression level %d [T8]', async (level) => {
  const { onSource } = await lab();
  await sql(
    onSource,
    `SET SESSION binlog_transaction_compression_level_zstd = ${level}`,
    `REPLACE INTO packed.b SELECT n, REPEAT(CONCAT('level ${level} ', n, SHA2(n, 256)), 200) FROM ${numbers(500)}`,
    'SET SESSION binlog_transaction_compression_level_zstd = DEFAULT',
  );
  await expectLevel(await lab());
});

test('trap 8: what the source does not compress stands beside what it does', async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'USE packed',
    'CREATE TABLE made SELECT * FROM b LIMIT 5',
    'ALTER TABLE made ADD COLUMN c INT',
    'UPDATE made SET c = id',
    'DROP TABLE made',
  );
  await expectLevel(await lab());
});

describe('trap 8: a compressed transaction that is larger than the budget', () => {
  /** The most memory that was held, garbage left out, while a run went in. */
  async function heldMax(budgetBytes: number, lanes = 2): Promise<number> {
    const settings = linkSettings(await lab(), { budgetBytes, lanes });
    const { link } = makeLink(settings);
    let held = 0;
    const inUse = (): number => process.memoryUsage().arrayBuffers;
    const watch = setInterval(() => {
      // When garbage is collected is a matter of time, and there may be any amount of it.
      if (inUse() > held) collectGarbage();
      held = Math.max(held, inUse());
    }, 100);
    try {
      await link.run({ kind: 'now' }, new AbortController().signal);
    } finally {
      clearInterval(watch);
    }
    return held;
  }

  test('goes in as it is unpacked, in memory that it does not fill [T8]', async () => {
    const { onSource } = await lab();
    await expectLevel(await lab());
    const start = await sourceEnd(await lab());
    // 120 MiB of rows in about 1 MiB.
    await sql(onSource, `INSERT INTO packed.keyless SELECT n, REPEAT('z', 6000) FROM ${numbers(20_000)}`);
    const end = await sourceEnd(await lab());
    expect(end.offset - start.offset).toBeLessThan(4 * mebibyte);
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    expect((await heldMax(4 * mebibyte)) - before).toBeLessThan(60 * mebibyte);
    await expectEqual(await lab());
    await sql(onSource, 'TRUNCATE TABLE packed.keyless');
    await expectLevel(await lab());
  });

  test('and comes as one event of several packets, with others behind it [T8]', async () => {
    const { onSource } = await lab();
    const start = await sourceEnd(await lab());
    await sql(
      onSource,
      'BEGIN',
      // Random: it does not get smaller.
      ...Array.from(
        { length: 24 },
        (_, i) =>
          `INSERT INTO packed.keyless SELECT ${i}, CONCAT(${Array(1024).fill('RANDOM_BYTES(1024)').join(',')})`,
      ),
      'COMMIT',
      ...Array.from({ length: 50 }, (_, i) => `INSERT INTO packed.a VALUES (${i}, 'behind', NULL)`),
      'SET SESSION binlog_transaction_compression = OFF',
      'DELETE FROM packed.a WHERE id < 10',
      'SET SESSION binlog_transaction_compression = ON',
    );
    expect((await sourceEnd(await lab())).offset - start.offset).toBeGreaterThan(20 * mebibyte);
    await heldMax(4 * mebibyte);
    await expectEqual(await lab());
  });

  test('behind which a position is the goal [T8]', async () => {
    const { onSource } = await lab();
    await sql(onSource, `INSERT INTO packed.b SELECT 100000 + n, REPEAT('q', 900) FROM ${numbers(20_000)}`);
    const { link } = makeLink(linkSettings(await lab(), { budgetBytes: 2 * mebibyte }));
    const report = await link.run(
      { kind: 'position', position: await sourceEnd(await lab()) },
      new AbortController().signal,
    );
    expect(report.transactions).toBe(1);
    await expectEqual(await lab());
  });
});

test('trap 8: following, each transaction is there at once [T8]', async () => {
  const { onSource, onReplica } = await lab();
  const { link } = makeLink(linkSettings(await lab()));
  const ended = new AbortController();
  const running = link.run({ kind: 'forever' }, ended.signal);
  for (let i = 0; i < 20; i++) {
    await sql(onSource, `REPLACE INTO packed.a VALUES (${i}, REPEAT('follow', 30), NULL)`);
    const value = `SELECT COUNT(*) FROM packed.a WHERE id = ${i} AND v LIKE 'follow%'`;
    await waitFor(async () => Number(await sqlValue(onReplica, value)) === 1, { what: 'the row' });
  }
  ended.abort();
  await running;
  await expectLevel(await lab());
});

test('a goal is reached although a compressed transaction larger than the budget follows it [T8]', async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE beyond',
    'USE beyond',
    'CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT)',
    "INSERT INTO t VALUES (1, 'wanted')",
  );
  const set = GtidSet.parse(await gtidExecuted(onSource));
  await sql(
    onSource,
    `INSERT INTO t WITH RECURSIVE s (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM s WHERE n < 200) SELECT n, REPEAT('x', 65536) FROM s`,
  );
  const { report } = await catchUp(await lab(), { budgetBytes: 2 * 2 ** 20 }, { kind: 'gtid', set });
  expect(report.transactions).toBeGreaterThan(0);
  await expectLevel(await lab());
}, 60_000);
