import { afterEach, describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { HeartbeatSettings } from '../../src/endpoint/endpoint-settings.js';
import type { Heartbeat } from '../../src/endpoint/heartbeat-table.js';
import { HeartbeatWriter } from '../../src/endpoint/heartbeat-writer.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { parseHeartbeatTime } from '../../src/lag/heartbeat-row.js';
import { readBinlogEnd } from '../../src/mysql/binlog-end.js';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { gtidExecuted } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

interface Logged {
  readonly msg: string;
  readonly err?: { readonly code: string; readonly cure: string; readonly message: string };
}

const lab = useLab();
const onSource: HeartbeatSettings = { schema: 'hb', table: 'heartbeat', writeOn: 'source', intervalMs: 200 };
const onReplica: HeartbeatSettings = { ...onSource, schema: 'tailrace', writeOn: 'replica' };
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A writer that runs until the test ends, and what it logs. */
function write(
  address: ServerAddress,
  settings: HeartbeatSettings,
  read: (connection: ServerConnection) => Promise<Heartbeat | null>,
): { logged: Logged[]; end: () => Promise<void> } {
  const logged: Logged[] = [];
  const keep = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(JSON.parse(line.toString('utf8')) as Logged);
      done();
    },
  });
  const abort = new AbortController();
  const serializers = { err: (error: { code: string; cure: string; message: string }) => ({ ...error }) };
  const writer = new HeartbeatWriter({ address, settings, read, log: pino({ serializers }, keep) });
  const running = writer.run(abort.signal);
  const end = async (): Promise<void> => {
    abort.abort();
    await running;
  };
  ends.push(end);
  return { logged, end };
}

const nothingKnown = { atMicros: null, serverId: null, position: null };
const at = (atMicros: number) => (): Promise<Heartbeat> =>
  Promise.resolve({ atMicros, serverId: 7, position: null });

async function rowIn(connection: ServerConnection, table: string) {
  const [row] = await connection.query(`SELECT * FROM ${table}`).catch(() => []);
  return row === undefined
    ? null
    : {
        atMicros: parseHeartbeatTime(String(row.ts)),
        serverId: row.server_id,
        file: row.file,
        position: Number(row.position),
      };
}

const refusals = (logged: readonly Logged[]): (string | undefined)[] => logged.map(({ err }) => err?.code);

/** An account that may do nothing yet. */
async function account(connection: ServerConnection, address: ServerAddress): Promise<ServerAddress> {
  await sql(connection, 'SET SESSION sql_log_bin=0', "CREATE USER poor@'%' IDENTIFIED BY 'a-long-password'");
  await sql(connection, 'SET SESSION sql_log_bin=1');
  return { ...address, user: 'poor', password: 'a-long-password' };
}

