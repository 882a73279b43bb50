import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { preflight } from '../../src/preflight/preflight.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import {
  catchUp,
  expectEqual,
  gtidExecuted,
  linkSettings,
  makeLink,
  sourceEnd,
  stopsWith,
} from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { backUp, type LogicalBackup, restore } from '../support/logical-backup.js';
import { sql, sqlValue } from '../support/sql.js';
import { TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

const useServers = useLab({ replicas: 2 });
let lab: TestLab;
/** The first replica as a backup tool saw it. */
let backup: LogicalBackup;
let next = 100;

const insert = (count: number): string[] =>
  Array.from({ length: count }, () => `INSERT INTO d.t VALUES (${next++}, 'x')`);

beforeAll(async () => {
  lab = await useServers();
  await sql(lab.onSource, 'CREATE DATABASE d', 'CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(9))');
});

/** Level, and a backup of that; then more of everything is applied. */
beforeEach(async () => {
  await sql(lab.onSource, ...insert(3));
  await catchUp(lab);
  backup = await backUp(lab.onReplica, ['d']);
});

/** The replica is refused, by `check` too, with nothing changed; the cure that is printed brings it level. */
async function expectStale(): Promise<void> {
  const executed = await gtidExecuted(lab.onReplica);
  const error = await stopsWith(lab);
  expect(error).toMatchObject({ code: 'TR_CHECKPOINT_STALE' });
  const problems = await preflight(linkSettings(lab), { handoffNative: false });
  expect(problems.map(({ code }) => code)).toContain('TR_CHECKPOINT_STALE');
  expect(await gtidExecuted(lab.onReplica)).toBe(executed);
  const statements = /SET sql_log_bin=0; .*?tailrace\.link WHERE [^;]*;/.exec(error.cure)?.[0] ?? '';
  for (const statement of statements.split(';').filter((part) => part.trim() !== '')) {
    await sql(lab.onReplica, statement);
  }
  await sql(lab.onReplica, 'SET sql_log_bin=1');
  await catchUp(lab);
  await expectEqual(lab);
}

/** Tables tell when they were created to the second. */
async function nextSecond(connection: ServerConnection): Promise<void> {
  const written = Number(await sqlValue(connection, 'SELECT MAX(written_at) FROM tailrace.checkpoint'));
  await waitFor(async () => Number(await sqlValue(connection, 'SELECT UNIX_TIMESTAMP()')) > written + 1, {
    what: 'the next second',
  });
}

async function dieAt(failpoint: string, args: readonly string[] = []): Promise<void> {
  const doomed = new TailraceProcess(['catchup', '--name', 'tested', ...args], {
    TAILRACE_SOURCE_URL: urlOf(lab.source.address),
    TAILRACE_REPLICA_URL: urlOf(lab.replica.address),
    TAILRACE_FAILPOINT: failpoint,
  });
  await doomed.end();
  expect(doomed.child.signalCode).toBe('SIGKILL');
  await waitFor(
    async () =>
      (await sqlValue(
        lab.onReplica,
        "SELECT COUNT(*) FROM performance_schema.session_connect_attrs WHERE ATTR_VALUE LIKE 'tailrace control%'",
      )) === '0',
    { what: 'the sessions of the dead process to end' },
  );
}

test.each([
  ['one epoch of many transactions', 30, 1],
  ['many epochs of many transactions', 30, 4],
  ['one transaction', 1, 1],
  ['a transaction each time', 1, 3],
])('restored to an older backup, after %s [P37]', async (_, count, times) => {
  for (let i = 0; i < times; i++) {
    await sql(lab.onSource, ...insert(count));
    await catchUp(lab);
  }
  await restore(lab.onReplica, backup);
  await expectStale();
});

test('restored after a statement, and after a large transaction [P37]', async () => {
  await sql(lab.onSource, 'CREATE TABLE d.after_backup (id INT PRIMARY KEY)', 'DROP TABLE d.after_backup');
  await catchUp(lab);
  await restore(lab.onReplica, backup);
  await expectStale();
  const big = Array.from({ length: 400 }, () => `(${next++}, 'large')`).join();
  await sql(lab.onSource, `INSERT INTO d.t VALUES ${big}`);
  await catchUp(lab, { budgetBytes: 4096 });
  await restore(lab.onReplica, backup);
  await expectStale();
});

test('restored behind the back of a link that follows: what is adopted is noted at rest [P37]', async () => {
  const ended = new AbortController();
  const { link } = makeLink(linkSettings(lab));
  const running = link.run({ kind: 'forever' }, ended.signal);
  await sql(lab.onReplica, 'LOCK TABLES d.t READ');
  await sql(lab.onSource, ...insert(20));
  await sql(lab.onReplica, 'UNLOCK TABLES');
  const noted = async (): Promise<boolean> =>
    String(await sqlValue(lab.onReplica, 'SELECT known_gtid FROM tailrace.checkpoint WHERE lane = 0')) ===
    String(await gtidExecuted(lab.onSource)).replace(/:\d+-(\d+)$/, ':$1');
  await waitFor(noted, { what: 'the note of what is adopted' });
  ended.abort();
  await running;
  await restore(lab.onReplica, backup);
  await expectStale();
});

test('restored after a crash that came before the GTIDs were adopted [P37]', async () => {
  await sql(lab.onSource, ...insert(30));
  await dieAt('after-commit:1');
  await nextSecond(lab.onReplica);
  await restore(lab.onReplica, backup);
  await expectStale();
});

test('restored after a crash that left an epoch half done [P37]', async () => {
  await sql(lab.onSource, 'CREATE TABLE d.other (id INT PRIMARY KEY)');
  await catchUp(lab);
  backup = await backUp(lab.onReplica, ['d']);
  const rows = (text: string): string => Array.from({ length: 2000 }, () => `(${next++}${text})`).join();
  await sql(
    lab.onSource,
    'BEGIN',
    `INSERT INTO d.t VALUES ${rows(", 'x'")}`,
    `INSERT INTO d.other VALUES ${rows('')}`,
    'COMMIT',
  );
  await dieAt('between-commits:1', ['--partition', 'table']);
  await nextSecond(lab.onReplica);
  await restore(lab.onReplica, backup);
  await expectStale();
  await sql(lab.onSource, 'DROP TABLE d.other');
});

test('a dump from between commit and adoption, schema tailrace included, starts right [P37]', async () => {
  await sql(lab.onSource, ...insert(30));
  await dieAt('after-commit:1');
  const dump = await backUp(lab.onReplica, ['d', 'tailrace']);
  expect(dump.gtids).not.toBe(await gtidExecuted(lab.onSource));
  const second = lab.replicas[1]!;
  const onSecond = await second.connect();
  try {
    await nextSecond(lab.onReplica);
    await restore(onSecond, dump);
    await catchUp(lab, { replica: second.address });
    await expectEqual({ ...lab, replica: second, onReplica: onSecond });
  } finally {
    await onSecond.close();
  }
  // And so does the one that it was taken of.
  await catchUp(lab);
  await expectEqual(lab);
});

test('tables that were rebuilt by hand are no other life', async () => {
  await sql(lab.onSource, ...insert(5));
  await catchUp(lab);
  await nextSecond(lab.onReplica);
  await sql(lab.onReplica, 'SET sql_log_bin=0', 'ALTER TABLE d.t ENGINE=InnoDB', 'SET sql_log_bin=1');
  await sql(lab.onSource, ...insert(5));
  await catchUp(lab);
  await expectEqual(lab);
});

test('a checkpoint of the version before is read, and goes on [P37]', async () => {
  await sql(lab.onSource, ...insert(30));
  await dieAt('after-commit:1');
  await sql(
    lab.onReplica,
    'SET sql_log_bin=0',
    'ALTER TABLE tailrace.checkpoint DROP COLUMN known_gtid, DROP COLUMN written_at',
    'ALTER TABLE tailrace.link DROP COLUMN from_file, DROP COLUMN from_offset, DROP COLUMN native_file, DROP COLUMN native_offset',
    'SET sql_log_bin=1',
  );
  expect(await preflight(linkSettings(lab), { handoffNative: false })).toEqual([]);
  await sql(lab.onSource, ...insert(2));
  await catchUp(lab);
  await expectEqual(lab);
});

test('--from is not used where GTIDs tell, and that is said', async () => {
  const from = await sourceEnd(lab);
  const { logged } = await catchUp(lab, { from });
  expect(logged.map(({ msg }) => msg).join()).toContain('--from is not used');
  const problems = await preflight(linkSettings(lab, { from }), { handoffNative: false });
  expect(problems).toMatchObject([{ severity: 'warning', code: 'TR_POSITION_CONFLICT' }]);
});
