import type { Pool } from 'mysql2';
import type { ReplicaPool } from '../replica-pool.js';
import type { AdapterOptions } from './adapter-options.js';
import { StatementPool } from './statement-pool.js';

export type { AdapterOptions } from './adapter-options.js';

export interface DrizzleOptions extends AdapterOptions {
  /** Everything goes to the source: for the first argument of Drizzle's `withReplicas`, so that `$primary` is what it says. */
  readonly sourceOnly?: boolean;
}

/**
 * For Drizzle: reads go where the pool says, everything else to the source. Drizzle uses of it what it uses of any pool of
 * mysql2, and so should others.
 *
 * ```ts
 * const db = drizzle({ client: drizzleClient(pool) });
 * await pool.runInSession(token, () => db.select().from(orders).where(eq(orders.id, id)));
 * ```
 */
export function drizzleClient(pool: ReplicaPool, options: DrizzleOptions = {}): Pool {
  return new StatementPool(pool, options) as unknown as Pool;
}
