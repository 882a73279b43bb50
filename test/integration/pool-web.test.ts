import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';
import type { WebSessionOptions } from '../../src/pool/web/session-carrier.js';
import { type AdapterServers, useAdapterServers } from '../support/adapter-servers.js';
import { served } from '../support/pool-lab.js';
import { sqlValue } from '../support/sql.js';
import { type WebSubject, webSubjects } from '../support/web-subjects.js';

const prepare = useAdapterServers();
const secret = 'of-the-tests-and-long';

describe.each(Object.entries(webSubjects))('%s', (_name, open) => {
  let servers: AdapterServers;
  let pool: ReplicaPool;
  const opened: WebSubject[] = [];

  const start = async (options?: WebSessionOptions): Promise<Client> => {
    const app = await open(pool, options);
    opened.push(app);
    return new Client(app.url);
  };

  beforeAll(async () => {
    servers = await prepare();
    pool = servers.pool();
    await served(pool);
  });

  afterAll(async () => {
    for (const app of opened) await app.close();
    await pool?.end();
  });

  test('what a request has written is read by the next, however far behind the replicas are [P31]', async () => {
    const client = await start();
    await servers.lagging(async () => {
      const { response, cookies } = await client.add('mine');
      const { id } = (await response.json()) as { id: number };
      // A cookie of the application is still there.
      expect(cookies.get('own')).toMatch(/^kept/);
      const [token = '', ...attributes] = (cookies.get('tailrace-session') ?? '').split('; ');
      expect(token).toMatch(/^t1\.[\w-]+$/);
      expect(attributes).toEqual(['Path=/', 'Max-Age=300', 'HttpOnly', 'SameSite=Lax']);
      const cookie = `other=1; tailrace-session=${token}`;
      expect(await client.find(id, { cookie })).toBe('mine');
      expect(await client.find(id)).toBeNull();
      // What it brought is not sent back, so that such answers can be cached.
      expect((await client.get(`/items/${id}`, { cookie })).cookies.has('tailrace-session')).toBe(false);
    });
  });

  test('answers in pieces and answers of errors take it along [P31]', async () => {
    const client = await start();
    await servers.lagging(async () => {
      const streamed = await client.send('/stream');
      const id = Number((await streamed.response.text()).split('\n')[0]);
      const cookie = `tailrace-session=${streamed.token}`;
      expect(await client.find(id, { cookie })).toBe('streamed');
      const failed = await client.send('/fail');
      expect(failed.response.status).toBe(500);
      const last = Number(await sqlValue(servers.source, 'SELECT MAX(id) FROM shop.items'));
      expect(await client.find(last, { cookie: `tailrace-session=${failed.token}` })).toBe('failed');
    });
  });

  test('a cookie is as the options say, and options that cannot be are refused', async () => {
    const client = await start({ name: 'mine', maxAgeSeconds: 60, secure: true });
    const { cookies } = await client.add('by options');
    const attributes = (cookies.get('mine') ?? '').split('; ').slice(1);
    expect(attributes).toEqual(['Path=/', 'Max-Age=60', 'HttpOnly', 'SameSite=Lax', 'Secure']);
    for (const wrong of [{ name: 'a b' }, { maxAgeSeconds: 0 }, { secret: 'short' }]) {
      await expect(start(wrong)).rejects.toMatchObject({ code: 'TR_POOL_OPTIONS' });
    }
  });

  test('whatever is sent as a token, the answer is one [P31]', async () => {
    const client = await start();
    const { response, token } = await client.add('there');
    const { id } = (await response.json()) as { id: number };
    await servers.level();
    for (const hostile of [
      '',
      't1.',
      't1.!!!!',
      `${token}x`,
      token.slice(0, -3),
      `t1.${Buffer.alloc(1_500, 0xff).toString('base64url')}`,
      'x'.repeat(8_000),
      '%00%0d%0aSet-Cookie: a=b',
      '"; DROP TABLE items; --',
      '__proto__',
    ]) {
      const answer = await client.get(`/items/${id}`, { cookie: `tailrace-session=${hostile}` });
      expect([hostile, answer.response.status]).toEqual([hostile, 200]);
      expect(await answer.response.json()).toEqual({ name: 'there' });
    }
  });

  test('as a header, and sealed [P31]', async () => {
    const client = await start({ carrier: 'header', name: 'X-Session', secret });
    await servers.lagging(async () => {
      const { response } = await client.add('by header');
      const { id } = (await response.json()) as { id: number };
      const sealed = response.headers.get('x-session') ?? '';
      expect(await client.find(id, { 'x-session': sealed })).toBe('by header');
      // Without its seal, or with another, it is no token.
      const [token = '', seal = ''] = sealed.split('~');
      const changed = `${token}~${seal.startsWith('A') ? 'B' : 'A'}${seal.slice(1)}`;
      for (const forged of [token, `${token}~`, changed]) {
        expect(await client.find(id, { 'x-session': forged })).toBeNull();
      }
    });
  });
});

/** A browser that keeps no cookies by itself. */
class Client {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string, headers: Record<string, string> = {}) {
    return answered(await fetch(`${this.#url}${path}`, { headers }));
  }

  async find(id: number, headers: Record<string, string> = {}): Promise<string | null> {
    const { response } = await this.get(`/items/${id}`, headers);
    expect(response.status).toBe(200);
    return ((await response.json()) as { name: string | null }).name;
  }

  async add(name: string) {
    const headers = { 'content-type': 'application/json' };
    return answered(await fetch(`${this.#url}/items`, { method: 'POST', headers, ...lateBody({ name }) }));
  }

  async send(path: string) {
    return answered(await fetch(`${this.#url}${path}`, { method: 'POST' }));
  }
}

/** A body that comes when the request is being worked on: in the context of the socket, which is nobody's. */
function lateBody(content: object) {
  const body = new ReadableStream({
    start: async (stream) => {
      await sleep(50);
      stream.enqueue(new TextEncoder().encode(JSON.stringify(content)));
      stream.close();
    },
  });
  return { body, duplex: 'half' } as const;
}

function answered(response: Response) {
  const cookies = new Map(
    response.headers.getSetCookie().map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const token = (cookies.get('tailrace-session') ?? '').split('; ')[0] ?? '';
  return { response, cookies, token };
}
