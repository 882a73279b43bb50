import type { MysqlPool } from 'kysely';
import type { ReplicaPool } from '../replica-pool.js';
import type { AdapterOptions } from './adapter-options.js';
import { StatementPool } from './statement-pool.js';

export type { AdapterOptions } from './adapter-options.js';

/**
 * For Kysely: reads go where the pool says, everything else to the source.
 *
 * ```ts
 * const db = new Kysely<Database>({ dialect: new MysqlDialect({ pool: kyselyPool(pool) }) });
 * await pool.runInSession(token, () => db.selectFrom('orders').selectAll().execute());
 * ```
 *
 * `db.destroy()` leaves the pool as it is.
 */
export function kyselyPool(pool: ReplicaPool, options: AdapterOptions = {}): MysqlPool {
  return new StatementPool(pool, options) as MysqlPool;
}
