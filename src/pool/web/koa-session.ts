import type { Middleware } from 'koa';
import type { ReplicaPool } from '../replica-pool.js';
import { SessionCarrier, type WebSessionOptions } from './session-carrier.js';

export type { WebSessionOptions } from './session-carrier.js';

/**
 * For Koa: a session of the pool for each request, so that a user sees in the next one what this one has written.
 *
 * ```ts
 * app.use(koaSession(pool));
 * app.use(async (context) => { context.body = await pool.read(…); });
 * ```
 *
 * What a handler writes when it has begun to answer is not in the answer’s token. Throws TR_POOL_OPTIONS.
 */
export function koaSession(pool: ReplicaPool, options: WebSessionOptions = {}): Middleware {
  const carrier = new SessionCarrier(pool, options);
  return (context, next) => carrier.open(context.req, context.res, context.secure).run(() => next());
}
