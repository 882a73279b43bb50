import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SeededRandom } from '../../tools/lab/seeded-random.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import { urlOf } from '../support/tailrace-process.js';
import { TcpProxy } from '../../tools/lab/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const seed = 20_260_718;
/** Of 2 MB each: more than the buffers of any two sockets. */
const largesMax = 40;
const goesOn = 'going on from the checkpoint';

describe.each([
  { name: 'with GTIDs', gtid: true },
  { name: 'by file and position', gtid: false },
])('the connection to the source, $name', ({ gtid }) => {
  const useServers = useFaultLab({ gtid });
  const workload = new FaultWorkload(seed);
  let lab: FaultLab;
  let proxy: TcpProxy;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
    proxy = await TcpProxy.start(lab.source.address.port);
    env = { TAILRACE_SOURCE_URL: urlOf({ ...lab.source.address, port: proxy.port }) };
  });

  afterAll(async () => {
    await proxy?.stop();
  });

  test('is cut in the middle of events [P1, T16]', async () => {
    const random = new SeededRandom(seed, 'cuts');
    const running = lab.start('run', [], env);
    await lab.underLoad([workload], async () => {
      await lab.awaitEpoch(running);
      for (let cut = 1; cut <= 8; cut += 1) {
        proxy.cutAfter(random.between(1, 30_000));
        await waitFor(() => proxy.cuts === cut, { what: `cut ${cut}` });
        await lab.awaitEpoch(running);
      }
    });
    await lab.awaitLevel();
    running.signal('SIGTERM');
    const { code, stderr } = await running.end();
    expect(code).toBe(0);
    expect(stderr.split(goesOn).length - 1).toBeGreaterThanOrEqual(1);
    await lab.expectEqual();
  });

  test('is cut in the middle of a large transaction [P1]', async () => {
    const running = lab.start('run', [], env);
    await running.says('the link starts');
    await lab.awaitLevel();
    proxy.cutAfter(900_000);
    await workload.large(lab.source);
    await waitFor(() => proxy.cuts === 9, { what: 'the cut' });
    await lab.awaitLevel();
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(0);
    await lab.expectEqual();
  });

  test.each([
    ['all connections', () => proxy.stall(), goesOn],
    ['the stream alone', () => proxy.stallBusiest(), 'not even a heartbeat'],
  ])('stalls without being closed: %s', async (_, stall, said) => {
    const running = lab.start('run', [], env);
    await running.says('the link starts');
    await workload.burst(lab.source, 20);
    await lab.awaitLevel();
    stall();
    await workload.burst(lab.source, 20);
    await running.says(said);
    await lab.awaitLevel();
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(0);
    await lab.expectEqual();
  });

  test('is reset while the stream is being opened', async () => {
    const cuts = proxy.cuts;
    proxy.resetAt('source_heartbeat_period');
    const running = lab.start('run', [], env);
    await waitFor(() => proxy.cuts > cuts || running.hasEnded, { what: 'the reset' });
    await workload.burst(lab.source, 20);
    await running.says(goesOn);
    await lab.awaitLevel();
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(0);
    await lab.expectEqual();
  });
});

describe('a stream that is paused for too long', () => {
  const useServers = useFaultLab();
  const workload = new FaultWorkload(seed);

  test('is closed by the source, and goes on where it was [P1]', async () => {
    const lab = await useServers();
    await workload.begin(lab.source);
    const running = lab.start('run');
    await running.says('the link starts');
    await lab.awaitLevel();
    const blocker = await lab.replica.connect();
    try {
      // As long as this holds, nothing is applied: the budget fills, and the stream is no longer read.
      await blocker.execute('FLUSH TABLES WITH READ LOCK');
      for (let i = 0; i < 8; i += 1) await workload.large(lab.source);
      // More where the sockets of a machine hold more.
      for (let i = 8; i < largesMax && !(await dumpWaitsForReader(lab)); i += 1)
        await workload.large(lab.source);
      await waitFor(() => dumpWaitsForReader(lab), { what: 'the source to wait for the reader' });
      // What the source does itself when net_write_timeout is over, an hour from now.
      await sql(lab.source, `KILL ${String(await dumpSession(lab))}`);
      await blocker.execute('UNLOCK TABLES');
    } finally {
      await blocker.close();
    }
    await running.says(goesOn);
    await lab.awaitLevel();
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(0);
    await lab.expectEqual();
  });
});

function dumpSession(lab: FaultLab): Promise<unknown> {
  return sqlValue(
    lab.source,
    "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
  );
}

/** The dump thread is in the middle of sending, and stays there: ten looks in a row. */
async function dumpWaitsForReader(lab: FaultLab): Promise<boolean> {
  const connection = await lab.source.connect();
  try {
    for (let look = 1; look <= 10; look += 1) {
      const state = await sqlValue(
        connection,
        "SELECT STATE FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
      );
      if (state !== 'Sending to client') return false;
      await sleep(20);
    }
    return true;
  } finally {
    await connection.close();
  }
}
