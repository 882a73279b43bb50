import type { ReplicaPool } from './replica-pool.js';
import type { ReplicaPoolOptions } from './pool-options.js';
import { RoutedPool } from './routed-pool.js';
import { resolveOptions } from './resolve-options.js';

/**
 * A pool of connections to a source and its replicas, which sends each read where it may go.
 *
 * ```ts
 * const pool = createPool({ source: 'mysql://…', replicas: ['mysql://…'], hints: { url: 'http://127.0.0.1:9180' } });
 * await pool.runInSession(undefined, async () => {
 *   await pool.write((db) => db.query('INSERT INTO t VALUES (1)'));
 *   await pool.read((db) => db.query('SELECT * FROM t')); // sees it, whichever server answers
 * });
 * ```
 *
 * Connects when it is needed. Throws `TR_POOL_OPTIONS`.
 */
export function createPool(options: ReplicaPoolOptions): ReplicaPool {
  return new RoutedPool(resolveOptions(options));
}
