import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { defaultLinkSettings } from '../../src/config/resolve-config.js';
import { parseServerUrl } from '../../src/config/server-url.js';
import { endpointDefaults } from '../../src/endpoint/endpoint-settings.js';
import { LagEndpoint } from '../../src/endpoint/lag-endpoint.js';
import type { DashboardSource } from '../../src/server/dashboard-source.js';
import { FedServer } from '../support/fed-server.js';
import { behind, executed, replica, sid } from '../support/hint-inputs.js';
import { OpenapiDocument } from '../support/openapi-document.js';
import { waitFor } from '../support/wait-for.js';

const document = new OpenapiDocument();
const operations = document.operations();
const covered = new Set<string>();

const nothing: DashboardSource = {
  boot: 1,
  newest: () => null,
  historyAfter: () => '{}',
  subscribe: () => () => undefined,
};
const metrics = { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('up 1\n') };

/** With tokens; one that holds nothing on and takes no orders; one before anything is decided; and a whole one, of no servers. */
let fed: FedServer;
let poor: FedServer;
let early: FedServer;
let whole: LagEndpoint;
const end = new AbortController();

beforeAll(async () => {
  const parts = { metrics, dashboard: nothing };
  fed = await FedServer.start({ readToken: 'reader', adminToken: 'boss', bodyBytesMax: 200 }, parts);
  poor = await FedServer.start({ pollsMax: 0, streamsMax: 0, waitsMax: 0 }, parts);
  early = await FedServer.start({}, parts);
  const drained = { admin: { order: 'drain' as const, untilMs: 1e12, note: '' } };
  const given = [replica('db2', { gtidExecuted: executed(10) }), behind('far', 90), replica('out', drained)];
  fed.feed.decide(0, given);
  poor.feed.decide(0, given);
  const links = defaultLinkSettings(
    parseServerUrl('mysql://u@127.0.0.1:1'),
    parseServerUrl('mysql://u@127.0.0.1:2'),
  );
  const settings = { ...endpointDefaults, http: { host: '127.0.0.1', port: 0 } };
  whole = new LagEndpoint([links], settings, pino({ level: 'silent' }));
  await whole.start(end.signal);
  await waitFor(async () => (await fetch(`http://127.0.0.1:${whole.port}/v1/dashboard`)).ok, {
    what: 'a frame',
  });
});
afterAll(async () => {
  end.abort();
  await Promise.all([fed.close(), poor.close(), early.close(), whole.close()]);
});

