import { startNativeReplication } from '../../tools/lab/native-replication.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { createPool } from '../../src/pool/create-pool.js';
import type { ReplicaPoolOptions } from '../../src/pool/pool-options.js';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';
import { notDurable, useLab } from './lab.js';
import { served } from './pool-lab.js';
import { sql, sqlValue } from './sql.js';
import { waitFor } from './wait-for.js';

/** Whom the pool logs in as. */
export const user = 'app';
const password = 'of-the-tests';

/** On a busy machine servers take their time; none is down because of that. */
const patient = {
  connectMsMax: 5_000,
  checkoutMsMax: 60_000,
  silenceMsMax: 20_000,
  probes: { timeoutMs: 20_000 },
};

/** A source and two replicas that follow it by MySQL's own replication, and what adapters of the pool are tested with. */
export interface AdapterServers {
  /** A pool over them that looks at them itself. */
  readonly pool: (options?: Partial<ReplicaPoolOptions>) => ReplicaPool;
  /** Runs `work` while no replica applies anything. Behind it the newest pool has seen that its replicas are level again. */
  readonly lagging: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Waits until every replica has what the source has. */
  readonly level: () => Promise<void>;
  /** The sum of what a statement counts on each server. */
  readonly countOnAll: (statement: string) => Promise<number>;
  readonly source: LabServer;
}

/**
 * Schema `shop`: `items (id, name)`, empty; `whoami`, whose one `name` is another on each server; `bump()`, a function that
 * adds a row to `bumps`. Call it outside of tests.
 */
export function useAdapterServers(): () => Promise<AdapterServers> {
  // Replicas refuse to create a function that changes data, too, unless they are told that it is meant.
  const settings = { ...notDurable, 'log-bin-trust-function-creators': 1 };
  const lab = useLab({ replicas: 2, sourceSettings: settings, replicaSettings: settings });
  let ready: Promise<AdapterServers> | null = null;
  const prepare = async (): Promise<AdapterServers> => {
    const { source, replicas, onSource } = await lab();
    await Promise.all(replicas.map((replica) => startNativeReplication(replica, source)));
    await sql(
      onSource,
      `CREATE USER ${user} IDENTIFIED BY '${password}'`,
      'CREATE DATABASE shop',
      `GRANT ALL ON shop.* TO ${user}`,
      `GRANT REPLICATION CLIENT ON *.* TO ${user}`,
      'CREATE TABLE shop.items (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(255) NOT NULL)',
      'CREATE TABLE shop.bumps (id INT PRIMARY KEY AUTO_INCREMENT)',
      'CREATE TABLE shop.whoami (name VARCHAR(20) PRIMARY KEY)',
      'CREATE FUNCTION shop.bump() RETURNS INT MODIFIES SQL DATA ' +
        'BEGIN INSERT INTO shop.bumps VALUES (); RETURN LAST_INSERT_ID(); END',
    );
    const servers = [source, ...replicas];
    let newest: ReplicaPool | null = null;
    const level = async (): Promise<void> => {
      const executed = await sqlValue(onSource, 'SELECT @@GLOBAL.gtid_executed');
      for (const replica of replicas) {
        const late = await sqlValue(replica, `SELECT WAIT_FOR_EXECUTED_GTID_SET('${String(executed)}', 90)`);
        if (Number(late) !== 0) throw new Error(`${replica.role} does not become level`);
      }
    };
    await level();
    for (const [at, server] of servers.entries()) {
      const name = at === 0 ? 'source' : `replica ${at}`;
      await inOneSession(server, 'SET sql_log_bin = 0', `INSERT INTO shop.whoami VALUES ('${name}')`);
    }
    const onAll = (statement: string): Promise<unknown> =>
      Promise.all(replicas.map((replica) => sql(replica, statement)));
    return {
      source,
      level,
      pool: (options = {}) => {
        const [sourceAddress, ...others] = servers.map(addressOf);
        newest = createPool({
          source: sourceAddress!,
          replicas: others,
          hints: null,
          ...patient,
          ...options,
        });
        return newest;
      },
      lagging: async (work) => {
        await onAll('STOP REPLICA SQL_THREAD');
        try {
          return await work();
        } finally {
          await onAll('START REPLICA SQL_THREAD');
          await level();
          if (newest !== null) await served(newest);
        }
      },
      countOnAll: async (statement) => {
        const counts = await Promise.all(servers.map((server) => sqlValue(server, statement)));
        return counts.reduce<number>((sum, one) => sum + Number(one), 0);
      },
    };
  };
  return () => (ready ??= prepare());
}

function addressOf({ address: { host, port } }: LabServer) {
  // Sequelize counts rows as it is used to; several statements in one text are possible, so that they can go wrong.
  const flags = ['-FOUND_ROWS'];
  return {
    host,
    port,
    user,
    password,
    database: 'shop',
    multipleStatements: true,
    connectionLimit: 5,
    flags,
  };
}

async function inOneSession(server: LabServer, ...statements: readonly string[]): Promise<void> {
  const connection = await server.connect();
  try {
    await sql(connection, ...statements);
  } finally {
    await connection.close();
  }
}

/** Waits until nothing of a pool is lent. */
export async function untilReturned(pool: ReplicaPool): Promise<void> {
  await waitFor(() => pool.counters.checkedOutNow === 0, { what: 'every connection to be given back' });
}