describe('the heartbeat table', () => {
  test('on the source: created, written now, in the time zone of the server, and replicated', async () => {
    const { source, onSource: session } = await lab();
    await sql(session, "SET GLOBAL time_zone='+05:30'");
    const read = async (connection: ServerConnection): Promise<Heartbeat> => ({
      ...nothingKnown,
      position: await readBinlogEnd(connection),
    });
    const { logged, end } = write(source.address, onSource, read);
    await waitFor(async () => (await rowIn(session, 'hb.heartbeat')) !== null, { what: 'a row' });
    const [first, gtids] = [await rowIn(session, 'hb.heartbeat'), await gtidExecuted(session)];
    expect(first).toMatchObject({ serverId: source.serverId, file: expect.stringMatching(/\.\d{6}$/) });
    // ProxySQL's words, in a session as it has one.
    const age = 'SELECT ABS(TIMESTAMPDIFF(SECOND, ts, SYSDATE(6))) < 60 FROM hb.heartbeat';
    expect(await sqlValue(source, age)).toBe('1');
    const isLater = async (): Promise<boolean> =>
      ((await rowIn(session, 'hb.heartbeat'))?.atMicros ?? 0) > (first?.atMicros ?? 0);
    await waitFor(isLater, { what: 'a later row' });
    expect(await gtidExecuted(session)).not.toBe(gtids);
    await end();
    expect(logged).toEqual([]);
    expect(await sqlValue(session, 'SELECT COUNT(*) FROM hb.heartbeat')).toBe('1');
    await sql(session, "SET GLOBAL time_zone='SYSTEM'", 'DROP DATABASE hb');
  });

  test('on a replica: to the microsecond, only when it has changed, and without any GTID [P28]', async () => {
    const { replica, onReplica: session } = await lab();
    const before = await gtidExecuted(session);
    let atMicros = Date.UTC(2026, 10, 22, 6, 15, 9) * 1_000 + 1_230;
    let beats = 0;
    const { logged, end } = write(replica.address, onReplica, () => {
      beats += 1;
      return at(atMicros)();
    });
    const isWritten = async (): Promise<boolean> =>
      (await rowIn(session, 'tailrace.heartbeat'))?.atMicros === atMicros;
    await waitFor(isWritten, { what: 'the row' });
    expect(await rowIn(session, 'tailrace.heartbeat')).toMatchObject({ serverId: 7 });
    // Whoever changes the row by hand sees that it is left alone while the time stands still.
    await sql(session, 'SET sql_log_bin=0', 'UPDATE tailrace.heartbeat SET position=1', 'SET sql_log_bin=1');
    const seen = beats;
    await waitFor(() => beats > seen + 2, { what: 'beats' });
    expect(await rowIn(session, 'tailrace.heartbeat')).toMatchObject({ position: 1 });
    atMicros += 1_500_000;
    await waitFor(isWritten, { what: 'the later row' });
    await end();
    expect(logged).toEqual([]);
    expect(await gtidExecuted(session)).toBe(before);
  });

  test('privileges that are missing are told once, and the GRANT that is told cures it [P28]', async () => {
    const { source, replica, onSource: toSource, onReplica: toReplica } = await lab();
    const cured = async (
      session: ServerConnection,
      server: LabServer,
      settings: HeartbeatSettings,
    ): Promise<number> => {
      const { logged } = write(await account(session, server.address), settings, at(5e15));
      await waitFor(() => logged.length > 0, { what: 'a refusal' });
      const table = `${settings.schema}.${settings.table}`;
      expect(await rowIn(session, table)).toBeNull();
      const grants = logged[0]?.err?.cure.match(/GRANT [^;]+/g) ?? [];
      await sql(session, 'SET sql_log_bin=0', ...grants, 'SET sql_log_bin=1');
      await waitFor(async () => (await rowIn(session, table)) !== null, { what: 'the row' });
      await waitFor(() => logged.length > 1, { what: 'the end of the refusal to be told' });
      expect(refusals(logged)).toEqual(['TR_HEARTBEAT_REFUSED', undefined]);
      return grants.length;
    };
    const both = [
      cured(toSource, source, onSource),
      cured(toReplica, replica, { ...onReplica, table: 'refused' }),
    ];
    expect(await Promise.all(both)).toEqual([2, 3]);
  });

  test('on a replica, a table that somebody else has made is left alone [P28]', async () => {
    const { replica, onReplica: session } = await lab();
    await sql(session, 'SET sql_log_bin=0', 'CREATE DATABASE theirs');
    await sql(session, 'CREATE TABLE theirs.heartbeat LIKE tailrace.heartbeat');
    await sql(session, "ALTER TABLE theirs.heartbeat COMMENT=''", 'SET sql_log_bin=1');
    const { logged } = write(replica.address, { ...onReplica, schema: 'theirs' }, at(5e15));
    await waitFor(() => logged.length > 0, { what: 'a refusal' });
    expect(refusals(logged)).toEqual(['TR_HEARTBEAT_FOREIGN']);
    expect(await rowIn(session, 'theirs.heartbeat')).toBeNull();
  });

  test('a server that is read only says so, and one that hangs holds nobody up', async () => {
    const { replica, onReplica: session } = await lab();
    await sql(session, 'SET GLOBAL super_read_only=ON');
    const refused = write(replica.address, onReplica, at(6e15));
    await waitFor(() => refused.logged.length > 0, { what: 'a refusal' });
    expect(refusals(refused.logged)).toEqual(['TR_HEARTBEAT_REFUSED']);
    expect(refused.logged[0]?.err?.cure).toMatch(/super_read_only/);
    await refused.end();
    await sql(session, 'SET GLOBAL super_read_only=OFF', 'SET GLOBAL read_only=OFF');
    const hanging = write(replica.address, onReplica, at(7e15));
    process.kill(replica.pid, 'SIGSTOP');
    try {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const startMs = performance.now();
      await hanging.end();
      expect(performance.now() - startMs).toBeLessThan(30_000);
      expect(hanging.logged).toEqual([]);
    } finally {
      process.kill(replica.pid, 'SIGCONT');
    }
  });
});
