import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopNativeReplication, startNativeReplication } from '../../tools/lab/native-replication.js';
import { acquireLinkLock } from '../../src/mysql/link-lock.js';
import { serverDigest } from '../support/engine-digest.js';
import { catchUp, gtidExecuted } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { purgeBinaryLogs } from '../support/purge-binary-logs.js';
import { sql, sqlValue } from '../support/sql.js';
import { tailrace, urlOf } from '../support/tailrace-process.js';

const lab = useLab();

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE d',
    'CREATE TABLE d.t (id INT PRIMARY KEY)',
    'INSERT INTO d.t VALUES (1), (2)',
  );
  await catchUp(await lab());
});

interface Case {
  readonly title: string;
  readonly code: string;
  readonly exit: number;
  /** Makes the servers what they must not be, and tells the command's arguments if they are not the usual ones. */
  readonly prepare: (lab: TestLab) => Promise<readonly string[] | void> | readonly string[];
  readonly undo?: (lab: TestLab) => Promise<unknown>;
  /** What the message holds besides the code. */
  readonly says: readonly (string | RegExp)[];
}

const quiet = ['SET sql_log_bin = 0'];
let holder: Awaited<ReturnType<TestLab['replica']['connect']>>;

const cases: readonly Case[] = [
  {
    title: 'a source that cannot be reached',
    code: 'TR_SERVER_UNREACHABLE',
    exit: 5,
    prepare: ({ replica }) => [
      '--source',
      'mysql://root:s3cret@127.0.0.1:1',
      '--replica',
      urlOf(replica.address),
    ],
    says: ['127.0.0.1:1', /cure: .*(firewall|runs)/],
  },
  {
    title: 'a replica with another password',
    code: 'TR_SERVER_ACCESS_DENIED',
    exit: 5,
    prepare: ({ source, replica }) => [
      '--source',
      urlOf(source.address),
      '--replica',
      urlOf({ ...replica.address, password: 's3cret' }),
    ],
    says: [/cure: .*password/],
  },
  {
    title: 'users who lack privileges, each named',
    code: 'TR_PRIVILEGE_MISSING',
    exit: 3,
    prepare: async ({ source, replica, onSource, onReplica }) => {
      for (const connection of [onSource, onReplica]) {
        await sql(connection, ...quiet, "CREATE USER bare@'%' IDENTIFIED BY 's3cret'", 'SET sql_log_bin = 1');
      }
      const as = (address: typeof source.address) => urlOf({ ...address, user: 'bare', password: 's3cret' });
      return ['--source', as(source.address), '--replica', as(replica.address)];
    },
    undo: async ({ onSource, onReplica }) => {
      for (const connection of [onSource, onReplica])
        await sql(connection, ...quiet, "DROP USER bare@'%'", 'SET sql_log_bin = 1');
    },
    says: [
      /lacks REPLICATION SLAVE/,
      /lacks REPLICATION_APPLIER/,
      /lacks SYSTEM_VARIABLES_ADMIN/,
      /GRANT REPLICATION SLAVE ON \*\.\* TO `bare`@`%`;/,
    ],
  },
  {
    title: 'super_read_only',
    code: 'TR_REPLICA_SUPER_READ_ONLY',
    exit: 3,
    prepare: ({ onReplica }) => sql(onReplica, 'SET GLOBAL super_read_only = ON'),
    undo: ({ onReplica }) => sql(onReplica, 'SET GLOBAL super_read_only = OFF', 'SET GLOBAL read_only = OFF'),
    says: ['SET GLOBAL super_read_only = OFF'],
  },
  {
    title: 'a source that logs statements, where the link is set to stop at them',
    code: 'TR_SOURCE_BINLOG_FORMAT',
    exit: 3,
    prepare: async ({ onSource, source, replica }) => {
      await sql(onSource, "SET GLOBAL binlog_format = 'STATEMENT'");
      const args = ['--source', urlOf(source.address), '--replica', urlOf(replica.address)];
      return [...args, '--statements', 'stop'];
    },
    undo: ({ onSource }) => sql(onSource, "SET GLOBAL binlog_format = 'ROW'"),
    says: ["SET PERSIST binlog_format = 'ROW'"],
  },
  {
    title: 'equal server ids',
    code: 'TR_SERVER_ID_SAME',
    exit: 3,
    prepare: ({ onReplica }) => sql(onReplica, 'SET GLOBAL server_id = 1'),
    undo: ({ onReplica }) => sql(onReplica, 'SET GLOBAL server_id = 2'),
    says: ['SET PERSIST server_id'],
  },
  {
    title: 'a server id for the stream that a server has',
    code: 'TR_SERVER_ID_TAKEN',
    exit: 3,
    prepare: ({ source, replica }) => [
      '--source',
      urlOf(source.address),
      '--replica',
      urlOf(replica.address),
      '--server-id',
      '1',
    ],
    says: [/cure: .*server_id that nobody else uses/],
  },
  {
    title: 'transactions that only the replica has',
    code: 'TR_GTID_ERRANT',
    exit: 3,
    prepare: ({ onReplica }) => sql(onReplica, 'CREATE DATABASE errant'),
    undo: async ({ onSource, onReplica }) => {
      const uuid = String(await sqlValue(onReplica, 'SELECT @@server_uuid'));
      await sql(onSource, `SET GTID_NEXT = '${uuid}:1'`, 'BEGIN', 'COMMIT', "SET GTID_NEXT = 'AUTOMATIC'");
      await sql(onReplica, ...quiet, 'DROP DATABASE errant', 'SET sql_log_bin = 1');
    },
    says: [/[0-9a-f-]{36}:1 \(1 transaction\)/],
  },
  {
    title: 'a table that is missing and one that is another',
    code: 'TR_SCHEMA_MISMATCH',
    exit: 3,
    prepare: async ({ onSource, onReplica }) => {
      await sql(
        onSource,
        ...quiet,
        'CREATE TABLE d.missing (id INT)',
        'CREATE TABLE d.other (id INT, v INT)',
        'SET sql_log_bin = 1',
      );
      await sql(onReplica, ...quiet, 'CREATE TABLE d.other (id INT, v BIGINT)', 'SET sql_log_bin = 1');
    },
    undo: async ({ onSource, onReplica }) => {
      await sql(onSource, ...quiet, 'DROP TABLE d.missing, d.other', 'SET sql_log_bin = 1');
      await sql(onReplica, ...quiet, 'DROP TABLE d.other', 'SET sql_log_bin = 1');
    },
    says: ['d.missing', 'column 2, v, is int on the source and bigint on the replica'],
  },
  {
    title: 'native replication that runs',
    code: 'TR_NATIVE_RUNNING',
    exit: 3,
    prepare: ({ replica, source }) => startNativeReplication(replica, source),
    undo: async ({ replica, onReplica }) => {
      await stopNativeReplication(replica);
      await sql(onReplica, 'RESET REPLICA ALL');
    },
    says: ['STOP REPLICA', '--handoff native'],
  },
  {
    title: 'another tailrace on the same link',
    code: 'TR_LINK_LOCKED',
    exit: 3,
    prepare: async ({ replica, source }) => {
      holder = await replica.connect();
      const args = ['--source', urlOf(source.address), '--replica', urlOf(replica.address)];
      const { stdout } = await tailrace(['check', ...args, '--json']);
      const name = /"(?:link|name)":"([^"]+)"/.exec(stdout)?.[1] ?? 'replica';
      await acquireLinkLock(holder, name);
      return [...args, '--name', name];
    },
    undo: () => holder.close(),
    says: [/Session \d+/],
  },
];

