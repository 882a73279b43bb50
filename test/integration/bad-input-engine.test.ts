import { beforeAll, describe, expect, test } from '@jest/globals';
import { EventType } from '../../src/binlog/event-type.js';
import type { TailraceError } from '../../src/errors/tailrace-error.js';
import { serverDigest } from '../support/engine-digest.js';
import {
  catchUp,
  expectEqual,
  linkSettings,
  makeLink,
  sourceEnd,
  stopsWith,
} from '../support/engine-link.js';
import { type ChecksumOfChanged, type EventChange, EventProxy } from '../support/engine-proxy.js';
import { useLab } from '../support/lab.js';
import { purgeBinaryLogs } from '../support/purge-binary-logs.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE DATABASE d',
    'CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v LONGBLOB)',
    "INSERT INTO d.t (v) VALUES ('a'), ('b')",
  );
  await catchUp(await lab());
});

const quietly = async (...statements: string[]): Promise<void> =>
  sql((await lab()).replica, 'SET sql_log_bin = 0', ...statements);

/** The link stops, changes nothing, and once mended goes on. */
async function stopsAndGoesOn(undo: () => Promise<unknown>): Promise<TailraceError> {
  const servers = await lab();
  const before = await serverDigest(servers);
  const error = await stopsWith(servers).finally(async () => {
    expect(await serverDigest(servers)).toBe(before);
    await undo();
  });
  await catchUp(servers);
  await expectEqual(servers);
  return error;
}

describe('while a link runs, without a preflight that could have seen it', () => {
  test('another password', async () => {
    const servers = await lab();
    const error = await stopsWith(servers, {
      replica: { ...servers.replica.address, password: 'wrong-secret' },
    });
    expect(error).toMatchObject({ code: 'TR_SERVER_ACCESS_DENIED' });
    expect(JSON.stringify(error)).not.toContain('wrong-secret');
  });

  test('super_read_only', async () => {
    const { onSource, onReplica } = await lab();
    await sql(onSource, "INSERT INTO d.t (v) VALUES ('c')");
    await sql(onReplica, 'SET GLOBAL super_read_only = ON');
    const error = await stopsAndGoesOn(() =>
      sql(onReplica, 'SET GLOBAL super_read_only = OFF', 'SET GLOBAL read_only = OFF'),
    );
    expect(error).toMatchObject({
      code: 'TR_REPLICA_SUPER_READ_ONLY',
      cure: expect.stringContaining('super_read_only'),
    });
  });

  test('a table that the replica does not have', async () => {
    const { onSource } = await lab();
    await quietly('RENAME TABLE d.t TO d.hidden');
    await sql(onSource, "INSERT INTO d.t (v) VALUES ('d')");
    const error = await stopsAndGoesOn(() => quietly('RENAME TABLE d.hidden TO d.t'));
    expect(error).toMatchObject({ code: 'TR_SCHEMA_MISMATCH', what: expect.stringContaining('d.t') });
  });

  test("a column of another type, with the replica's own reason", async () => {
    const { onSource } = await lab();
    await quietly('CREATE TABLE d.typed (id INT PRIMARY KEY, v INT)');
    await sql(
      onSource,
      'SET sql_log_bin = 0',
      'CREATE TABLE d.typed (id INT PRIMARY KEY, v VARCHAR(20))',
      'SET sql_log_bin = 1',
      "INSERT INTO d.typed VALUES (1, 'x')",
    );
    const error = await stopsAndGoesOn(() => quietly('ALTER TABLE d.typed MODIFY v VARCHAR(20)'));
    expect(error).toMatchObject({
      code: 'TR_SCHEMA_MISMATCH',
      why: expect.stringMatching(
        /table 'd\.typed' cannot be converted from type 'varchar\(.*\)' to type 'int'/,
      ),
    });
  });

  test('another tailrace on the same link', async () => {
    const servers = await lab();
    const { link } = makeLink(linkSettings(servers));
    const end = new AbortController();
    const running = link.run({ kind: 'forever' }, end.signal);
    await waitFor(() => link.progress().state === 'following');
    expect(await stopsWith(servers)).toMatchObject({
      code: 'TR_LINK_LOCKED',
      why: expect.stringMatching(/Session \d+/),
    });
    await sql(servers.onSource, "INSERT INTO d.t (v) VALUES ('still')");
    await waitFor(() => link.progress().transactions === 1);
    end.abort();
    await running;
  });
});

