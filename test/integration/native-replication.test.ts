import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LabTopology, startLabTopology } from '../../src/lab/lab-topology.js';
import { startNativeReplication as configureNativeReplication } from '../../tools/lab/native-replication.js';
import { readApplierReason } from '../../src/mysql/applier-error-reason.js';
import {
  readNativeReplication,
  startNativeReplication,
  stopNativeReplication,
  watchNativeReplication,
} from '../../src/mysql/native-replication.js';
import { openConnection, type ServerConnection } from '../../src/mysql/server-connection.js';
import { patienceMs, waitFor } from '../support/wait-for.js';

let lab: LabTopology;
let source: ServerConnection;
let replica: ServerConnection;

beforeAll(async () => {
  lab = await startLabTopology();
  source = await lab.source.connect({ multipleStatements: true });
  replica = await lab.replicas[0]!.connect({ multipleStatements: true });
});
afterAll(async () => {
  await Promise.all([source?.close(), replica?.close()]);
  await lab?.stop();
});

const countRows = async (): Promise<number> => {
  const rows = await replica.query<{ n: string }>('SELECT COUNT(*) AS n FROM shop.goods').catch(() => []);
  return Number(rows[0]?.n ?? -1);
};

async function sourceEnd(): Promise<{ file: string; offset: number }> {
  const [row] = await source.query<{ File: string; Position: string }>('SHOW BINARY LOG STATUS');
  return { file: row?.File ?? '', offset: Number(row?.Position) };
}

describe('native replication', () => {
  test('is null where it is not configured', async () => {
    await expect(readNativeReplication(replica)).resolves.toBeNull();
    await expect(startNativeReplication(replica)).rejects.toMatchObject({ code: 'TR_NATIVE_FAILED' });
  });

  test('is read, stopped, started by GTIDs and watched', async () => {
    await configureNativeReplication(lab.replicas[0]!, lab.source);
    await source.query(
      'CREATE DATABASE shop; CREATE TABLE shop.goods (id INT PRIMARY KEY); INSERT INTO shop.goods VALUES (1)',
    );
    await waitFor(async () => (await countRows()) === 1);
    const end = await sourceEnd();
    await expect(readNativeReplication(replica)).resolves.toMatchObject({ io: 'running', sql: 'running' });
    await stopNativeReplication(replica);
    await expect(readNativeReplication(replica)).resolves.toEqual({
      channel: '',
      sourceHost: lab.source.address.host,
      sourcePort: lab.source.address.port,
      sourceUuid: (await source.query<{ uuid: string }>('SELECT @@server_uuid AS uuid'))[0]?.uuid,
      io: 'stopped',
      sql: 'stopped',
      autoPosition: true,
      executedPosition: end,
      ioError: null,
      sqlError: null,
    });
    await source.query('INSERT INTO shop.goods VALUES (2)');
    await startNativeReplication(replica);
    await expect(watchNativeReplication(replica, { timeoutMs: patienceMs })).resolves.toMatchObject({
      io: 'running',
      sql: 'running',
    });
    await waitFor(async () => (await countRows()) === 2);
  });

  test('goes on at a position', async () => {
    await stopNativeReplication(replica);
    await source.query('INSERT INTO shop.goods VALUES (3)');
    const position = await sourceEnd();
    await source.query('INSERT INTO shop.goods VALUES (4)');
    await startNativeReplication(replica, { position });
    await watchNativeReplication(replica, { timeoutMs: patienceMs });
    await waitFor(async () => (await countRows()) === 3);
    await expect(readNativeReplication(replica)).resolves.toMatchObject({ autoPosition: false });
    await stopNativeReplication(replica);
    await expect(startNativeReplication(replica)).rejects.toMatchObject({ code: 'TR_POSITION_UNKNOWN' });
  });

  test('that breaks is reported with the reason the server gives', async () => {
    await replica.query('SET sql_log_bin = 0; INSERT INTO shop.goods VALUES (5); SET sql_log_bin = 1');
    const position = await sourceEnd();
    await source.query('INSERT INTO shop.goods VALUES (5)');
    await startNativeReplication(replica, { position });
    await expect(watchNativeReplication(replica, { timeoutMs: patienceMs })).rejects.toMatchObject({
      code: 'TR_NATIVE_FAILED',
      why: expect.stringContaining('1062'),
    });
    await stopNativeReplication(replica);
  });

  test('that cannot reach its source is reported in time', async () => {
    await replica.query('CHANGE REPLICATION SOURCE TO SOURCE_PORT = 1');
    await startNativeReplication(replica, { position: { file: 'binlog.000001', offset: 4 } });
    await expect(watchNativeReplication(replica, { timeoutMs: 1_500 })).rejects.toMatchObject({
      code: 'TR_NATIVE_FAILED',
      why: expect.stringContaining('receiver connecting'),
    });
    await replica.query('STOP REPLICA; RESET REPLICA ALL');
  });
});

