import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gtidExecuted } from '../support/engine-link.js';
import { exchangeBytes } from '../support/fed-server.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { tailrace, TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

interface ReplicaJson {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly lag_micros: number | null;
}

const lab = useLab();
const token = 'orders-may-be-given-with-this';
let daemon: TailraceProcess;
let port = 0;
let agentPort = 0;
let name = '';

const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);

async function replica(): Promise<ReplicaJson> {
  const hints = (await (await get('/v1/hints')).json()) as { replicas: ReplicaJson[] };
  return hints.replicas[0]!;
}

const check = async (query = ''): Promise<number> =>
  (await get(`/v1/replicas/${encodeURIComponent(name)}/check${query}`)).status;

beforeAll(async () => {
  const { source, replica: target, onSource } = await lab();
  await sql(onSource, 'CREATE DATABASE l', 'CREATE TABLE l.t (id INT PRIMARY KEY)');
  name = `${target.address.host}:${target.address.port}`;
  const servers = ['--source', urlOf(source.address), '--replica', urlOf(target.address)];
  daemon = new TailraceProcess(
    ['run', ...servers, '--listen', '127.0.0.1:0', '--listen-agent', '127.0.0.1:0'],
    {
      TAILRACE_ADMIN_TOKEN: token,
    },
  );
  await daemon.says('the lag endpoint listens');
  port = Number(/"port":(\d+)/.exec(daemon.stderr)?.[1]);
  agentPort = Number(/"agent_port":(\d+)/.exec(daemon.stderr)?.[1]);
});
afterAll(async () => {
  if (daemon.hasEnded) return;
  daemon.signal('SIGKILL');
  await daemon.end();
});

describe('run --listen', () => {
  test('a replica that has everything serves, and is level', async () => {
    // At first it is only kept for want of another.
    const isLevel = async (): Promise<boolean> => {
      const { id, state, lag_micros: lagMicros } = await replica();
      return id === name && state === 'serving' && lagMicros === 0;
    };
    await waitFor(isLevel, { what: 'a replica that serves, and is level' });
    expect(await check('?max_lag_ms=5000')).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });

  test('a wait for a write ends once the replica has it, and not before [P17]', async () => {
    const { onSource } = await lab();
    const wait = async (gtid: string, timeoutMs: number): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/v1/wait`, {
        method: 'POST',
        body: JSON.stringify({ gtid, timeout_ms: timeoutMs }),
        headers: { 'content-type': 'application/json' },
      });
    const before = await gtidExecuted(onSource);
    await sql(onSource, 'INSERT INTO l.t VALUES (1)');
    const answer = await wait(await gtidExecuted(onSource), 30_000);
    expect(await answer.json()).toMatchObject({ replica: name });
    const [uuid] = before.split(':');
    expect((await wait(`${uuid}:1000000`, 200)).status).toBe(504);
  });

  test('metrics can be read, and tell the lag in seconds', async () => {
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const linesOf = (text: string): string[] =>
      text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    let lines = linesOf(await response.text());
    // What came late counts as lag until the source is next heard to have no more.
    const isLevel = async (): Promise<boolean> => {
      lines = linesOf(await (await get('/metrics')).text());
      return lines.includes(`tailrace_replica_lag_seconds{replica="${name}"} 0`);
    };
    await waitFor(isLevel, { what: 'a lag of 0 seconds' });
    for (const line of lines) expect(line).toMatch(/^[a-z_]+(\{([a-z]+="[^"]*",?)*\})? -?[0-9.e+-]+$/);
    expect(lines).toContain(`tailrace_replica_state{replica="${name}",state="serving"} 1`);
    expect(lines.some((line) => /^tailrace_link_transactions_total\{.*\} [1-9]/.test(line))).toBe(true);
  });

  test('lag grows while the replica stands still, and falls when it goes on [P14]', async () => {
    const { replica: target, onSource } = await lab();
    process.kill(target.pid, 'SIGSTOP');
    try {
      await sql(onSource, 'INSERT INTO l.t VALUES (2)');
      const lagOver = (micros: number) => async (): Promise<boolean> =>
        ((await replica()).lag_micros ?? 0) > micros;
      await waitFor(lagOver(300_000), { what: 'lag' });
      await waitFor(lagOver(1_500_000), { what: 'more lag' });
      expect(await check('?max_lag_ms=1000')).toBe(503);
      await waitFor(async () => (await replica()).state === 'ejected', { what: 'an ejected replica' });
      expect(await check()).toBe(503);
    } finally {
      process.kill(target.pid, 'SIGCONT');
    }
    await waitFor(async () => (await replica()).lag_micros === 0, { what: 'a replica that is level again' });
    await waitFor(async () => (await check()) === 200, { what: 'a replica that is read again' });
  });

  test('an order drains a replica at once, for HTTP and for HAProxy, and its end takes it back', async () => {
    const order = async (what: string): Promise<number> => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/replicas/${encodeURIComponent(name)}/admin`, {
        method: 'PUT',
        body: JSON.stringify({ order: what }),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      });
      return response.status;
    };
    expect(await order('drain')).toBe(200);
    expect(await check()).toBe(404);
    expect(await exchangeBytes(agentPort, `${name}\n`)).toBe('drain\n');
    expect(await order('none')).toBe(200);
    await waitFor(async () => (await check()) === 200, { what: 'a replica that is read again' });
    expect(await exchangeBytes(agentPort, `${name}\n`)).toMatch(/^up ready \d+%\n$/);
  });

  test('status prints what the daemon is doing', async () => {
    const url = `http://127.0.0.1:${port}`;
    const { code, stdout } = await tailrace(['status', '--url', url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/of 1 replicas? /);
    expect(stdout).toMatch(new RegExp(`^${name} +(serving|degraded) `, 'm'));
    const json = await tailrace(['status', '--url', url, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ replicas: [{ id: name }] });
    const nobody = await tailrace(['status', '--url', 'http://127.0.0.1:1']);
    expect(nobody.code).toBe(5);
    expect(nobody.stderr).toContain('TR_SERVER_UNREACHABLE');
  });

  test('SIGTERM ends the links and lets go of the port within five seconds', async () => {
    const startMs = performance.now();
    daemon.signal('SIGTERM');
    expect((await daemon.end()).code).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await expect(get('/livez')).rejects.toThrow();
  });
});
