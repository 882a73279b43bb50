import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShopWorkload } from '../../src/lab/shop-workload.js';
import { startNativeReplication } from '../../tools/lab/native-replication.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import type { VerifyReport } from '../../src/verify/verify-report.js';
import { linkSettings, makeLink, sourceEnd } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { fillStatement, foundLines, makeVerifier, verifyServers } from '../support/verify-run.js';
import { waitFor } from '../support/wait-for.js';

/** Native replication commits one by one: with durable commits it would fall behind on a busy machine. */
const replicaSettings = { 'sync-binlog': 0, 'innodb-flush-log-at-trx-commit': 0 };
const gtidLab = useLab({ replicaSettings });
const positionLab = useLab({ gtid: false, replicaSettings });

/** Comparisons that must all be right while everything moves. */
const rounds = 2;
/** Comparisons during which the replica is held up, until one has met rows that were in flight. */
const heldRoundsMax = 10;
/** Shorter than the comparison waits for a replica that stands still. */
const heldMsMax = 5_000;
const writerPauseMs = 50;

/** What runs beside a test; ended behind it, also when it fails. */
let running: { readonly end: AbortController; readonly done: Promise<unknown> }[] = [];

beforeEach(() => {
  running = [];
});

afterEach(endAll);

async function endAll(): Promise<void> {
  for (const { end, done } of running.splice(0).reverse()) {
    end.abort();
    await done;
  }
}

function beside(work: (signal: AbortSignal) => Promise<unknown>): void {
  const end = new AbortController();
  running.push({ end, done: work(end.signal) });
}

/** A shop with DDL, and writers that insert, update and delete all over a table, and into one without a key. */
async function keepWriting(servers: TestLab): Promise<void> {
  await sql(
    servers.onSource,
    'DROP DATABASE IF EXISTS demo_shop',
    'DROP DATABASE IF EXISTS work',
    'CREATE DATABASE work',
    'CREATE TABLE work.big (id INT AUTO_INCREMENT PRIMARY KEY, v INT, note VARCHAR(40))',
    fillStatement('work.big (v, note)', "n, CONCAT('note ', n)", 20_000),
    'CREATE TABLE work.heap (a INT, b INT)',
    fillStatement('work.heap', 'n % 100, n', 3_000),
    'CREATE TABLE work.still (id INT PRIMARY KEY, v INT)',
    fillStatement('work.still', 'n, n', 2_000),
    'CREATE TABLE work.still_heap (a INT, b INT)',
    fillStatement('work.still_heap', 'n % 10, n', 500),
  );
  for (let i = 0; i < 2; i += 1) {
    const writer = await servers.source.connect();
    beside(async (signal) => {
      while (!signal.aborted) {
        await writeOnce(writer);
        await sleep(writerPauseMs);
      }
      await writer.close();
    });
  }
  const shop = new ShopWorkload();
  const clients = await Promise.all([0, 1, 2].map(() => servers.source.connect()));
  await shop.prepare(clients[0]!);
  beside(async (signal) => {
    await Promise.all([
      shop.alter(clients[0]!, signal),
      shop.trade(clients[1]!, 40, signal),
      shop.trade(clients[2]!, 40, signal),
    ]);
    await Promise.all(clients.map((client) => client.close()));
  });
}

async function writeOnce(writer: ServerConnection): Promise<void> {
  const id = 1 + Math.floor(Math.random() * 20_000);
  await writer.execute('UPDATE work.big SET v = v + 1 WHERE id BETWEEN ? AND ?', [id, id + 3]);
  await writer.execute('INSERT INTO work.big (v, note) VALUES (?, ?)', [id, 'new']);
  await writer.execute('DELETE FROM work.big WHERE id = ?', [1 + Math.floor(Math.random() * 20_000)]);
  await writer.execute('INSERT INTO work.heap VALUES (?, ?)', [id % 100, id]);
}