describe('the reason of a refused BINLOG', () => {
  test('is the one of that session, and not an older one', async () => {
    await source.query('CREATE TABLE shop.typed (id INT PRIMARY KEY, name VARCHAR(10)); FLUSH BINARY LOGS');
    await source.query("INSERT INTO shop.typed VALUES (1, 'x')");
    const { format, rows } = await loggedEvents();
    await replica.query(
      'SET sql_log_bin = 0; CREATE TABLE shop.typed (id INT PRIMARY KEY, name INT); SET sql_log_bin = 1',
    );
    const lane = await lab.replicas[0]!.connect();
    await expect(readApplierReason(replica, 0, lane.threadId)).resolves.toBeNull();
    await lane.execute(`BINLOG '${format}'`);
    await lane.execute("SET GTID_NEXT = 'AUTOMATIC'");
    await expect(lane.execute(`BINLOG '${rows}'`)).rejects.toMatchObject({ name: 'ServerError' });
    await expect(readApplierReason(replica, 0, lane.threadId)).resolves.toMatch(
      /Column 2 .*shop\.typed.* cannot be converted from type 'varchar/,
    );
    const [row] = await replica.query<{ later: string }>(
      'SELECT CAST(UNIX_TIMESTAMP(NOW(6) + INTERVAL 1 MINUTE) * 1000000 AS UNSIGNED) AS later',
    );
    await expect(readApplierReason(replica, Number(row?.later))).resolves.toBeNull();
    await lane.close();
    // Session numbers begin again, and the error log is read in again.
    await replica.close();
    await lab.replicas[0]!.restart();
    replica = await lab.replicas[0]!.connect({ multipleStatements: true });
    await expect(readApplierReason(replica, 0, lane.threadId)).resolves.toBeNull();
  });

  test('is null for a user who may not read it', async () => {
    await replica.query(
      "SET sql_log_bin = 0; CREATE USER nobody@'%' IDENTIFIED BY 'no-secret'; SET sql_log_bin = 1",
    );
    const nobody = await openConnection({
      ...lab.replicas[0]!.address,
      user: 'nobody',
      password: 'no-secret',
    });
    await expect(readApplierReason(nobody)).resolves.toBeNull();
    await nobody.close();
  });
});

/** The format description (type 15), and the table map and row event (19, 30), of the source's newest file, as base64. */
async function loggedEvents(): Promise<{ format: string; rows: string }> {
  const { file } = await sourceEnd();
  const [loaded] = await source.query<{ bytes: Buffer }>(
    `SELECT LOAD_FILE(CONCAT(@@datadir, '${file}')) AS bytes`,
  );
  const bytes = loaded?.bytes ?? Buffer.alloc(0);
  const events: { type: number; event: Buffer }[] = [];
  for (let at = 4; at < bytes.length;) {
    const length = bytes.readUInt32LE(at + 9);
    events.push({ type: bytes[at + 4] ?? 0, event: bytes.subarray(at, at + length) });
    at += length;
  }
  const joined = (...types: readonly number[]): string =>
    Buffer.concat(events.filter(({ type }) => types.includes(type)).map(({ event }) => event)).toString(
      'base64',
    );
  return { format: joined(15), rows: joined(19, 30) };
}
