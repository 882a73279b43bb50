import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';
import { expressSession } from '../../src/pool/web/express-session.js';
import { fastifySession } from '../../src/pool/web/fastify-session.js';
import { koaSession } from '../../src/pool/web/koa-session.js';
import type { WebSessionOptions } from '../../src/pool/web/session-carrier.js';

/** An application that listens on a free port of this machine. */
export interface WebSubject {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What each application does; the frameworks only carry it. */
interface Shop {
  /** Writes an item, and gives its id. */
  add(name: string): Promise<number>;
  /** Its name; null: there is none. */
  find(id: number): Promise<string | null>;
}

/**
 * The same application in every framework: `POST /items` (JSON with a `name`) gives `{ id }`, and sets a cookie of its own;
 * `GET /items/ID` gives `{ name }`; `POST /stream` and `POST /fail` write as well, then answer in pieces, or fail.
 */
export const webSubjects: Readonly<
  Record<string, (pool: ReplicaPool, options?: WebSessionOptions) => Promise<WebSubject>>
> = { Express: openExpress, Fastify: openFastify, Koa: openKoa };

function shopOn(pool: ReplicaPool): Shop {
  return {
    add: async (name) => {
      const [{ insertId }] = (await pool.write((connection) =>
        connection.query('INSERT INTO items (name) VALUES (?)', [name]),
      )) as unknown as [{ insertId: number }];
      return insertId;
    },
    find: async (id) => {
      const [rows] = (await pool.read((connection) =>
        connection.query('SELECT name FROM items WHERE id = ?', [id]),
      )) as unknown as [{ name: string }[]];
      return rows[0]?.name ?? null;
    },
  };
}

/** The id and then, in pieces, more than fits into one packet. */
function* pieces(id: number): Generator<string> {
  yield `${id}\n`;
  for (let piece = 0; piece < 50; piece += 1) yield 'x'.repeat(10_000);
}

async function openExpress(pool: ReplicaPool, options?: WebSessionOptions): Promise<WebSubject> {
  const shop = shopOn(pool);
  const app = express();
  app.set('env', 'test');
  app.use(expressSession(pool, options), express.json());
  app.post('/items', async (request, response) => {
    const { name } = request.body as { name: string };
    response.cookie('own', 'kept').json({ id: await shop.add(name) });
  });
  app.get('/items/:id', async (request, response) => {
    response.json({ name: await shop.find(Number(request.params.id)) });
  });
  app.post('/stream', async (_request, response) => {
    Readable.from(pieces(await shop.add('streamed'))).pipe(response);
  });
  app.post('/fail', async () => {
    await shop.add('failed');
    throw new Error('on purpose');
  });
  return listen(app.listen(0, '127.0.0.1'));
}

async function openFastify(pool: ReplicaPool, options?: WebSessionOptions): Promise<WebSubject> {
  const shop = shopOn(pool);
  const app = fastify();
  await app.register(fastifySession(pool, options));
  app.post<{ Body: { name: string } }>('/items', async (request, reply) => {
    const id = await shop.add(request.body.name);
    return reply.header('set-cookie', 'own=kept').send({ id });
  });
  app.get<{ Params: { id: string } }>('/items/:id', async (request) => ({
    name: await shop.find(Number(request.params.id)),
  }));
  app.post('/stream', async (_request, reply) =>
    reply.send(Readable.from(pieces(await shop.add('streamed')))),
  );
  app.post('/fail', async () => {
    await shop.add('failed');
    throw new Error('on purpose');
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => app.close() };
}

async function openKoa(pool: ReplicaPool, options?: WebSessionOptions): Promise<WebSubject> {
  const shop = shopOn(pool);
  const app = new Koa();
  app.silent = true;
  app.use(koaSession(pool, options));
  app.use(async (context) => {
    const { method, path, req } = context;
    if (method === 'POST' && path === '/items') {
      const text = (await Readable.from(req).toArray()).join('');
      context.cookies.set('own', 'kept');
      context.body = { id: await shop.add((JSON.parse(text) as { name: string }).name) };
    } else if (path.startsWith('/items/')) {
      context.body = { name: await shop.find(Number(path.slice('/items/'.length))) };
    } else if (path === '/stream') {
      context.body = Readable.from(pieces(await shop.add('streamed')), { objectMode: false });
    } else {
      await shop.add('failed');
      throw new Error('on purpose');
    }
  });
  return listen(app.listen(0, '127.0.0.1'));
}

async function listen(server: Server): Promise<WebSubject> {
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
