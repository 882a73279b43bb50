import { describe, expect, test } from '@jest/globals';
import { acquireLinkLock } from '../../src/mysql/link-lock.js';
import { preflight } from '../../src/preflight/preflight.js';
import {
  catchUp,
  expectEqual,
  gtidExecuted,
  linkSettings,
  sourceEnd,
  stopsWith,
} from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { skip, skippedRows, toSkip } from '../support/skip-run.js';
import { sql, sqlValue } from '../support/sql.js';

const servers = [
  ['a replica with a binary log', useLab()],
  ['a replica without a binary log', useLab({ replicaSettings: { 'skip-log-bin': true } })],
] as const;

/** The GTID of the transaction that the source committed last. */
async function lastGtid({ onSource }: TestLab): Promise<string> {
  const executed = await gtidExecuted(onSource);
  const [, uuid = '', last = ''] = /^([0-9a-f-]+):.*?(\d+)$/.exec(executed) ?? [];
  return `${uuid}:${last}`;
}

async function start(lab: TestLab, schema: string): Promise<void> {
  await sql(
    lab.onSource,
    `CREATE DATABASE ${schema}`,
    `CREATE TABLE ${schema}.t (id INT PRIMARY KEY, v INT)`,
    `INSERT INTO ${schema}.t VALUES (1, 1), (2, 2)`,
  );
  await catchUp(lab);
}

