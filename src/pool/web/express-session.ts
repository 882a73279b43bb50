import type { RequestHandler } from 'express';
import type { ReplicaPool } from '../replica-pool.js';
import { SessionCarrier, type WebSessionOptions } from './session-carrier.js';

export type { WebSessionOptions } from './session-carrier.js';

/**
 * For Express: a session of the pool for each request, so that a user sees in the next one what this one has written.
 *
 * ```ts
 * app.use(expressSession(pool));
 * app.get('/orders', async (_request, response) => response.json(await pool.read(…)));
 * ```
 *
 * What a handler writes when it has begun to answer is not in the answer’s token. Throws TR_POOL_OPTIONS.
 */
export function expressSession(pool: ReplicaPool, options: WebSessionOptions = {}): RequestHandler {
  const carrier = new SessionCarrier(pool, options);
  return (request, response, next) => {
    carrier.open(request, response, request.secure).run(() => next());
  };
}
