import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplicaHintJson } from '../../src/hints/hints-json.js';
import { startNativeReplication } from '../../tools/lab/native-replication.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

/** A → B by MySQL's own replication, held back on purpose → C by tailrace. */
const delaySeconds = 8;
const lab = useLab({ replicas: 2 });
let daemon: TailraceProcess;
let onMiddle: ServerConnection;
let port = 0;
let id = '';
let rows = 0;

const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);

async function hint(): Promise<ReplicaHintJson> {
  const { replicas } = (await (await get('/v1/hints')).json()) as { replicas: readonly ReplicaHintJson[] };
  return replicas[0]!;
}

async function write(): Promise<void> {
  const { onSource } = await lab();
  rows += 1;
  await sql(onSource, `INSERT INTO d.t VALUES (${rows})`);
}

beforeAll(async () => {
  const { source, replicas, onSource } = await lab();
  const [middle, last] = replicas;
  onMiddle = await middle!.connect();
  await startNativeReplication(middle!, source);
  await sql(onSource, 'CREATE DATABASE d', 'CREATE TABLE d.t (id INT PRIMARY KEY)');
  await waitFor(
    async () => (await onMiddle.query("SHOW TABLES FROM d LIKE 't'").catch(() => [])).length === 1,
    { what: 'the table on the server in the middle' },
  );
  id = `${last!.address.host}:${last!.address.port}`;
  const servers = ['--source', urlOf(middle!.address), '--replica', urlOf(last!.address)];
  daemon = new TailraceProcess(['run', ...servers, '--listen', '127.0.0.1:0']);
  await daemon.says('the lag endpoint listens');
  port = Number(/"port":(\d+)/.exec(daemon.stderr)?.[1]);
  const isLevel = async (): Promise<boolean> => {
    const { state, lag_micros: lag, origin_lag_micros: origin } = await hint();
    return state === 'serving' && lag === 0 && origin === 0;
  };
  await waitFor(isLevel, { what: 'a replica that is level with both' });
});
afterAll(async () => {
  await onMiddle.close();
  if (daemon.hasEnded) return;
  daemon.signal('SIGKILL');
  await daemon.end();
});

describe('behind a source that is itself a delayed replica', () => {
  test('the age of the data counts from the server that it was written on first, and checks see it', async () => {
    await sql(
      onMiddle,
      'STOP REPLICA SQL_THREAD',
      `CHANGE REPLICATION SOURCE TO SOURCE_DELAY = ${delaySeconds}`,
      'START REPLICA SQL_THREAD',
    );
    const half = (delaySeconds / 2) * 1e6;
    let told = await hint();
    const isOld = async (): Promise<boolean> => {
      await write();
      told = await hint();
      return (told.origin_lag_micros ?? 0) > half && (told.lag_micros ?? Infinity) < half;
    };
    await waitFor(isOld, { what: 'data that is old although its replica is level' });
    // Not the replica's fault: the state is that against the source that feeds it.
    expect(told.state).toBe('serving');
    expect(told.reason).toContain('behind the first source, because the source is a replica');
    expect(told).toMatchObject({ max_lag_from: 'origin' });
    expect((await get(`/v1/replicas/${encodeURIComponent(id)}/check?max_lag_ms=2000`)).status).toBe(503);
    expect((await get(`/v1/replicas/${encodeURIComponent(id)}/check`)).status).toBe(200);
    const metrics = (await (await get('/metrics')).text()).split('\n');
    const line = metrics.find((one) => one.startsWith('tailrace_replica_origin_lag_seconds{'));
    expect(Number(line?.split(' ')[1])).toBeGreaterThan(1);
  });

  test('a source whose own replication has stopped makes it unknown, with a bound, and never zero', async () => {
    await sql(onMiddle, 'SET GLOBAL read_only = ON', 'STOP REPLICA');
    const isUnknown = async (): Promise<boolean> => {
      const { lag_micros: lag, origin_lag_micros: origin } = await hint();
      return lag === 0 && origin === null;
    };
    await waitFor(isUnknown, { what: 'an age that is unknown' });
    const { origin_at_most_micros: atMost, reason } = await hint();
    expect(atMost).toBeGreaterThan(1e6);
    expect(reason).toContain('is unknown');
    expect((await get(`/v1/replicas/${encodeURIComponent(id)}/check?max_lag_ms=500`)).status).toBe(503);
  });

  test('a source that was promoted, and writes by itself, is the first one', async () => {
    await sql(onMiddle, 'SET GLOBAL read_only = OFF');
    const isLevel = async (): Promise<boolean> => {
      const { lag_micros: lag, origin_lag_micros: origin } = await hint();
      return lag === 0 && origin === 0;
    };
    await waitFor(isLevel, { what: 'a replica that is level with the promoted server' });
  });
});
