import type { FastifyPluginCallback } from 'fastify';
import type { ReplicaPool } from '../replica-pool.js';
import { SessionCarrier, type WebSessionOptions } from './session-carrier.js';

export type { WebSessionOptions } from './session-carrier.js';

/**
 * For Fastify: a session of the pool for each request, so that a user sees in the next one what this one has written.
 *
 * ```ts
 * await app.register(fastifySession(pool));
 * app.get('/orders', () => pool.read(…));
 * ```
 *
 * What a handler writes when it has begun to answer is not in the answer’s token. Throws TR_POOL_OPTIONS.
 */
export function fastifySession(pool: ReplicaPool, options: WebSessionOptions = {}): FastifyPluginCallback {
  const carrier = new SessionCarrier(pool, options);
  const plugin: FastifyPluginCallback = (app, _options, done) => {
    // Fastify itself keeps the context over the reading of a body.
    app.addHook('onRequest', (request, reply, next) => {
      carrier.open(request.raw, reply.raw, request.protocol === 'https').run(() => next());
    });
    done();
  };
  // For the whole application and not only for what is registered within: what the package fastify-plugin does.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'tailrace-session',
  });
}