interface Sent {
  readonly port?: number;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request that is described, and compares its answer with the description. `path`: with what varies filled in. */
async function exchange(
  method: string,
  template: string,
  path: string,
  status: number,
  sent: Sent = {},
): Promise<void> {
  const { port = fed.server.port, query = '', body, headers = {} } = sent;
  const operation = operations.get(`${method} ${template}`);
  if (operation === undefined) throw new Error(`${method} ${template} is not described`);
  const gone = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}${path}${query}`, {
    method: method.toUpperCase(),
    headers: { authorization: 'Bearer reader', ...headers },
    signal: gone.signal,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  expect(`${method} ${path}${query} ${response.status}`).toBe(`${method} ${path}${query} ${status}`);
  covered.add(`${method} ${template} ${status}`);
  const described = operation.responses[status];
  if (described === undefined) throw new Error(`${status} of ${method} ${template} is not described`);
  if (status < 400) {
    const parameters = operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    for (const [name] of new URLSearchParams(query)) expect(parameters).toContain(name);
  }
  if (status === 200 && typeof body === 'object')
    document.require(contentOf(operation.requestBody ?? {}, 'application/json'), body);
  const { content } = document.resolve(described) as { content?: Readonly<Record<string, unknown>> };
  const type = (response.headers.get('content-type') ?? '').replace(/;.*/, '');
  if (type === 'text/event-stream') {
    expect(Object.keys(content ?? {})).toContain(type);
    gone.abort();
    return;
  }
  const text = await response.text();
  if (method === 'head' || content === undefined) expect(text).toBe('');
  else if (type === 'application/json') document.require(contentOf({ content }, type), JSON.parse(text));
  else expect(Object.keys(content)).toContain(type);
}

function contentOf(
  holder: Readonly<Record<string, unknown>>,
  type: string,
): Readonly<Record<string, unknown>> {
  const { content } = holder as { content?: Record<string, { schema: Record<string, unknown> }> };
  const schema = content?.[type]?.schema;
  if (schema === undefined) throw new Error(`${type} is not described`);
  return schema;
}

const json = { 'content-type': 'application/json' };
const boss = { ...json, authorization: 'Bearer boss' };
const wrong = { authorization: 'Bearer wrong' };
const both = ['get', 'head'] as const;

async function exchangeHints(): Promise<void> {
  const at = '/v1/hints';
  const etag =
    (await fed.fetch(at, { headers: { authorization: 'Bearer reader' } })).headers.get('etag') ?? '';
  const known = { 'if-none-match': etag };
  for (const method of both) {
    await exchange(method, at, at, 200, { query: '?wait_ms=0' });
    await exchange(method, at, at, 304, { query: '?wait_ms=10', headers: known });
    await exchange(method, at, at, 400, { query: '?wait=10' });
    await exchange(method, at, at, 401, { headers: wrong });
    await exchange(method, at, at, 503, { port: early.server.port });
    await exchange(method, at, at, 503, { port: poor.server.port, query: '?wait_ms=10', headers: known });
  }
  const stream = '/v1/hints/stream';
  await exchange('get', stream, stream, 200, { query: '?last_event_id=1-1' });
  await exchange('get', stream, stream, 400, { query: '?since=1' });
  await exchange('get', stream, stream, 401, { headers: wrong });
  await exchange('get', stream, stream, 503, { port: poor.server.port });
}

async function exchangeWaits(): Promise<void> {
  const at = '/v1/wait';
  const post = (status: number, body: unknown, sent: Sent = {}) =>
    exchange('post', at, at, status, { body, headers: { ...json, ...sent.headers }, ...sent });
  await post(200, { gtid: `${sid}:1-10`, timeout_ms: 5, replica: 'db2' });
  await post(400, { gtid: 'x' });
  await post(401, { gtid: `${sid}:1` }, { headers: { ...json, ...wrong } });
  await post(413, { gtid: 'x'.repeat(300) });
  await post(415, 'gtid', { headers: { 'content-type': 'text/plain' } });
  await post(503, { gtid: `${sid}:1` }, { port: poor.server.port });
  await post(504, { gtid: `${sid}:11`, timeout_ms: 5 });
}

async function exchangeChecks(): Promise<void> {
  const check = '/v1/replicas/{id}/check';
  for (const method of both) {
    const ask = (id: string, status: number, sent: Sent = {}) =>
      exchange(method, check, `/v1/replicas/${id}/check`, status, sent);
    await ask('db2', 200, { query: `?max_lag_ms=1000&min_gtid=${sid}:1&table=shop.orders` });
    await ask('db2', 400, { query: '?max_lag=5' });
    await ask('db2', 401, { headers: wrong });
    await ask('out', 404);
    await ask('nobody', 404);
    await ask('far', 503);
    await ask('any', 503, { port: early.server.port });
    const tables = '/v1/tables';
    const query = '?table=shop.orders&max_lag_ms=1000';
    await exchange(method, tables, tables, 200, { query });
    await exchange(method, tables, tables, 400, { query: '?max_lag_ms=1000' });
    await exchange(method, tables, tables, 401, { query, headers: wrong });
    await exchange(method, tables, tables, 503, { query, port: early.server.port });
  }
  const admin = '/v1/replicas/{id}/admin';
  const order = (id: string, status: number, body: unknown, sent: Sent = {}) =>
    exchange('put', admin, `/v1/replicas/${id}/admin`, status, { body, headers: boss, ...sent });
  await order('db2', 200, { order: 'drain', for_seconds: 60, note: 'new disk' });
  await order('db2', 200, { order: 'none' });
  await order('db2', 400, { order: 'stop' });
  await order('db2', 401, { order: 'none' }, { headers: json });
  await order('db2', 403, { order: 'none' }, { port: poor.server.port });
  await order('nobody', 404, { order: 'none' });
  await order('db2', 413, { order: 'drain', note: 'x'.repeat(300) });
  await order('db2', 415, 'drain', { headers: { authorization: 'Bearer boss' } });
}

async function exchangeStores(): Promise<void> {
  const write = '/check/{app}/{storeType}/{storeName}';
  const read = '/check-read/{app}/{storeType}/{storeName}/{threshold}';
  for (const method of both) {
    const mayWrite = (store: string, status: number, sent: Sent = {}) =>
      exchange(method, write, `/check/archive/${store}`, status, sent);
    await mayWrite('mysql/db2', 200);
    await mayWrite('mysql/db2', 400, { query: '?priority=low' });
    await mayWrite('mysql/db2', 401, { headers: wrong });
    await mayWrite('mysql/nobody', 404);
    await mayWrite('mysql/far', 429);
    await mayWrite('mysql/all', 500, { port: early.server.port });
    fed.feed.decide(1, [replica('db2', { gtidExecuted: executed(10) }), replica('far')]);
    await mayWrite('mysql/far', 417, { query: '?p=low' });
    fed.feed.decide(1, [replica('db2', { gtidExecuted: executed(10) }), behind('far', 90)]);
    const mayRead = (rest: string, status: number, sent: Sent = {}) =>
      exchange(method, read, `/check-read/app/${rest}`, status, sent);
    await mayRead('mysql/db2/0.5', 200, { query: '?p=low' });
    await mayRead('mysql/db2/soon', 400);
    await mayRead('mysql/db2/1', 401, { headers: wrong });
    await mayRead('redis/db2/1', 404);
    await mayRead('mysql/far/1', 429);
    await mayRead('mysql/db2/1', 500, { port: early.server.port });
  }
}

async function exchangePages(): Promise<void> {
  const dashboard = '/v1/dashboard';
  const style = '/dashboard/style.css';
  const pages: readonly (readonly [template: string, path: string])[] = [
    ['/', '/'],
    ['/dashboard/{file}', style],
  ];
  for (const method of both) {
    await exchange(method, '/livez', '/livez', 200);
    await exchange(method, '/readyz', '/readyz', 200);
    await exchange(method, '/readyz', '/readyz', 503, { port: early.server.port });
    await exchange(method, '/metrics', '/metrics', 200, { port: whole.port });
    await exchange(method, '/metrics', '/metrics', 400, { query: '?name=x' });
    await exchange(method, '/metrics', '/metrics', 401, { headers: wrong });
    await exchange(method, dashboard, dashboard, 200, { port: whole.port });
    await exchange(method, dashboard, dashboard, 400, { query: '?a=b' });
    await exchange(method, dashboard, dashboard, 401, { headers: wrong });
    await exchange(method, dashboard, dashboard, 503);
    for (const [template, path] of pages) {
      const etag = (await fed.fetch(path)).headers.get('etag') ?? '';
      await exchange(method, template, path, 200);
      await exchange(method, template, path, 304, { headers: { 'if-none-match': etag } });
      await exchange(method, template, path, 400, { query: '?a=b' });
    }
    await exchange(method, '/dashboard/{file}', '/dashboard/nothing.js', 404);
  }
  const stream = '/v1/dashboard/stream';
  await exchange('get', stream, stream, 400, { query: '?a=b' });
  await exchange('get', stream, stream, 401, { headers: wrong });
  const gone = new AbortController();
  // A response that nobody holds is ended by fetch.
  const open: Response[] = [];
  while (open.length < 64)
    open.push(await fed.fetch(stream, { headers: { authorization: 'Bearer reader' }, signal: gone.signal }));
  expect(open.every(({ status }) => status === 200)).toBe(true);
  await exchange('get', stream, stream, 503);
  gone.abort();
  await exchange('get', stream, stream, 200, { port: whole.port, query: '?last_event_id=1-1' });
}

test('every path, method and status that docs/openapi.yaml describes is answered as described [P20]', async () => {
  await exchangeHints();
  await exchangeWaits();
  await exchangeChecks();
  await exchangeStores();
  await exchangePages();
  const described = [...operations].flatMap(([at, { responses }]) =>
    Object.keys(responses).map((status) => `${at} ${status}`),
  );
  expect([...covered].sort()).toEqual(described.sort());
});

test('docs/openapi.yaml describes every path that the server answers, its methods, and whom it answers [P20]', () => {
  const guards = { open: '[]', read: undefined, admin: '[{"admin":[]}]' } as const;
  const answered = [...fed.server.outlets].flatMap(([path, { methods, guard }]) => {
    const template = path.startsWith('/dashboard/') ? '/dashboard/{file}' : path;
    return methods.map((method) => `${method.toLowerCase()} ${template} ${guards[guard] ?? ''}`);
  });
  const described = [...operations].map(([at, { security }]) => `${at} ${JSON.stringify(security) ?? ''}`);
  expect([...new Set(answered)].sort()).toEqual(described.sort());
});

test('events of the stream are as described', async () => {
  fed.feed.decide(1, [replica('db2', { gtidExecuted: executed(10) })]);
  const gone = new AbortController();
  const headers = { authorization: 'Bearer reader' };
  const { body } = await fed.fetch('/v1/hints/stream', { headers, signal: gone.signal });
  const told = new Map<string, unknown>();
  let text = '';
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (const [, name = '', data = ''] of text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm))
      told.set(name, JSON.parse(data));
    // A state that changes, once the listener is there to hear of it.
    if (told.has('hints') && !told.has('change')) fed.feed.decide(1, [replica('db2', { reachable: false })]);
    if (told.has('alive') && told.has('change')) break;
  }
  gone.abort();
  for (const [name, schema] of [
    ['hints', 'Hints'],
    ['change', 'Change'],
    ['alive', 'Alive'],
  ] as const)
    document.require({ $ref: `#/components/schemas/${schema}` }, told.get(name));
});

test('operations have names of their own', () => {
  const names = [...operations.values()].map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
});
