import { format } from 'mysql2';
import type { ReplicaPool } from '../replica-pool.js';
import type { AdapterNeeds, AdapterOptions } from './adapter-options.js';
import type { StatementConnection } from './statement-connection.js';
import { StatementPool } from './statement-pool.js';

export type { AdapterOptions } from './adapter-options.js';

type SqlValues = Parameters<typeof format>[1];

/** TypeORM’s settings of a connection, as it hands them to mysql2. */
interface ConnectionSettings {
  readonly timezone?: string;
  readonly dateStrings?: boolean | string[];
  readonly supportBigNumbers?: boolean;
  readonly bigNumberStrings?: boolean;
  readonly typeCast?: unknown;
}

/**
 * For TypeORM: in place of the mysql2 module. Reads go where the pool says, everything else to the source.
 *
 * ```ts
 * const db = new DataSource({ type: 'mysql', database: 'shop', driver: typeormDriver(pool), entities });
 * await pool.runInSession(token, () => db.getRepository(Order).findBy({ id }));
 * ```
 *
 * Addresses and credentials of the DataSource are not used. With its `replication` option, query runners that ask for the
 * source get it for everything, as TypeORM promises. `db.destroy()` leaves the pool as it is.
 */
export function typeormDriver(pool: ReplicaPool, options: AdapterOptions = {}): TypeormDriver {
  return new TypeormDriver(pool, options);
}

/** The part of mysql2 that TypeORM calls. */
export class TypeormDriver {
  readonly #pool: ReplicaPool;
  readonly #options: AdapterOptions;

  constructor(pool: ReplicaPool, options: AdapterOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  createPool(settings: ConnectionSettings): StatementPool {
    return new StatementPool(this.#pool, needsOf(settings, this.#options));
  }

  createPoolCluster(): TypeormCluster {
    return new TypeormCluster((settings) => this.createPool(settings));
  }
}

type GetCallback = (error: Error | null, connection?: StatementConnection) => void;

/** mysql2's cluster of pools, as far as TypeORM uses it. Which server a read goes to is not its matter. */
class TypeormCluster {
  readonly #createPool: (settings: ConnectionSettings) => StatementPool;
  #pool: StatementPool | null = null;

  constructor(createPool: (settings: ConnectionSettings) => StatementPool) {
    this.#createPool = createPool;
  }

  /** Called for every server of the DataSource's configuration; they differ in their addresses only. */
  add(_name: string, settings: ConnectionSettings): void {
    this.#pool ??= this.#createPool(settings);
  }

  getConnection(name: string, callback: GetCallback): void {
    this.#pool?.getConnection((error, connection) => {
      if (connection !== undefined) connection.sourceOnly = name === 'MASTER';
      callback(error, connection);
    });
  }

  end(callback: (error?: Error) => void): void {
    if (this.#pool === null) callback();
    else this.#pool.end(callback);
  }
}

function needsOf(settings: ConnectionSettings, options: AdapterOptions): AdapterNeeds {
  const { timezone, dateStrings, supportBigNumbers, bigNumberStrings, typeCast } = settings;
  const all = { timezone, dateStrings, supportBigNumbers, bigNumberStrings, typeCast };
  const queryOptions = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  // As TypeORM asks of mysql2 for safety's sake: an object that a client sent is a text, not `key = value`.
  const asText = (sql: string, values: unknown): string => format(sql, values as SqlValues, true, timezone);
  return { ...options, queryOptions, format: asText };
}
