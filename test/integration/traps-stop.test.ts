import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { catchUp, expectEqual, gtidExecuted, stopsWith } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { skip, toSkip } from '../support/skip-run.js';
import { sql, sqlValue } from '../support/sql.js';

const lab = useLab({ sourceSettings: { 'binlog-expire-logs-seconds': 0 } });
/** Ids of rows that were written before something that stops the link, and after it. */
let id = 0;

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE stop',
    'CREATE TABLE stop.t (id INT PRIMARY KEY, v LONGTEXT)',
    'CREATE TABLE stop.my (id INT PRIMARY KEY, v LONGTEXT) ENGINE = MyISAM',
  );
  await catchUp(await lab());
});

/** As the cures say: what tailrace does not apply is passed over on the replica, here because it has been applied by hand. */
afterEach(async () => {
  const { onSource, onReplica } = await lab();
  const rows = await onSource.query('SELECT id, v FROM stop.t');
  await sql(onReplica, 'SET sql_log_bin = 0', 'DELETE FROM stop.t', 'DELETE FROM stop.my');
  for (const row of rows) await onReplica.execute('INSERT INTO stop.t VALUES (?, ?)', [row['id'], row['v']]);
  await sql(onSource, 'DELETE FROM stop.my');
  await sql(onReplica, `SET GLOBAL gtid_purged = '+${await missing()}'`, 'SET sql_log_bin = 1');
  await catchUp(await lab());
  await expectEqual(await lab());
});

async function missing(): Promise<string> {
  const { onSource, onReplica } = await lab();
  const applied = await gtidExecuted(onReplica);
  return String(await sqlValue(onSource, `SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '${applied}')`));
}

/** Rows around `statements`: the one before is applied, the one after is not. */
async function stopsAt(...statements: string[]) {
  const { source, onReplica } = await lab();
  const [before, after] = [(id += 2), id + 1];
  await sql(
    source,
    `INSERT INTO stop.t VALUES (${before}, 'before')`,
    'USE stop',
    ...statements,
    `INSERT INTO stop.t VALUES (${after}, 'after')`,
  );
  const executed = await gtidExecuted(onReplica);
  const error = await stopsWith(await lab(), { statements: 'stop' });
  expect(await sqlValue(onReplica, `SELECT GROUP_CONCAT(id) FROM stop.t WHERE id >= ${before}`)).toBe(
    String(before),
  );
  expect(await gtidExecuted(onReplica)).not.toBe(executed);
  // Nothing more is applied, however often it is started.
  const again = await stopsWith(await lab(), { lanes: 1, statements: 'stop' });
  expect(again.code).toBe(error.code);
  expect(await sqlValue(onReplica, `SELECT GROUP_CONCAT(id) FROM stop.t WHERE id >= ${before}`)).toBe(
    String(before),
  );
  return error;
}

describe('what is not applied stops the link, with what came before applied and nothing behind it', () => {
  test.each(['STATEMENT', 'MIXED'])(
    'trap 13: a session that logs statements, binlog_format %s, where the link is set to stop [T13]',
    async (format) => {
      const error = await stopsAt(
        `SET SESSION binlog_format = '${format}'`,
        "UPDATE t SET v = 'by statement' WHERE id = 0",
        "INSERT INTO t VALUES (1000003, 'statement')",
        'DELETE FROM t WHERE id = 1000003',
        "SET SESSION binlog_format = 'ROW'",
      );
      // The GTID of the transaction, so that it can be left out.
      expect(error.what).toMatch(/[0-9a-f-]{36}:\d+ /);
      expect(error).toMatchObject({
        code: 'TR_STATEMENT_FORMAT',
        what: expect.stringContaining('UPDATE t SET v'),
      });
    },
  );

  test('trap 13: LOAD DATA and values of the session, logged as statements [T13]', async () => {
    const { source } = await lab();
    const file = `${source.dataFolder}/rows.txt`;
    const error = await stopsAt(
      `SELECT '1000004\tloaded' INTO OUTFILE '${file}' FIELDS ESCAPED BY ''`,
      "SET SESSION binlog_format = 'STATEMENT'",
      `LOAD DATA INFILE '${file}' INTO TABLE t`,
      'DELETE FROM t WHERE id = 1000004',
      "SET SESSION binlog_format = 'ROW'",
    );
    expect(error).toMatchObject({ code: 'TR_STATEMENT_FORMAT' });
    const { code, stdout } = await skip(await lab(), toSkip(error), '--yes');
    expect(stdout).toContain('BeginLoadQuery');
    expect(code).toBe(0);
  });

  test('trap 13: an incident that the source recorded [T13]', async () => {
    const { source } = await lab();
    const { onSource } = await lab();
    await sql(
      onSource,
      'SET GLOBAL max_binlog_stmt_cache_size = 4096',
      'SET GLOBAL binlog_stmt_cache_size = 4096',
    );
    const writer = await source.connect();
    const failing = writer.execute(
      "INSERT INTO stop.my SELECT n, REPEAT('x', 2000) FROM (WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 50) SELECT n FROM s) numbers",
    );
    const refused: unknown = await failing.catch((error: unknown) => error);
    await writer.close();
    await sql(
      onSource,
      'SET GLOBAL max_binlog_stmt_cache_size = DEFAULT',
      'SET GLOBAL binlog_stmt_cache_size = DEFAULT',
    );
    expect(refused).toMatchObject({ errno: expect.any(Number) });
    const error = await stopsWith(await lab());
    expect(error).toMatchObject({ code: 'TR_EVENT_INCIDENT', why: expect.stringMatching(/\w/) });
    const { code, stdout } = await skip(await lab(), toSkip(error), '--yes');
    expect(stdout).toContain('an incident');
    expect(code).toBe(0);
    await catchUp(await lab());
  });
});