describe('bad input is refused with its own code and cure, and nothing is changed on either server', () => {
  test.each(cases)('$title: $code', async ({ code, exit, prepare, undo, says }) => {
    const servers = await lab();
    const args = (await prepare(servers)) ?? [
      '--source',
      urlOf(servers.source.address),
      '--replica',
      urlOf(servers.replica.address),
    ];
    try {
      const before = await serverDigest(servers);
      const ended = await tailrace(['catchup', '--json', ...args]);
      const after = await serverDigest(servers);
      expect(ended).toMatchObject({ code: exit, stdout: '' });
      expect(ended.stderr).toContain(code);
      for (const text of says) expect(ended.stderr).toMatch(text);
      for (const secret of ['s3cret', servers.source.address.password])
        expect(ended.stderr).not.toContain(secret);
      expect(after).toBe(before);
    } finally {
      await undo?.(servers);
    }
    // Once it is mended, the same command goes through.
    const usual = ['--source', urlOf(servers.source.address), '--replica', urlOf(servers.replica.address)];
    expect(await tailrace(['catchup', ...usual])).toMatchObject({ code: 0 });
  });

  test('all mistakes of a configuration at once, with their lines: TR_CONFIG_INVALID', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tailrace-bad-input-'));
    const file = join(folder, 'tailrace.yaml');
    writeFileSync(
      file,
      'source: {url: "mysql://root@127.0.0.1:1"}\nreplicas:\n  - {url: "mysql://root@127.0.0.1:2", name: one}\nlanes: 1000\npartition: rows\nbudget_mib: -5\non_conflict: ignore\nlinked_tables: [[shop.a, shop]]\nno_such_setting: 1\n',
    );
    const { code, stderr } = await tailrace(['run', '--config', file]);
    rmSync(folder, { recursive: true });
    expect(code).toBe(2);
    expect(stderr).toContain('TR_CONFIG_INVALID');
    for (const line of [4, 5, 6, 7, 8, 9]) expect(stderr).toMatch(new RegExp(`:${line}\\b|line ${line}\\b`));
  });

  test('transactions that the source has purged are named: TR_STREAM_PURGED', async () => {
    const servers = await lab();
    const { onSource } = servers;
    await sql(onSource, 'INSERT INTO d.t VALUES (100)', 'FLUSH BINARY LOGS');
    const uuid = String((await onSource.query<{ uuid: string }>('SELECT @@server_uuid AS uuid'))[0]?.uuid);
    const missing = (await gtidExecuted(onSource))
      .split(/,\s*/)
      .find((set) => set.startsWith(uuid))
      ?.replace(/:.*-(\d+)$/, ':$1');
    const file = String((await onSource.query<{ File: string }>('SHOW BINARY LOG STATUS'))[0]?.File);
    await purgeBinaryLogs(onSource, file);
    const before = await serverDigest(servers);
    const ended = await tailrace([
      'catchup',
      '--source',
      urlOf(servers.source.address),
      '--replica',
      urlOf(servers.replica.address),
    ]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('TR_STREAM_PURGED');
    expect(ended.stderr).toContain(missing);
    expect(await serverDigest(servers)).toBe(before);
  });
});
