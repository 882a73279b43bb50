import type { Knex } from 'knex';
import type { ReplicaPool } from '../replica-pool.js';
import type { AdapterOptions } from './adapter-options.js';
import { StatementPool } from './statement-pool.js';

export type { AdapterOptions } from './adapter-options.js';

/**
 * For Knex, 3.3 or later: reads go where the pool says, everything else to the source.
 *
 * ```ts
 * const db = knex({ client: 'mysql2', connectionPool: knexPool(pool) });
 * await pool.runInSession(token, () => db('orders').where({ id }));
 * ```
 *
 * `db.destroy()` leaves the pool as it is. `timeout(ms, { cancel: true })` cannot cancel: Knex would have to know the server.
 */
export function knexPool(pool: ReplicaPool, options: AdapterOptions = {}): Knex.ConnectionPool {
  return new StatementPool(pool, options);
}