describe.each(servers)('tailrace skip with GTIDs, %s', (_, useServers) => {
  test('a statement that the replica refuses is shown, left out and noted; the link goes on [P42]', async () => {
    const lab = await useServers();
    await start(lab, 'one');
    await sql(
      lab.onReplica,
      'SET SESSION sql_log_bin = 0',
      'CREATE TABLE one.there (id INT PRIMARY KEY)',
      'SET SESSION sql_log_bin = 1',
    );
    await sql(lab.onSource, 'CREATE TABLE one.there (id INT PRIMARY KEY)');
    const gtid = await lastGtid(lab);
    await sql(lab.onSource, 'INSERT INTO one.there VALUES (1)', 'INSERT INTO one.t VALUES (3, 3)');
    const error = await stopsWith(lab);
    expect(error).toMatchObject({ code: 'TR_STATEMENT_FAILED' });
    expect(toSkip(error)).toBe(gtid);

    const before = await gtidExecuted(lab.onReplica);
    const shown = await skip(lab, gtid);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain(`Transaction ${gtid}`);
    expect(shown.stdout).toContain('1 statement');
    expect(shown.stdout).toContain('CREATE TABLE one.there (id INT PRIMARY KEY)');
    expect(shown.stderr).toContain('with --yes');
    expect(await gtidExecuted(lab.onReplica)).toBe(before);
    expect(await sqlValue(lab.onReplica, "SHOW TABLES IN tailrace LIKE 'skipped'")).toBeUndefined();

    const done = await skip(lab, gtid.toUpperCase(), '--yes');
    expect(done).toMatchObject({ code: 0 });
    expect(await sqlValue(lab.onReplica, `SELECT GTID_SUBSET('${gtid}', @@GLOBAL.gtid_executed)`)).toBe('1');
    await catchUp(lab);
    await expectEqual(lab);
    const rows = await skippedRows(lab);
    expect(rows).toMatchObject([
      { link: 'tested', gtid, contents: { kind: 'statement', statementCount: 1 } },
    ]);
    expect(rows[0]?.['skipped_by']).toMatch(/ on .*, as .*@/);

    const again = await skip(lab, gtid, '--yes');
    expect(again).toMatchObject({ code: 3 });
    expect(again.stderr).toContain('TR_SKIP_REFUSED');
    expect(again.stderr).toContain('already');
    const problems = await preflight(linkSettings(lab), { handoffNative: false });
    expect(problems).toMatchObject([{ severity: 'note', code: 'TR_SKIP_NOTED' }]);
    expect(problems[0]?.what).toContain(gtid);
  });

  test.each(['OFF', 'ON'])(
    'exactly one of many, before its turn; counted; compressed: %s [P42]',
    async (packed) => {
      const lab = await useServers();
      await sql(lab.onSource, 'DROP DATABASE IF EXISTS many');
      await start(lab, 'many');
      await sql(
        lab.onSource,
        `SET SESSION binlog_transaction_compression = ${packed}`,
        'INSERT INTO many.t VALUES (10, 1)',
        'BEGIN',
        'INSERT INTO many.t VALUES (20, 1), (21, 1), (22, 1)',
        'UPDATE many.t SET v = v + 1 WHERE id < 20',
        'DELETE FROM many.t WHERE id = 21',
        'COMMIT',
      );
      const gtid = await lastGtid(lab);
      await sql(lab.onSource, 'INSERT INTO many.t VALUES (30, 1)', 'INSERT INTO many.t VALUES (31, 1)');
      const { stdout, code } = await skip(lab, gtid, '--yes', '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        kind: 'rows',
        gtid,
        left_out: true,
        tables: [{ table: '`many`.`t`', inserted: 3, updated: 3, deleted: 1, isCounted: true }],
      });
      await catchUp(lab);
      const ids = await lab.onReplica.query('SELECT id, v FROM many.t ORDER BY id');
      expect(ids).toEqual([
        { id: 1, v: 1 },
        { id: 2, v: 2 },
        { id: 10, v: 1 },
        { id: 30, v: 1 },
        { id: 31, v: 1 },
      ]);
      expect(await gtidExecuted(lab.onReplica)).toBe(await gtidExecuted(lab.onSource));
    },
  );

  test('an account is shown without its password; a position is as good as a GTID', async () => {
    const lab = await useServers();
    await start(lab, 'accounts');
    const at = await sourceEnd(lab);
    await sql(lab.onSource, "CREATE USER hidden@localhost IDENTIFIED BY 'a-very-secret-word'");
    const gtid = await lastGtid(lab);
    const ended = await skip(lab, `${at.file}:${at.offset}`, '--yes');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain(`Transaction ${gtid}`);
    expect(ended.stdout).toContain("CREATE USER 'hidden'@'localhost' IDENTIFIED WITH");
    const rows = JSON.stringify(await skippedRows(lab));
    expect(rows).toContain('<secret>');
    expect(ended.stdout + rows).not.toMatch(/a-very-secret-word|\$A\$005/);
    await catchUp(lab);
    expect(await sqlValue(lab.onReplica, "SELECT COUNT(*) FROM mysql.user WHERE User = 'hidden'")).toBe('0');
    await sql(
      lab.onSource,
      'SET SESSION sql_log_bin = 0',
      'DROP USER hidden@localhost',
      'SET SESSION sql_log_bin = 1',
    );
  });

  test('what is not there, not one, or in other hands is refused, and nothing is changed [P42]', async () => {
    const lab = await useServers();
    await start(lab, 'none');
    const before = await gtidExecuted(lab.onReplica);
    const [uuid = ''] = (await lastGtid(lab)).split(':');
    const strange = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
    for (const [given, code, words] of [
      [`${uuid}:900000`, 3, 'The source has no transaction'],
      [`${strange}:1`, 3, 'not of its server_uuid'],
      [`${uuid}:1-5`, 2, 'one transaction at a time'],
      [`${uuid}:x`, 2, 'TR_GTID_SYNTAX'],
      ['nonsense', 2, 'FILE:POSITION'],
    ] as const) {
      const ended = await skip(lab, given, '--yes');
      expect({ given, code: ended.code }).toEqual({ given, code });
      expect(ended.stderr).toContain(words);
    }
    await sql(lab.onSource, 'INSERT INTO none.t VALUES (5, 5)');
    const gtid = await lastGtid(lab);
    const other = await lab.replica.connect();
    await acquireLinkLock(other, 'tested');
    try {
      const ended = await skip(lab, gtid, '--yes');
      expect(ended.code).toBe(3);
      expect(ended.stderr).toContain('TR_LINK_LOCKED');
    } finally {
      await other.close();
    }
    await sql(lab.onReplica, 'SET GLOBAL super_read_only = ON');
    try {
      const ended = await skip(lab, gtid, '--yes');
      expect(ended.code).toBe(3);
      expect(ended.stderr).toContain('TR_REPLICA_SUPER_READ_ONLY');
    } finally {
      await sql(lab.onReplica, 'SET GLOBAL super_read_only = OFF', 'SET GLOBAL read_only = OFF');
    }
    expect(await gtidExecuted(lab.onReplica)).toBe(before);
    await sql(lab.onSource, 'FLUSH BINARY LOGS');
    const file = String(await sqlValue(lab.onSource, 'SHOW BINARY LOG STATUS'));
    await sql(lab.onSource, `PURGE BINARY LOGS TO '${file}'`);
    const purged = await skip(lab, gtid, '--yes');
    expect(purged.stderr).toContain('TR_STREAM_PURGED');
    expect(purged.code).not.toBe(0);
    expect(await gtidExecuted(lab.onReplica)).toBe(before);
  });
});