async function until(servers: TestLab, statement: string): Promise<void> {
  const there = async (): Promise<boolean> =>
    (await sqlValue(servers.onReplica, statement).catch(() => undefined)) !== undefined;
  await waitFor(there, { what: 'the tables on the replica' });
}

/** A comparison during which the replica is held up until rows are found that it does not have yet. */
async function verifyHeldUp(servers: TestLab): Promise<VerifyReport> {
  const holder = await servers.replica.connect();
  try {
    await sql(holder, 'LOCK TABLES work.big READ');
    const verifier = makeVerifier(servers, {});
    const comparing = verifier.run(new AbortController().signal);
    // A definition in flight is waited for as well, before any row: then the next comparison has to tell.
    const waits = waitFor(() => verifier.progress().waiting > 0, { timeoutMs: heldMsMax });
    await Promise.race([comparing, waits.catch(() => undefined)]);
    await sql(holder, 'UNLOCK TABLES');
    return await comparing;
  } finally {
    await holder.close();
  }
}

/** No false alarm while everything moves; then four differences where nobody writes, found exactly. */
async function staysRight(servers: TestLab, positionBy: string): Promise<void> {
  await until(servers, 'SELECT 1 FROM work.still_heap LIMIT 1');
  const compares = async (comparing: Promise<VerifyReport>): Promise<number> => {
    const report = await comparing;
    expect(foundLines(report)).toEqual([]);
    expect(report).toMatchObject({ equal: true, progressKind: positionBy });
    return report.rechecks;
  };
  for (let round = 0; round < rounds; round += 1) await compares(verifyServers(servers));
  // Without second looks nothing was ever in flight, and the test would prove nothing.
  let rechecks = 0;
  for (let round = 0; rechecks === 0 && round < heldRoundsMax; round += 1)
    rechecks = await compares(verifyHeldUp(servers));
  expect(rechecks).toBeGreaterThan(0);
  await sql(
    servers.onReplica,
    'SET SESSION sql_log_bin = 0',
    'UPDATE work.still SET v = -1 WHERE id = 1234',
    'DELETE FROM work.still WHERE id = 0',
    'INSERT INTO work.still VALUES (999999, 1)',
    'DELETE FROM work.still_heap WHERE b = 77',
    'SET SESSION sql_log_bin = 1',
  );
  expect(foundLines(await verifyServers(servers))).toEqual(planted);
}

const planted = [
  'work.still: id=0 (missing on the replica)',
  'work.still: id=1234 (content differs in v)',
  'work.still: id=999999 (only on the replica)',
  'work.still_heap: a=7, b=77 (missing on the replica)',
];

describe('while the source is written and changed, and the replica follows', () => {
  test('tailrace with GTIDs: no false alarm, and a real difference is found [P13]', async () => {
    const servers = await gtidLab();
    beside((signal) => makeLink(linkSettings(servers)).link.run({ kind: 'forever' }, signal));
    await keepWriting(servers);
    await staysRight(servers, 'gtid');
  });

  test('tailrace by file and position: no false alarm, and a real difference is found [P13]', async () => {
    const servers = await positionLab();
    const from = await sourceEnd(servers);
    beside((signal) => makeLink(linkSettings(servers, { from })).link.run({ kind: 'forever' }, signal));
    await keepWriting(servers);
    await staysRight(servers, 'position');
    await endAll();
    // New files move the source's end, and not the checkpoint.
    await makeLink(linkSettings(servers)).link.run({ kind: 'now' }, new AbortController().signal);
    await sql(servers.onSource, 'FLUSH BINARY LOGS', 'FLUSH BINARY LOGS');
    expect(foundLines(await verifyServers(servers))).toEqual(planted);
  });

  test('native replication: no false alarm, and a real difference is found [P13]', async () => {
    const servers = await gtidLab();
    await startNativeReplication(servers.replica, servers.source);
    await keepWriting(servers);
    await staysRight(servers, 'gtid');
  });

  test('native replication by file and position: no false alarm, and a real difference is found [P13]', async () => {
    const servers = await positionLab();
    await startNativeReplication(servers.replica, servers.source);
    await keepWriting(servers);
    await staysRight(servers, 'position');
  });
});

