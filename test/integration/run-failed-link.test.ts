import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplicaHintJson } from '../../src/hints/hints-json.js';
import type { DashboardFrame } from '../../src/server/dashboard/dashboard-json.js';
import { exchangeBytes } from '../support/fed-server.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { tailrace, TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

/** One link stops on a statement that its replica cannot take; the other one goes on. */
const lab = useLab({ replicas: 2 });
const code = 'TR_STATEMENT_FAILED';
let daemon: TailraceProcess;
let port = 0;
let agentPort = 0;
let bad = '';
let good = '';

const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
const json = async (path: string): Promise<unknown> => (await get(path)).json();

async function replica(id: string): Promise<ReplicaHintJson> {
  const { replicas } = (await json('/v1/hints')) as { replicas: readonly ReplicaHintJson[] };
  return replicas.find((one) => one.id === id)!;
}

/** What every outlet that tells a link in full tells of this one. */
const failedLink: unknown = expect.objectContaining({
  // It is tried again now and then, in case that somebody mends it.
  state: 'waiting',
  since_ms: expect.any(Number),
  code,
  what: expect.stringContaining('CREATE TABLE'),
  why: expect.stringContaining('already exists'),
  cure: expect.any(String),
});

beforeAll(async () => {
  const { source, replicas, onSource, onReplica } = await lab();
  const [first, second] = replicas;
  bad = `${first!.address.host}:${first!.address.port}`;
  good = `${second!.address.host}:${second!.address.port}`;
  await sql(onSource, 'CREATE DATABASE f', 'CREATE TABLE f.t (id INT PRIMARY KEY)');
  const servers = replicas.flatMap(({ address }) => ['--replica', urlOf(address)]);
  daemon = new TailraceProcess([
    ...['run', '--source', urlOf(source.address), ...servers],
    ...['--listen', '127.0.0.1:0', '--listen-agent', '127.0.0.1:0'],
  ]);
  await daemon.says('the lag endpoint listens');
  port = Number(/"port":(\d+)/.exec(daemon.stderr)?.[1]);
  agentPort = Number(/"agent_port":(\d+)/.exec(daemon.stderr)?.[1]);
  for (const id of [bad, good])
    await waitFor(async () => (await replica(id)).state === 'serving', { what: `${id} to serve` });
  expect((await replica(bad)).link).toMatchObject({ state: 'running', code: null });
  await sql(onReplica, 'SET SESSION sql_log_bin = 0', 'CREATE TABLE f.other (id INT)');
  await sql(onSource, 'CREATE TABLE f.other (id INT PRIMARY KEY)', 'INSERT INTO f.t VALUES (1)');
  await daemon.says('the link waits until somebody fixes this, and is retried');
});
afterAll(async () => {
  if (daemon.hasEnded) return;
  daemon.signal('SIGKILL');
  await daemon.end();
});

describe('a link that has failed is told by', () => {
  test('hints, the stream of hints and checks: it serves no longer, and its lag grows [P44]', async () => {
    await waitFor(async () => (await replica(bad)).state !== 'serving', { what: 'a state' });
    const told = await replica(bad);
    // Degraded, or ejected already where the machine is slow.
    expect(told).toMatchObject({ state: expect.stringMatching(/^(degraded|ejected)$/), link: failedLink });
    expect(told.reason).toMatch(
      new RegExp(`^the link has stopped until somebody fixes this \\(${code}\\); `),
    );
    expect((await replica(good)).link).toMatchObject({ state: 'running', code: null });
    const age = ({ lag_micros: lag, lag_at_most_micros: most }: ReplicaHintJson): number => lag ?? most ?? 0;
    await waitFor(async () => age(await replica(bad)) > age(told) + 1e6, { what: 'lag that grows' });

    const stream = await get('/v1/hints/stream');
    let events = '';
    for await (const piece of stream.body!) {
      events += Buffer.from(piece as Uint8Array).toString();
      if (events.includes('event: hints') && events.endsWith('\n\n')) break;
    }
    expect(events).toContain(`"state":"waiting"`);
    expect(events).toContain(code);

    const check = await get(`/v1/replicas/${encodeURIComponent(bad)}/check?max_lag_ms=500`);
    expect(check.status).toBe(503);
    expect(await check.json()).toMatchObject({ ok: false, link: failedLink });
    expect(await (await get(`/check-read/app/mysql/${bad}/0.1`)).json()).toMatchObject({
      StatusCode: 429,
      Message: expect.stringContaining(`the link has stopped until somebody fixes this (${code})`),
    });
    expect(await json('/readyz')).toEqual({ ok: true, links_failed: 1 });
  });

  test('metrics [P44]', async () => {
    const lines = (await (await get('/metrics')).text()).split('\n');
    expect(lines).toContain(`tailrace_link_state{replica="${bad}",state="failed"} 1`);
    expect(lines).toContain(`tailrace_link_info{replica="${bad}",state="waiting",code="${code}"} 1`);
    expect(lines).toContain(`tailrace_link_info{replica="${good}",state="running",code=""} 1`);
    const since = lines.find((line) =>
      line.startsWith(`tailrace_link_state_since_timestamp_seconds{replica="${bad}"}`),
    );
    expect(Number(since?.split(' ')[1])).toBeGreaterThan(Date.now() / 1_000 - 600);
  });

  test('the dashboard [P44]', async () => {
    const { replicas, summary } = (await json('/v1/dashboard')) as DashboardFrame;
    expect(summary).toContain('1 link has stopped');
    const frame = replicas.find(({ id }) => id === bad);
    expect(frame).toMatchObject({ link: 'failed', link_standing: failedLink, seconds_to_level: null });
    expect(frame?.lag_reason).toMatch(
      new RegExp(`^the link has stopped until somebody fixes this \\(${code}\\)`),
    );
  });

  test('status, as text and as JSON [P44]', async () => {
    const { stdout } = await tailrace(['status', '--url', `http://127.0.0.1:${port}`]);
    expect(stdout).toContain(`The link to ${bad} has stopped; it needs you, and `);
    expect(stdout).toContain(`  ${code}: `);
    expect(stdout).toMatch(/^ {2}why: {2}.*already exists/m);
    expect(stdout).toMatch(/^ {2}cure: /m);
    const told = await tailrace(['status', '--url', `http://127.0.0.1:${port}`, '--json']);
    expect((JSON.parse(told.stdout) as { replicas: unknown }).replicas).toContainEqual(
      expect.objectContaining({ id: bad, link: failedLink }),
    );
  });

  test('agent checks, once it is out [P44]', async () => {
    const admin = `${bad}\n`;
    const { replicas } = await lab();
    // While it does not answer it is out at once, whatever its lag.
    process.kill(replicas[0]!.pid, 'SIGSTOP');
    try {
      await waitFor(async () => (await exchangeBytes(agentPort, admin)).startsWith('ready down'), {
        what: 'a replica that is out',
      });
      expect(await exchangeBytes(agentPort, admin)).toContain(
        `the link has stopped until somebody fixes this (${code})`,
      );
    } finally {
      process.kill(replicas[0]!.pid, 'SIGCONT');
    }
  });
});
