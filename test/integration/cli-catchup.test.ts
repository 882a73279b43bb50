import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LabTopology, startLabTopology } from '../../src/lab/lab-topology.js';
import { readNativeReplication } from '../../src/mysql/native-replication.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { tailrace, TailraceProcess, urlOf } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

let lab: LabTopology;
let source: ServerConnection;
let replica: ServerConnection;
let env: NodeJS.ProcessEnv;
let rows = 0;
const endsWithinMs = 5_000;

beforeAll(async () => {
  lab = await startLabTopology();
  source = await lab.source.connect();
  replica = await lab.replicas[0]!.connect();
  env = {
    TAILRACE_SOURCE_URL: urlOf(lab.source.address),
    TAILRACE_REPLICA_URL: urlOf(lab.replicas[0]!.address),
  };
  await source.execute('CREATE DATABASE shop');
  await source.execute('CREATE TABLE shop.items (id INT PRIMARY KEY, name VARCHAR(40))');
});

afterAll(async () => {
  await Promise.all([source?.close(), replica?.close()]);
  await lab?.stop();
});

async function insert(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    rows += 1;
    await source.execute('INSERT INTO shop.items VALUES (?, ?)', [rows, `item ${rows}`]);
  }
}

async function countOnReplica(): Promise<number> {
  const [row] = await replica.query<{ count: string | number }>('SELECT COUNT(*) AS count FROM shop.items');
  return Number(row!.count);
}

async function gtidExecuted(connection: ServerConnection): Promise<string> {
  const [row] = await connection.query<{ executed: string }>('SELECT @@GLOBAL.gtid_executed AS executed');
  return row!.executed;
}

describe('tailrace catchup', () => {
  test('brings the replica level and prints the documented figures', async () => {
    await insert(200);
    const { code, stdout, stderr } = await tailrace(['catchup', '--json', '--lanes', '2'], env);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/: caught up\. /);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      transactions: 202,
      rows_in: 200,
      rows_out: 200,
      fallbacks: 0,
      lanes: 2,
      mode: 'batch',
      level: true,
      gtid_executed: await gtidExecuted(source),
    });
    expect(await compareServers(source, replica)).toEqual([]);
    expect(await gtidExecuted(replica)).toBe(await gtidExecuted(source));
  });

  test('a replica that is level is left as it is', async () => {
    const { code, stdout } = await tailrace(['catchup', '--json'], env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ transactions: 0, level: true });
  });

  test('--until a GTID set stops there [P2]', async () => {
    await insert(10);
    const until = (await gtidExecuted(source)).replace(
      /-(\d+)$/,
      (_, last: string) => `-${Number(last) - 4}`,
    );
    const { code } = await tailrace(['catchup', '--until', until], env);
    expect(code).toBe(0);
    expect(await countOnReplica()).toBeGreaterThanOrEqual(rows - 4);
    expect((await tailrace(['catchup'], env)).code).toBe(0);
    expect(await countOnReplica()).toBe(rows);
  });

  test('SIGINT ends it at its checkpoint, with exit code 4 [P2]', async () => {
    const future = (await gtidExecuted(source)).replace(/\d+$/, (last) => String(Number(last) + 100));
    const running = new TailraceProcess(['catchup', '--until', future, '--json'], env);
    await insert(5);
    await waitFor(async () => (await countOnReplica()) === rows, { what: 'the rows on the replica' });
    running.signal('SIGINT');
    const { code, stdout, stderr } = await running.end();
    expect({ code, stderr }).toMatchObject({ code: 4 });
    expect(stderr).toContain('not caught up yet');
    expect(JSON.parse(stdout)).toMatchObject({ level: false, transactions: 5 });
  });

  test('a wrong password has its own code, and is not shown [P12]', async () => {
    const { port, user } = lab.source.address;
    const wrong = { ...env, TAILRACE_SOURCE_URL: `mysql://${user}:not-the-s3cret@127.0.0.1:${port}` };
    const { code, stderr } = await tailrace(['catchup'], wrong);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^TR_SERVER_ACCESS_DENIED: /);
    expect(stderr).not.toContain('s3cret');
  });

  test('check finds nothing wrong', async () => {
    const { code, stdout } = await tailrace(['check'], env);
    expect(stdout).not.toContain('  error');
    expect(code).toBe(0);
  });
});