describe('a replica that stands still', () => {
  test('and then goes on is waited for, although much more has changed on the source by then', async () => {
    const servers = await gtidLab();
    const filter = { schemas: null, tables: [{ schema: 'work', table: 'big' }] };
    await sql(servers.onReplica, 'STOP REPLICA SQL_THREAD');
    await sql(servers.onSource, 'UPDATE work.big SET v = v + 1 WHERE id BETWEEN 9000 AND 9100');
    const verifier = makeVerifier(servers, { filter });
    const comparing = verifier.run(new AbortController().signal);
    const changing = (async () => {
      const waits = waitFor(() => verifier.progress().waiting > 0, { what: 'chunks that wait' });
      await Promise.race([comparing, waits]);
      await sql(servers.onSource, 'UPDATE work.big SET v = v + 1', 'DELETE FROM work.big WHERE id % 3 = 0');
      await sql(servers.onReplica, 'START REPLICA SQL_THREAD');
    })();
    const report = await comparing;
    await changing;
    expect(foundLines(report)).toEqual([]);
    expect(report.equal).toBe(true);
    expect(report.rechecks).toBeGreaterThan(0);
  });

  test('is waited for, and then it is told that nothing can be said [P13]', async () => {
    const servers = await gtidLab();
    await sql(servers.onReplica, 'STOP REPLICA');
    await sql(
      servers.onSource,
      'CREATE TABLE IF NOT EXISTS work.late (id INT PRIMARY KEY)',
      'UPDATE work.still SET v = 5',
    );
    await expect(verifyServers(servers, { stalledMsMax: 1_000 })).rejects.toMatchObject({
      code: 'TR_VERIFY_REPLICA_BEHIND',
      why: expect.stringMatching(/^\d+ transactions are missing; it is at [0-9a-f-]{36}:/),
    });
    const told = foundLines(await verifyServers(servers, { stalledMsMax: 0 }));
    expect(told).toContain('table work.late: only on the source');
    await sql(servers.onReplica, 'START REPLICA');
    await until(servers, 'SELECT COUNT(*) FROM work.late');
    const after = foundLines(
      await verifyServers(servers, {
        filter: { schemas: null, tables: [{ schema: 'work', table: 'late' }] },
      }),
    );
    expect(after).toEqual([]);
  });
});

describe('a busy server', () => {
  test('is left alone until its load has fallen', async () => {
    const servers = await gtidLab();
    const sleepers = await Promise.all(Array.from({ length: 6 }, () => servers.replica.connect()));
    const load = Promise.all(sleepers.map((session) => session.query('SELECT SLEEP(600)')));
    const asleep = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'";
    await waitFor(async () => (await sqlValue(servers.onReplica, asleep)) === '6', { what: 'the load' });
    const verifier = makeVerifier(servers, {
      threadsMax: 4,
      stalledMsMax: 0,
      filter: { schemas: null, tables: [{ schema: 'work', table: 'still' }] },
    });
    const comparing = verifier.run(new AbortController().signal);
    const isHeldUp = (): boolean => verifier.progress().phase === 'waiting for load';
    await Promise.race([comparing, waitFor(isHeldUp, { what: 'the comparison to be held up' })]);
    expect(verifier.progress()).toMatchObject({ phase: 'waiting for load', rows: 0 });
    await sql(servers.onReplica, ...sleepers.map(({ threadId }) => `KILL QUERY ${threadId}`));
    await load;
    expect(await comparing).toMatchObject({ complete: true });
    await Promise.all(sleepers.map((session) => session.close()));
  });
});
