import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import { startLabTopology } from '../../src/lab/lab-topology.js';
import { startNativeReplication, stopNativeReplication } from '../../tools/lab/native-replication.js';
import { processIsAlive } from '../../src/lab/process-is-alive.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(...args: Parameters<typeof startLabServer>): Promise<LabServer> {
  const server = await startLabServer(...args);
  stops.push(() => server.stop());
  return server;
}

describe('a lab server', () => {
  test('is a current MySQL with GTIDs and an empty history, and says where it came from', async () => {
    const lines: string[] = [];
    const server = await start({ role: 'source', serverId: 77, log: (line) => lines.push(line) });
    expect(Number.parseInt(server.version, 10)).toBeGreaterThanOrEqual(8);
    expect(await sqlValue(server, 'SELECT @@server_id')).toBe('77');
    expect(await sqlValue(server, 'SELECT @@gtid_mode')).toBe('ON');
    expect(await sqlValue(server, 'SELECT @@gtid_executed')).toBe('');
    expect(await sqlValue(server, 'SELECT @@innodb_flush_log_at_trx_commit + @@sync_binlog')).toBe('2');
    const last = lines.at(-1);
    expect(last).toContain(`source is ${server.version} on 127.0.0.1:${server.address.port}`);
    expect(last).toContain(server.origin);
    expect(lines.join()).not.toContain(server.address.password);
  });

  test('lets nobody in without its password', async () => {
    const server = await start();
    const accounts = await sqlValue(
      server,
      "SELECT COUNT(*) FROM mysql.user WHERE authentication_string = '' AND account_locked = 'N'",
    );
    expect(accounts).toBe('0');
  });

  test('keeps port and data over a kill, takes more settings at a restart, and leaves nothing after stop', async () => {
    const server = await start();
    const { port } = server.address;
    const firstPid = server.pid;
    await sql(
      server,
      'CREATE DATABASE shop',
      'CREATE TABLE shop.item (id INT PRIMARY KEY)',
      'INSERT shop.item VALUES (5)',
    );
    await server.kill();
    expect(processIsAlive(firstPid)).toBe(false);
    await server.restart({ max_connections: 99 });
    expect(server.address.port).toBe(port);
    expect(await sqlValue(server, 'SELECT id FROM shop.item')).toBe(5);
    expect(await sqlValue(server, 'SELECT @@max_connections')).toBe('99');
    await server.shutDown();
    await server.restart();
    expect(await sqlValue(server, 'SELECT @@max_connections')).toBe('99');
    const lastPid = server.pid;
    await server.stop();
    expect(processIsAlive(lastPid)).toBe(false);
    expect(existsSync(path.dirname(server.dataFolder))).toBe(false);
  });

  test('that does not start says why, in the words of its error log', async () => {
    const failed = startLabServer({ role: 'source', settings: { 'no-such-setting': 1 } });
    await expect(failed).rejects.toMatchObject({
      code: 'TR_LAB_START_FAILED',
      why: expect.stringContaining('no-such-setting'),
    });
  });

  test('can be MySQL 5.6', async () => {
    const server = await start({ flavour: 'mysql56', serverId: 9 });
    expect(server.version).toMatch(/^5\.6\./);
    await sql(server, 'CREATE DATABASE shop');
    expect(await sqlValue(server, 'SELECT @@binlog_format')).toBe('ROW');
    expect(await sqlValue(server, 'SELECT COUNT(*) FROM mysql.user')).toBe('1');
    await server.kill();
    await server.restart();
    expect(await sqlValue(server, "SHOW DATABASES LIKE 'shop'")).toBe('shop');
  });

  test('can be MariaDB', async () => {
    const server = await start({ flavour: 'mariadb', serverId: 9 });
    expect(server.version).toMatch(/MariaDB/);
    await sql(server, 'CREATE DATABASE shop');
    expect(await sqlValue(server, 'SELECT @@binlog_format')).toBe('ROW');
  });
});

describe('a lab topology', () => {
  async function expectReplication(gtid: boolean): Promise<void> {
    const topology = await startLabTopology({ gtid });
    stops.push(() => topology.stop());
    const { source, replicas } = topology;
    const [replica] = replicas as [LabServer];
    if (!gtid) await sql(source, 'CREATE DATABASE before_replication');
    await startNativeReplication(replica, source);
    await sql(source, 'CREATE DATABASE shop');
    await waitFor(async () => (await sqlValue(replica, "SHOW DATABASES LIKE 'shop'")) === 'shop');
    expect(await sqlValue(replica, "SHOW DATABASES LIKE 'before_replication'")).toBeUndefined();
    expect(await sqlValue(source, 'SELECT @@server_uuid')).not.toBe(
      await sqlValue(replica, 'SELECT @@server_uuid'),
    );
    await stopNativeReplication(replica);
    const sets = [
      await sqlValue(source, 'SELECT @@gtid_executed'),
      await sqlValue(replica, 'SELECT @@gtid_executed'),
    ];
    expect(sets[0]).toBe(sets[1]);
  }

  test('replicates by GTID', () => expectReplication(true));

  test('replicates by file and offset where GTIDs are off', () => expectReplication(false));
});
