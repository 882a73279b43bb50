import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';
import { useLab } from '../support/lab.js';
import { PoolDaemon } from '../support/pool-daemon.js';
import { idOf, level, served, usePools } from '../support/pool-lab.js';
import { insertRow, readsRow, serverOf } from '../support/pool-work.js';
import { sql } from '../support/sql.js';
import { TcpProxy } from '../../tools/lab/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab({ replicas: 2 });
const newPool = usePools();
let daemon: PoolDaemon;

beforeAll(async () => {
  const { onSource, source, replicas } = await lab();
  await sql(onSource, 'CREATE DATABASE app', 'CREATE TABLE app.t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)');
  daemon = await new PoolDaemon(await lab()).start();
  for (const replica of replicas) await level(replica, source);
});
afterAll(() => daemon.stop());

async function writeAndRead(pool: ReplicaPool, pairs: number): Promise<void> {
  await pool.runInSession(undefined, async () => {
    for (let pair = 0; pair < pairs; pair += 1) {
      const id = await pool.write(insertRow);
      expect(await readsRow(pool, id)).toBe(true);
    }
  });
}

const nodes = async (pool: ReplicaPool, reads: number): Promise<string[]> => {
  const read = await Promise.all(Array.from({ length: reads }, () => pool.read(serverOf)));
  return [...new Set(read)].sort();
};

describe('with a daemon', () => {
  test('sessions read their own writes from replicas that it keeps in step', async () => {
    const { replicas } = await lab();
    const pool = newPool(await lab(), {
      hints: { url: daemon.url },
      waitMsMax: 60_000,
      checkoutMsMax: 60_000,
    });
    await served(pool, 'daemon');
    await writeAndRead(pool, 60);
    const { readsByNode, reads, waitsInVain } = pool.counters;
    expect({ reads, waitsInVain }).toEqual({ reads: 60, waitsInVain: 0 });
    expect(Object.keys(readsByNode).sort()).toEqual(replicas.map(idOf).sort());
  });

  test('a replica that is drained gets nothing new, and comes back [P24]', async () => {
    const { replicas } = await lab();
    const [drained, other] = replicas.map(idOf);
    const pool = newPool(await lab(), { hints: { url: daemon.url } });
    await served(pool, 'daemon');
    expect(await nodes(pool, 40)).toEqual(replicas.map(idOf).sort());
    const stateOf = (): string => pool.explain().nodes.find(({ id }) => id === drained)!.state;
    expect(await daemon.order(drained!, 'drain')).toBe(200);
    await waitFor(() => stateOf() === 'drain', { what: 'the order to arrive' });
    // With half of the weight gone, the daemon may let the source help.
    const read = await nodes(pool, 40);
    const { refused } = pool.explain().next;
    expect(await daemon.order(drained!, 'none')).toBe(200);
    expect(read).toContain(other);
    expect(read).not.toContain(drained);
    expect(refused).toContainEqual(expect.objectContaining({ id: drained }));
    await waitFor(() => stateOf() !== 'drain', { what: 'the end of the order' });
    await waitFor(async () => (await nodes(pool, 20)).includes(drained!), { what: 'reads on the replica' });
  });

  test('the daemon is cut off: reads go on by the pool’s own looks; it comes back: by its hints [P24]', async () => {
    const { source } = await lab();
    const proxy = await TcpProxy.start(daemon.endpoint.port);
    // The first address answers nobody.
    const urls = ['http://127.0.0.1:1', `http://127.0.0.1:${proxy.port}`];
    const pool = newPool(await lab(), { hints: { urls, ageMsMax: 1_000 }, probes: { intervalMs: 200 } });
    const origins: string[] = [];
    pool.on('hints', ({ origin }) => origins.push(origin));
    await served(pool, 'daemon');
    await writeAndRead(pool, 10);
    await proxy.stop();
    await writeAndRead(pool, 10);
    await served(pool, 'probes');
    await writeAndRead(pool, 10);
    expect(await nodes(pool, 20)).not.toContain(idOf(source));
    expect(pool.counters.errors).toEqual({});
    expect(origins).toEqual(expect.arrayContaining(['daemon', 'probes']));
    const isTold = (): boolean =>
      /^http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/.test(pool.explain().hints);
    await waitFor(isTold, { what: 'the reason to be told' });
  });

  test('the daemon is started again: its hints are taken again', async () => {
    const pool = newPool(await lab(), {
      hints: { url: daemon.url, ageMsMax: 1_000 },
      probes: { intervalMs: 200 },
    });
    await served(pool, 'daemon');
    const { port } = daemon.endpoint;
    await daemon.stop();
    await served(pool, 'probes');
    daemon = await new PoolDaemon(await lab(), port).start();
    await served(pool, 'daemon');
    await writeAndRead(pool, 10);
  });
});
