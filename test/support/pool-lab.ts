import { afterEach } from '@jest/globals';
import { startNativeReplication } from '../../tools/lab/native-replication.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { ReplicaPoolOptions } from '../../src/pool/pool-options.js';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';
import { createPool } from '../../src/pool/tailrace-pool.js';
import type { TestLab } from './lab.js';
import { sql, sqlValue } from './sql.js';
import { waitFor } from './wait-for.js';

/** The id of a server in pools and hints alike. */
export const idOf = ({ address: { host, port } }: LabServer): string => `${host}:${port}`;

/** Every pool of a test is ended behind it, also when the test fails. Call it outside of tests. */
export function usePools(): (lab: TestLab, options?: Partial<ReplicaPoolOptions>) => ReplicaPool {
  const pools: ReplicaPool[] = [];
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.end({ timeoutMs: 2_000 })));
  });
  return ({ source, replicas }, options = {}) => {
    const pool = createPool({
      source: addressOf(source),
      replicas: replicas.map(addressOf),
      hints: null,
      // A busy machine is no server that is down.
      connectMsMax: 5_000,
      silenceMsMax: 2_000,
      checkoutMsMax: 20_000,
      ...options,
    });
    pools.push(pool);
    return pool;
  };
}

/**
 * Resolves once every replica serves in the eyes of a pool, and the source need not help: before, a look that took long may have made a
 * replica look behind, and then some reads go to the source.
 */
export async function served(pool: ReplicaPool, origin?: 'daemon' | 'probes'): Promise<void> {
  const isSo = (): boolean => {
    const told = pool.explain();
    const serving = told.nodes.filter(({ kind, state }) => kind === 'replica' && state === 'serving');
    const isHelped = told.next.candidates.some(({ kind, tier }) => kind === 'source' && tier === 0);
    const isFrom = origin === undefined || told.origin === origin;
    return isFrom && serving.length === told.nodes.length - 1 && !isHelped;
  };
  await waitFor(isSo, { what: 'replicas that serve' }).catch((error: unknown) => {
    throw new Error(JSON.stringify(pool.explain(), null, 1), { cause: error });
  });
}

/** What mysql2 takes for a pool. */
export function addressOf({ address: { host, port, user, password } }: LabServer) {
  return { host, port, user, password, database: 'app' };
}

/** Every replica follows the source by MySQL's own replication, and all have the table `app.t (id, n)`. */
export async function replicateNatively({ source, replicas, onSource }: TestLab): Promise<void> {
  await sql(onSource, 'CREATE DATABASE app', 'CREATE TABLE app.t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)');
  await Promise.all(replicas.map((replica) => startNativeReplication(replica, source)));
  for (const replica of replicas) await level(replica, source);
}

/** Waits until a replica has all that the source has. */
export async function level(replica: LabServer, source: LabServer): Promise<void> {
  const gtids = String(await sqlValue(source, 'SELECT @@GLOBAL.gtid_executed'));
  await waitFor(
    async () =>
      Number(await sqlValue(replica, `SELECT GTID_SUBSET('${gtids}', @@GLOBAL.gtid_executed)`)) === 1,
    { what: `${replica.role} to be level` },
  );
}

/** Lets nothing be applied on a native replica while `work` runs. */
export async function held<Result>(replica: LabServer, work: () => Promise<Result>): Promise<Result> {
  await sql(replica, 'STOP REPLICA SQL_THREAD');
  try {
    return await work();
  } finally {
    await sql(replica, 'START REPLICA SQL_THREAD');
  }
}

/** Ends a connection from the server's side, and waits until it is gone: KILL itself only asks for it. */
export async function killConnection(server: LabServer, threadId: number): Promise<void> {
  await sql(server, `KILL ${threadId}`);
  const left = `SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_ID = ${threadId}`;
  await waitFor(async () => Number(await sqlValue(server, left)) === 0, { what: 'a connection to be gone' });
}

/** What is running on any of these servers, by the beginning of its text. */
export async function running(servers: readonly LabServer[], statement: string): Promise<number> {
  const count = `SELECT COUNT(*) FROM performance_schema.processlist WHERE info LIKE '${statement}%'`;
  const counts = await Promise.all(servers.map(async (server) => Number(await sqlValue(server, count))));
  return counts.reduce((sum, one) => sum + one, 0);
}
