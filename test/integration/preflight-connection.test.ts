import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import { openConnection } from '../../src/mysql/server-connection.js';
import { acquireLinkLock, linkLockName, readLinkLockHolder } from '../../src/mysql/link-lock.js';
import { waitFor } from '../support/wait-for.js';

let server: LabServer;
beforeAll(async () => {
  server = await startLabServer({ role: 'replica' });
});
afterAll(() => server?.stop());

describe('a connection', () => {
  test('returns rows and counts, whatever the values hold', async () => {
    const connection = await server.connect();
    const text = "it's \\ \u0000 \n é 😀 ?";
    const [row] = await connection.query('SELECT ? AS text, ? AS number, HEX(?) AS bytes, ? AS nothing', [
      text,
      -1.5,
      Buffer.from([0, 255]),
      null,
    ]);
    expect(row).toMatchObject({ text, bytes: '00FF', nothing: null });
    await expect(connection.query('SELECT 1 AS one, 18446744073709551615 AS most')).resolves.toEqual([
      { one: expect.anything(), most: '18446744073709551615' },
    ]);
    await connection.close();
  });

  test('quotes values right when a session has NO_BACKSLASH_ESCAPES and ANSI_QUOTES [T18]', async () => {
    const connection = await server.connect();
    await connection.execute("SET SESSION sql_mode='NO_BACKSLASH_ESCAPES,ANSI_QUOTES'");
    const text = `\\' OR "1"='1`;
    await expect(connection.query('SELECT ? AS text', [text])).resolves.toEqual([{ text }]);
    await connection.close();
  });

  test('names itself to a DBA', async () => {
    const connection = await openConnection(server.address, { sessionLabel: 'lane 3' });
    const rows = await connection.query(
      `SELECT ATTR_VALUE AS value FROM performance_schema.session_connect_attrs
       WHERE PROCESSLIST_ID = ? AND ATTR_NAME = 'program_name'`,
      [connection.threadId],
    );
    expect(rows).toEqual([{ value: 'tailrace lane 3' }]);
    await connection.close();
  });

  test('keeps what the server says of a refused statement, and not the statement', async () => {
    const connection = await server.connect();
    const refusal = connection.query("SELECT 'hidden-secret', no_such_column");
    await expect(refusal).rejects.toMatchObject({
      errno: 1054,
      code: 'ER_BAD_FIELD_ERROR',
      sqlState: '42S22',
    });
    const error: unknown = await refusal.catch((reason: unknown) => reason);
    const everything = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(everything).not.toContain('hidden-secret');
    await connection.close();
  });

  test('reports once that it was lost, and fails whatever waits', async () => {
    const connection = await server.connect();
    const killer = await server.connect();
    const reported: string[] = [];
    connection.onLost((error) => reported.push(error.code));
    const waiting = [connection.query('SELECT SLEEP(30)'), connection.query('SELECT 1')];
    const settled = Promise.allSettled(waiting);
    await killer.execute(`KILL ${connection.threadId}`);
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TR_SERVER_LOST' } });
    }
    expect(reported).toEqual(['TR_SERVER_LOST']);
    expect(connection.usable).toBe(false);
    await expect(connection.query('SELECT 1')).rejects.toMatchObject({ code: 'TR_SERVER_LOST' });
    await killer.close();
  });

  test('notices that it was lost while idle', async () => {
    const connection = await server.connect();
    const killer = await server.connect();
    const lost = new Promise<string>((resolve) => connection.onLost((error) => resolve(error.code)));
    await killer.execute(`KILL ${connection.threadId}`);
    await expect(lost).resolves.toBe('TR_SERVER_LOST');
    await killer.close();
  });

  test('fails what waits when it is destroyed', async () => {
    const connection = await server.connect();
    const waiting = expect(connection.query('SELECT SLEEP(30)')).rejects.toMatchObject({
      code: 'TR_SERVER_LOST',
    });
    connection.destroy();
    await waiting;
  });

  test('speaks TLS when told to', async () => {
    const connection = await openConnection({ ...server.address, tls: 'required' });
    const [row] = await connection.query<{ Value: string }>("SHOW STATUS LIKE 'Ssl_version'");
    expect(row?.Value).toMatch(/^TLSv1/);
    await connection.close();
  });
});

describe('a connection that cannot be made', () => {
  test('tells host and port', async () => {
    const attempt = openConnection({ ...server.address, port: 1 });
    await expect(attempt).rejects.toMatchObject({
      code: 'TR_SERVER_UNREACHABLE',
      what: expect.stringContaining('127.0.0.1:1'),
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('tells a wrong password apart, without showing it', async () => {
    const error = await openConnection({ ...server.address, password: 'wrong-secret' }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'TR_SERVER_ACCESS_DENIED', exitCode: 5 });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('wrong-secret');
  });

  test('ends in time when the other side says nothing', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const startMs = performance.now();
    await expect(openConnection({ ...server.address, port }, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'TR_SERVER_UNREACHABLE',
    });
    // Sooner than it would without being told a time, 10 s.
    expect(performance.now() - startMs).toBeLessThan(8_000);
    silent.close();
  });
});

describe('the lock of a link', () => {
  test('has a name that fits and tells links apart', () => {
    const names = ['a', 'b', 'x'.repeat(64)].map(linkLockName);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^tailrace:[0-9a-f]{55}$/);
  });

  test('is held by one session, which is named, until that one ends [P7]', async () => {
    const [first, second] = [await server.connect(), await server.connect()];
    await expect(readLinkLockHolder(second, 'orders')).resolves.toBeNull();
    await acquireLinkLock(first, 'orders');
    await acquireLinkLock(second, 'other link');
    await expect(readLinkLockHolder(second, 'orders')).resolves.toMatchObject({
      threadId: first.threadId,
      user: 'root',
    });
    await expect(acquireLinkLock(second, 'orders')).rejects.toMatchObject({
      code: 'TR_LINK_LOCKED',
      why: expect.stringContaining(`Session ${first.threadId}`),
    });
    first.destroy();
    await waitFor(async () => (await readLinkLockHolder(second, 'orders')) === null);
    await acquireLinkLock(second, 'orders');
    await second.close();
  });
});