describe('tailrace run', () => {
  test('follows until SIGTERM, and ends within five seconds [P9]', async () => {
    let tookMs = Infinity;
    // A machine that stood still for a while says nothing of the promise: then it is asked again.
    for (let i = 0; i < 3 && tookMs >= endsWithinMs; i += 1) {
      const running = new TailraceProcess(['run'], env);
      await running.says('the link starts');
      await insert(50);
      await waitFor(async () => (await countOnReplica()) === rows, { what: 'the rows on the replica' });
      const startMs = performance.now();
      running.signal('SIGTERM');
      const { code, stderr } = await running.end();
      tookMs = performance.now() - startMs;
      expect(code).toBe(0);
      for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
      expect(stderr).not.toContain(lab.source.address.password);
    }
    expect(tookMs).toBeLessThan(endsWithinMs);
  });

  test('a replica that cannot be reached does not disturb the other [P10]', async () => {
    const running = new TailraceProcess(
      ['run', '--replica', 'mysql://u@127.0.0.1:1', '--replica', env.TAILRACE_REPLICA_URL!],
      env,
    );
    await running.says('will be retried');
    await insert(20);
    await waitFor(async () => (await countOnReplica()) === rows, { what: 'the rows on the replica' });
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(0);
  });
});

describe('tailrace run with a replica that fails', () => {
  test('goes on with the others, and tells in its exit code [P10]', async () => {
    const denied = `mysql://nobody:wrong-s3cret@localhost:${lab.replicas[0]!.address.port}`;
    const args = ['run', '--replica', denied, '--replica', env.TAILRACE_REPLICA_URL!];
    const running = new TailraceProcess(args, env);
    await running.says('the link has stopped; it needs you; the others go on');
    await insert(20);
    await waitFor(async () => (await countOnReplica()) === rows, { what: 'the rows on the replica' });
    running.signal('SIGTERM');
    const { code, stderr } = await running.end();
    expect(code).toBe(5);
    expect(stderr).toContain('TR_SERVER_ACCESS_DENIED');
    expect(stderr).not.toContain('s3cret');
  });
});

describe('tailrace catchup --handoff native', () => {
  async function configureNative(): Promise<void> {
    const { host, port, user, password } = lab.source.address;
    await replica.execute(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = ?, SOURCE_USER = ?, SOURCE_PASSWORD = ?,
         SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1`,
      [host, port, user, password],
    );
  }

  test('native replication that runs is refused without it, and nothing changes [P8]', async () => {
    await configureNative();
    await replica.execute('START REPLICA');
    const { code, stderr } = await tailrace(['catchup'], env);
    expect(code).toBe(3);
    expect(stderr).toContain('--handoff native');
    expect(await readNativeReplication(replica)).toMatchObject({ sql: 'running' });
  });

  test('stops it, catches up, starts it again, and sees it run [P11, T19]', async () => {
    await replica.execute('STOP REPLICA SQL_THREAD');
    await insert(300);
    const { code, stdout, stderr } = await tailrace(['catchup', '--handoff', 'native', '--json'], env);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ level: true, handoff: { by: 'gtid', running: true } });
    expect(await readNativeReplication(replica)).toMatchObject({ io: 'running', sql: 'running' });
    await insert(5);
    await waitFor(async () => (await countOnReplica()) === rows, { what: 'the rows by native replication' });
    expect(await compareServers(source, replica)).toEqual([]);
  });

  test('says how native replication was left when the catch-up fails [P11]', async () => {
    await replica.execute('STOP REPLICA');
    await replica.execute('SET sql_log_bin = 0');
    await replica.execute('INSERT INTO shop.items VALUES (?, ?)', [rows + 1, 'diverged']);
    await insert(1);
    const { code, stderr } = await tailrace(['catchup', '--handoff', 'native'], env);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^TR_APPLY_CONFLICT: /m);
    expect(stderr).toContain('Native replication was left stopped');
    expect(stderr).toContain('START REPLICA;');
    expect(await readNativeReplication(replica)).toMatchObject({ io: 'stopped', sql: 'stopped' });
  });
});
