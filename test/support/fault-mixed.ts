import { beforeAll, expect, test } from '@jest/globals';
import { type FaultLab, type FaultLabOptions, useFaultLab } from './fault-lab.js';
import { toSkip } from './skip-run.js';
import { sql, sqlValue } from './sql.js';
import { tailrace, urlOf } from './tailrace-process.js';

/** Where the process dies, one time after the other, while the same transactions are being applied. */
const deaths: Readonly<Record<string, readonly string[]>> = {
  'before-mixed': ['before-mixed:1', 'before-mixed:2', 'before-mixed:3'],
  'during-mixed': ['during-mixed:1', 'during-mixed:2', 'during-mixed:1'],
  'before-mixed-commit': ['before-mixed-commit:1', 'before-mixed-commit:1', 'before-mixed-commit:4'],
  'after-mixed-commit': ['after-mixed-commit:1', 'after-mixed-commit:3', 'after-mixed-commit:1'],
  'during-large-transaction': ['during-large-transaction:1', 'during-large-transaction:1'],
  'before-large-commit': ['before-large-commit:1', 'before-large-commit:1'],
};

let round = 0;

/** Statements alone, among row changes, behind savepoints, with numbers of the session, and in a transaction larger than the budget. */
async function writeRound({ source }: FaultLab): Promise<void> {
  const first = ++round * 100_000;
  await sql(
    source,
    'USE fault_mixed',
    "SET SESSION binlog_format = 'STATEMENT'",
    'UPDATE counter SET n = n + 1',
    `SET @v = 'of the session', @@insert_id = ${first}`,
    'INSERT INTO t (v, r) VALUES (@v, RAND()), (@v, RAND())',
    'INSERT INTO keyless SELECT id, v FROM t ORDER BY id DESC LIMIT 3',
    'BEGIN',
    'UPDATE counter SET n = n * 2 + 1',
    'COMMIT',
    "SET SESSION binlog_format = 'MIXED'",
    'BEGIN',
    'INSERT INTO t (v) VALUES (LEFT(UUID(), 8))',
    'UPDATE counter SET n = n + 3',
    'SAVEPOINT a',
    'INSERT INTO keyless VALUES (0, LEFT(UUID(), 8))',
    'UPDATE counter SET n = n * 5',
    'ROLLBACK TO SAVEPOINT a',
    'DELETE FROM keyless ORDER BY id LIMIT 1',
    'UPDATE counter SET n = n + 7',
    'COMMIT',
    'BEGIN',
    `INSERT INTO keyless WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n + ${first}, CONCAT(REPEAT(n, 300), UUID()) FROM s`,
    'UPDATE counter SET n = n + 11',
    'COMMIT',
    'BEGIN',
    'UPDATE counter SET n = n * 13',
    `INSERT INTO keyless WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n + ${first}, CONCAT(REPEAT(n, 300), UUID()) FROM s`,
    'UPDATE counter SET n = n + 17',
    'COMMIT',
    "SET SESSION binlog_format = 'ROW'",
    'UPDATE counter SET n = n + 1',
  );
}

/** Tests that kill tailrace, and the replica with it, around transactions with statements among their row changes. */
export function testMixedFaults(options: FaultLabOptions = {}): void {
  const useServers = useFaultLab(options);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await sql(
      lab.source,
      'CREATE DATABASE fault_mixed',
      'USE fault_mixed',
      'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT, r DOUBLE)',
      'CREATE TABLE keyless (id INT, v TEXT)',
      'CREATE TABLE counter (n BIGINT)',
      'CREATE TABLE plain (n BIGINT) ENGINE=MyISAM',
      'INSERT INTO counter VALUES (1)',
      'INSERT INTO plain VALUES (1)',
    );
    await lab.catchUp();
  });

  const expectLevel = async (): Promise<void> => {
    await lab.catchUp();
    await lab.expectEqual();
    // What is multiplied shows whether it was done twice.
    await sql(lab.source, 'UPDATE fault_mixed.counter SET n = n % 1000003');
    await lab.catchUp();
  };

  test.each(Object.entries(deaths))(
    'statements among row changes: killed at %s [P1]',
    async (_, failpoints) => {
      await writeRound(lab);
      for (const failpoint of failpoints) await lab.dieAt(failpoint);
      await expectLevel();
    },
  );

  test.each(['before-mixed-commit:2', 'after-mixed-commit:2', 'during-mixed:3'])(
    'statements among row changes: the replica is killed together with tailrace at %s [P1]',
    async (failpoint) => {
      await writeRound(lab);
      await lab.dieAt(failpoint);
      await lab.replica.kill();
      await lab.replica.restart();
      await expectLevel();
    },
  );

  test('a statement on a table that cannot be rolled back: after a crash the link stops and says what to look at', async () => {
    const n = (server: FaultLab['source']) => sqlValue(server, 'SELECT n FROM fault_mixed.plain');
    await sql(
      lab.source,
      "SET SESSION binlog_format = 'STATEMENT'",
      'UPDATE fault_mixed.plain SET n = n * 2 + 5',
    );
    await lab.dieAt('during-mixed:1');
    expect(await n(lab.replica)).toBe(await n(lab.source));
    const ended = await lab.start('catchup').end();
    expect(ended).toMatchObject({ code: 4, stderr: expect.stringContaining('TR_STATEMENT_HALFWAY') });
    expect(await n(lab.replica)).toBe(await n(lab.source));
    // What the message says for a statement that was not done: here it is undone by hand first.
    await sql(
      lab.replica,
      'SET sql_log_bin = 0',
      'UPDATE fault_mixed.plain SET n = (n - 5) / 2',
      'UPDATE tailrace.link SET intent_digest = NULL',
    );
    await expectLevel();
    expect(await n(lab.replica)).toBe(await n(lab.source));
  });

  test('and one that was done is left out, as the message says, and not done again', async () => {
    const n = (server: FaultLab['source']) => sqlValue(server, 'SELECT n FROM fault_mixed.plain');
    await sql(
      lab.source,
      "SET SESSION binlog_format = 'STATEMENT'",
      'UPDATE fault_mixed.plain SET n = n * 2 + 5',
    );
    await lab.dieAt('during-mixed:1');
    const ended = await lab.start('catchup').end();
    const done = await tailrace(['skip', toSkip({ cure: ended.stderr }), '--yes'], {
      TAILRACE_SOURCE_URL: urlOf(lab.source.address),
      TAILRACE_REPLICA_URL: urlOf(lab.replica.address),
    });
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('UPDATE fault_mixed.plain') });
    await expectLevel();
    expect(await n(lab.replica)).toBe(await n(lab.source));
  });
}