describe('events that no server writes', () => {
  async function through(
    change: EventChange,
    checksum: ChecksumOfChanged = 'mended',
  ): Promise<TailraceError> {
    const servers = await lab();
    await sql(servers.onSource, "INSERT INTO d.t (v) VALUES ('before')");
    await catchUp(servers);
    await sql(
      servers.onSource,
      "INSERT INTO d.t (v) VALUES ('changed')",
      "INSERT INTO d.t (v) VALUES ('behind')",
    );
    const before = await serverDigest(servers);
    const proxy = await EventProxy.open(servers.source.address, change, checksum);
    const error = await stopsWith(servers, { source: { ...servers.source.address, port: proxy.port } });
    await proxy.close();
    expect(await serverDigest(servers)).toBe(before);
    await catchUp(servers);
    await expectEqual(servers);
    return error;
  }

  /** Changes the first event of a type only. */
  const first = (type: number, change: (event: Buffer) => void): EventChange => {
    let done = false;
    return (event) => {
      if (done || event[4] !== type) return false;
      done = true;
      change(event);
      return true;
    };
  };

  test('a type that is not known, its place named', async () => {
    const error = await through(first(EventType.Xid, (event) => event.writeUInt8(120, 4)));
    expect(error).toMatchObject({
      code: 'TR_EVENT_UNKNOWN',
      what: expect.stringMatching(/type unknown \(120\) .*at binlog\.\d{6}:\d+/),
    });
  });

  test('a byte that has changed on its way', async () => {
    const error = await through(
      first(EventType.WriteRows, (event) =>
        event.writeUInt8(event.readUInt8(event.length - 1) ^ 1, event.length - 1),
      ),
      'left',
    );
    expect(error).toMatchObject({ code: 'TR_STREAM_CHECKSUM' });
  });

  test('a column type that is not known', async () => {
    const error = await through(
      first(EventType.TableMap, (event) =>
        event.writeUInt8(200, 19 + 8 + 2 + 'd'.length + 1 + 't'.length + 1 + 1),
      ),
    );
    expect(error).toMatchObject({ code: 'TR_COLUMN_TYPE_UNKNOWN', what: expect.stringContaining('200') });
  });

  test('a length that is not the event’s', async () => {
    const error = await through(
      first(EventType.WriteRows, (event) => event.writeUInt32LE(event.length + 100, 9)),
    );
    expect(error).toMatchObject({ code: 'TR_STREAM_CORRUPT' });
  });

  test('rows of a table that no table map announced', async () => {
    const error = await through(first(EventType.WriteRows, (event) => event.writeUIntLE(4711, 19, 6)));
    expect(error).toMatchObject({ code: 'TR_STREAM_CORRUPT', what: expect.stringContaining('4711') });
  });

  test('a transaction without an end', async () => {
    const error = await through(first(EventType.Xid, (event) => event.writeUInt8(EventType.RowsQuery, 4)));
    expect(error).toMatchObject({ code: 'TR_STREAM_CORRUPT', why: expect.stringContaining('has no end') });
  });
});

describe('a source whose history has changed', () => {
  test('transactions that it has purged are named', async () => {
    const servers = await lab();
    const { onSource } = servers;
    await sql(onSource, "INSERT INTO d.t (v) VALUES ('purged')", 'FLUSH BINARY LOGS');
    const { file } = await sourceEnd(servers);
    await purgeBinaryLogs(onSource, file);
    const error = await stopsWith(servers);
    expect(error).toMatchObject({
      code: 'TR_STREAM_PURGED',
      what: expect.stringMatching(/[0-9a-f-]{36}:\d+$/),
    });
    const missing = await sqlValue(
      onSource,
      `SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '${String(await sqlValue(servers.onReplica, 'SELECT @@GLOBAL.gtid_executed'))}')`,
    );
    expect(error.what).toContain(missing);
    await quietly("INSERT INTO d.t (v) VALUES ('purged')", `SET GLOBAL gtid_purged = '+${String(missing)}'`);
  });

  test('RESET BINARY LOGS AND GTIDS', async () => {
    const servers = await lab();
    const { link } = makeLink(linkSettings(servers));
    const ended = link
      .run({ kind: 'forever' }, new AbortController().signal)
      .catch((error: unknown) => error);
    await waitFor(() => link.progress().state === 'following');
    await sql(servers.onSource, 'RESET BINARY LOGS AND GTIDS', "INSERT INTO d.t (v) VALUES ('new life')");
    const outcome = (await ended) as TailraceError;
    expect(outcome.code).toMatch(/^TR_STREAM_(SOURCE_CHANGED|REFUSED|PURGED)$/);
    expect(await stopsWith(servers)).toMatchObject({
      code: 'TR_STREAM_SOURCE_CHANGED',
      what: expect.stringContaining('no longer has'),
    });
  });
});

describe('a replica whose disk is full', () => {
  /** Its tables are in a tablespace that cannot grow beyond 28 MiB. */
  const smallLab = useLab({
    sourceSettings: { 'innodb-file-per-table': 'OFF' },
    replicaSettings: {
      'innodb-file-per-table': 'OFF',
      'innodb-data-file-path': 'ibdata1:12M:autoextend:max:28M',
    },
  });

  test('stops the link, which goes on once there is room', async () => {
    const servers = await smallLab();
    const { onSource, replica } = servers;
    await sql(
      onSource,
      'CREATE DATABASE d',
      'CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v LONGBLOB)',
    );
    await catchUp(servers);
    await sql(
      replica,
      'SET sql_log_bin = 0',
      'CREATE TABLE d.filler (id INT AUTO_INCREMENT PRIMARY KEY, v LONGBLOB)',
    );
    const fill = (): Promise<boolean> =>
      sql(replica, 'SET sql_log_bin = 0', "INSERT INTO d.filler (v) VALUES (REPEAT('f', 500000))").then(
        () => true,
        () => false,
      );
    for (let filled = 0; filled < 100 && (await fill()); filled++);
    await sql(
      onSource,
      "INSERT INTO d.t (v) VALUES (REPEAT('g', 900000))",
      "INSERT INTO d.t (v) VALUES ('behind')",
    );
    const before = await serverDigest(servers);
    const error = await stopsWith(servers);
    expect(error).toMatchObject({
      code: 'TR_APPLY_DISK_FULL',
      why: expect.stringMatching(/full/),
      cure: expect.stringMatching(/Free disk space/),
    });
    expect(await serverDigest(servers)).toBe(before);
    await sql(replica, 'SET sql_log_bin = 0', 'DROP TABLE d.filler');
    await catchUp(servers);
    await expectEqual(servers);
  });
});
