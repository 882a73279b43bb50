import { describe, expect, test } from '@jest/globals';
import { expectEqual, gtidExecuted, sourceEnd } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { skip, skippedRows, toSkip } from '../support/skip-run.js';
import { sql, sqlValue } from '../support/sql.js';
import { type Ended, TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

const labs = [
  ['with GTIDs', true, useLab()],
  ['without GTIDs', false, useLab({ gtid: false })],
] as const;

const unlogged = (statement: string): string[] => [
  'SET SESSION sql_log_bin = 0',
  statement,
  'SET SESSION sql_log_bin = 1',
];

function startProcess(
  lab: TestLab,
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): TailraceProcess {
  return new TailraceProcess([...command, '--name', 'tested', '--partition', 'table'], {
    TAILRACE_SOURCE_URL: urlOf(lab.source.address),
    TAILRACE_REPLICA_URL: urlOf(lab.replica.address),
    ...env,
  });
}

function run(lab: TestLab, from: string | null, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return startProcess(lab, ['catchup', ...(from === null ? [] : ['--from', from])], env).end();
}

async function sessionsEnd({ onReplica }: TestLab, label: string): Promise<void> {
  const mine = `SELECT COUNT(*) FROM performance_schema.session_connect_attrs WHERE ATTR_VALUE LIKE 'tailrace ${label}%'`;
  await waitFor(async () => (await sqlValue(onReplica, mine)) === '0', {
    what: 'the session of the dead process to end',
  });
}

describe.each(labs)('tailrace skip after a crash, %s', (_, byGtid, useServers) => {
  test('what is half applied is completed first, and only then left alone [P42]', async () => {
    const lab = await useServers();
    const end = await sourceEnd(lab);
    const from = byGtid ? null : `${end.file}:${end.offset}`;
    await sql(
      lab.onSource,
      'CREATE DATABASE d',
      'CREATE TABLE d.a (id INT PRIMARY KEY)',
      'CREATE TABLE d.b (id INT PRIMARY KEY)',
    );
    expect(await run(lab, from)).toMatchObject({ code: 0 });
    const before = await sourceEnd(lab);
    const rows = Array.from({ length: 2000 }, (_, id) => `(${id})`).join();
    await sql(
      lab.onSource,
      'BEGIN',
      `INSERT INTO d.a VALUES ${rows}`,
      `INSERT INTO d.b VALUES ${rows}`,
      'COMMIT',
    );
    const executed = await gtidExecuted(lab.onSource);
    const torn = byGtid ? executed.replace(/:.*?(\d+)$/, ':$1') : `${before.file}:${before.offset}`;
    await run(lab, null, { TAILRACE_FAILPOINT: 'between-commits' });
    await sessionsEnd(lab, 'control');
    const refused = await skip(lab, torn, '--yes');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('half applied');
    expect(await run(lab, null)).toMatchObject({ code: 0 });
    await expectEqual(lab);
    const done = await skip(lab, torn, '--yes');
    expect(done.code).toBe(3);
    expect(done.stderr).toContain('already');
  });

  test.each(['before-skip-commit', 'after-skip-commit'])(
    'killed at %s: all of it or nothing [P42]',
    async (failpoint) => {
      const lab = await useServers();
      const id = failpoint === 'before-skip-commit' ? 5001 : 5002;
      const at = await sourceEnd(lab);
      await sql(lab.onSource, `INSERT INTO d.a VALUES (${id})`);
      const executed = await gtidExecuted(lab.onSource);
      const given = byGtid ? executed.replace(/:.*?(\d+)$/, ':$1') : `${at.file}:${at.offset}`;
      const count = async (): Promise<number> =>
        (await lab.onReplica.query("SHOW TABLES IN tailrace LIKE 'skipped'")).length === 0
          ? 0
          : (await skippedRows(lab)).length;
      const before = await count();
      const doomed = startProcess(lab, ['skip', given, '--yes'], { TAILRACE_FAILPOINT: failpoint });
      await doomed.end();
      expect(doomed.child.signalCode).toBe('SIGKILL');
      await sessionsEnd(lab, 'skip');
      const isDone = failpoint === 'after-skip-commit';
      expect((await count()) - before).toBe(isDone ? 1 : 0);
      expect(await run(lab, null)).toMatchObject({ code: 0 });
      expect(await sqlValue(lab.onReplica, `SELECT COUNT(*) FROM d.a WHERE id = ${id}`)).toBe(
        isDone ? '0' : '1',
      );
      await sql(lab.onSource, ...unlogged(`DELETE FROM d.a WHERE id = ${id}`));
      await sql(lab.onReplica, ...unlogged(`DELETE FROM d.a WHERE id = ${id}`));
      await expectEqual(lab);
    },
  );

  test('a daemon whose link waits goes on by itself behind what was left out [P42]', async () => {
    const lab = await useServers();
    await sql(
      lab.onReplica,
      'SET SESSION sql_log_bin = 0',
      'CREATE TABLE d.c (id INT PRIMARY KEY)',
      'SET SESSION sql_log_bin = 1',
    );
    const daemon = startProcess(lab, ['run']);
    try {
      await daemon.says('the link starts');
      await sql(lab.onSource, 'CREATE TABLE d.c (id INT PRIMARY KEY)', 'INSERT INTO d.c VALUES (1)');
      await daemon.says('the link waits until somebody fixes this');
      const given = toSkip({ cure: daemon.stderr });
      const skipped = await skip(lab, given, '--yes');
      expect(skipped).toMatchObject({ code: 0 });
      await waitFor(async () => (await sqlValue(lab.onReplica, 'SELECT COUNT(*) FROM d.c')) === '1', {
        what: 'the row behind what was left out',
        timeoutMs: 60_000,
      });
      const busy = await skip(lab, given, '--yes');
      expect(busy).toMatchObject({ code: 3 });
      expect(busy.stderr).toContain('TR_LINK_LOCKED');
    } finally {
      daemon.signal('SIGTERM');
      await daemon.end();
    }
    await expectEqual(lab);
    expect((await skippedRows(lab)).length).toBeGreaterThan(0);
  });
});
