import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exitCodes } from '../../src/errors/exit-codes.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import { urlOf } from '../support/tailrace-process.js';
import { TcpProxy } from '../../tools/lab/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

/** Longer than it may take until a dead connection is noticed, on a busy machine. */
const noticeMs = 60_000;

describe('connections that nobody ended and that no longer carry anything', () => {
  const useServers = useFaultLab();
  const workload = new FaultWorkload(20_261_128);
  let lab: FaultLab;
  let toReplica: TcpProxy;
  let toSource: TcpProxy;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
    toReplica = await TcpProxy.start(lab.replica.address.port);
    toSource = await TcpProxy.start(lab.source.address.port);
  });
  afterAll(async () => {
    await Promise.all([toReplica.stop(), toSource.stop()]);
  });

  const throughProxies = (): NodeJS.ProcessEnv => ({
    TAILRACE_SOURCE_URL: urlOf({ ...lab.source.address, port: toSource.port }),
    TAILRACE_REPLICA_URL: urlOf({ ...lab.replica.address, port: toReplica.port }),
  });

  test.each([
    { name: 'the replica', proxy: () => toReplica },
    { name: 'the source', proxy: () => toSource },
  ])(
    'to $name: with work under way they are noticed, and the link goes on over new ones [P34]',
    async ({ proxy }) => {
      const running = lab.start('run', ['--name', 'half-open'], throughProxies());
      await running.says('the link starts');
      await lab.awaitLevel();
      await lab.underLoad([workload], async () => {
        await lab.awaitEpoch(running);
        proxy().stall();
        await running.says('going on from the checkpoint', noticeMs);
        await lab.awaitEpoch(running);
      });
      await lab.awaitLevel(lab.replica, noticeMs);
      running.signal('SIGTERM');
      expect((await running.end()).code).toBe(0);
      await lab.expectEqual();
    },
  );

  test('idle, they are noticed before there is something to do [P34]', async () => {
    const running = lab.start('run', ['--name', 'half-open'], throughProxies());
    await running.says('the link starts');
    await lab.awaitLevel();
    toReplica.stall();
    await running.says('a connection of the link was lost', noticeMs);
    await lab.awaitLevel(lab.replica, noticeMs);
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(0);
  });

  test('a statement that takes long on a replica that works is waited for [P34]', async () => {
    await sql(lab.source, 'CREATE TABLE fault_shop.waited (id INT PRIMARY KEY)');
    const running = lab.start('run', ['--name', 'half-open'], throughProxies());
    await running.says('the link starts');
    await lab.awaitLevel();
    const blocker = await lab.replica.connect();
    await blocker.execute('LOCK TABLES fault_shop.waited READ');
    await sql(lab.source, 'ALTER TABLE fault_shop.waited ADD v INT, ALGORITHM=COPY');
    const held = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table%' AND TIME >= 25`;
    await waitFor(async () => (await sqlValue(blocker, held)) !== '0', {
      timeoutMs: noticeMs,
      what: 'the statement to wait for long',
    });
    await blocker.execute('UNLOCK TABLES');
    await blocker.close();
    await lab.awaitLevel();
    running.signal('SIGTERM');
    const { code, stderr } = await running.end();
    expect(code).toBe(0);
    expect(stderr).not.toContain('a connection of the link was lost');
    expect(stderr).not.toContain('going on from the checkpoint');
  });

  test('SIGTERM ends within 5 s, and a new start gets rid of the sessions that are left [P9]', async () => {
    const running = lab.start('run', ['--name', 'half-open'], throughProxies());
    await running.says('the link starts');
    await lab.awaitLevel();
    await workload.burst(lab.source, 20);
    toReplica.stall();
    await workload.burst(lab.source, 20);
    const startedMs = performance.now();
    running.signal('SIGTERM');
    await running.end();
    // A machine that is busy with other things takes some of it.
    expect(performance.now() - startedMs).toBeLessThan(7_000);

    // The same command again, as a service manager gives it, and one by hand: neither is refused.
    const next = await lab.start('catchup', ['--name', 'half-open'], throughProxies()).end();
    expect(next).toMatchObject({ code: exitCodes.ok });
    expect(next.stderr).toContain('whose tailrace is gone');
    await lab.expectEqual();
  });

  test('a host that lost its power leaves nothing that a new start would wait for [P34]', async () => {
    const running = lab.start('run', ['--name', 'half-open'], throughProxies());
    await running.says('the link starts');
    await lab.awaitLevel();
    // Inside of a transaction, with rows and its checkpoint locked.
    const blocker = await lab.replica.connect();
    await blocker.execute('BEGIN');
    await blocker.query('SELECT * FROM fault_shop.counters FOR UPDATE');
    await workload.burst(lab.source, 30);
    const waits = 'SELECT COUNT(*) FROM performance_schema.data_lock_waits';
    await waitFor(async () => (await sqlValue(lab.replica, waits)) !== '0', { what: 'a lane to wait' });
    toReplica.stall();
    running.signal('SIGKILL');
    await running.end();
    await blocker.execute('ROLLBACK');
    await blocker.close();
    // A start that waits until the sessions that are left are known to be dead can be ended at once.
    const waiting = lab.start('run', ['--name', 'half-open'], throughProxies());
    await waiting.says('the link starts');
    const askedMs = performance.now();
    waiting.signal('SIGTERM');
    expect((await waiting.end()).code).toBe(0);
    expect(performance.now() - askedMs).toBeLessThan(4_000);
    const next = await lab.start('catchup', ['--name', 'half-open'], throughProxies()).end();
    expect(next).toMatchObject({ code: exitCodes.ok });
    await lab.expectEqual();
  });
});
