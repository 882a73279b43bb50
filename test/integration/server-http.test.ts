import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { hintsFromJson } from '../../src/hints/hints-json.js';
import { FedServer, exchangeBytes } from '../support/fed-server.js';
import { behind, executed, replica, sid } from '../support/hint-inputs.js';
import { waitFor } from '../support/wait-for.js';

let fed: FedServer;
beforeEach(async () => {
  fed = await FedServer.start({ adminToken: 'letmein', holdMsMax: 60_000 });
});
afterEach(() => fed.close());

const good = replica('good', { gtidExecuted: executed(10) });
const drained = replica('drained', { admin: { order: 'drain', untilMs: 1e12, note: '' } });

/** Of tables; the source is the first one. */
const lags = (lagMicros: number | null, lagAtMostMicros: number | null) => ({
  lagMicros,
  lagAtMostMicros,
  originLagMicros: lagMicros,
  originAtMostMicros: lagAtMostMicros,
});

describe('GET /v1/replicas/{id}/check', () => {
  const cases: readonly [path: string, status: number, told: Record<string, unknown>][] = [
    ['good/check', 200, { ok: true, state: 'serving', lag_micros: 0 }],
    ['good/check?max_lag_ms=0', 200, { ok: true }],
    [`good/check?min_gtid=${sid}:1-10`, 200, { ok: true }],
    [`good/check?min_gtid=${sid}:11`, 503, { reason: 'it does not have the requested transactions yet' }],
    ['slow/check', 200, { ok: true, state: 'degraded' }],
    [
      'slow/check?max_lag_ms=1000',
      503,
      { ok: false, reason: 'its data may be 10 s old, more than the requested 1 s' },
    ],
    ['gone/check', 503, { ok: false, state: 'ejected', reason: 'ejected: it does not answer' }],
    ['blind/check', 503, { state: 'unknown', lag_micros: null }],
    ['drained/check', 404, { ok: false, state: 'drain' }],
    ['nobody/check', 404, { code: 'TR_REQUEST_INVALID', what: 'There is no replica "nobody".' }],
    ['good/check?max_lag=5', 400, { what: 'There is no parameter "max_lag".' }],
    ['good/check?max_lag_ms=-1', 400, { code: 'TR_REQUEST_INVALID' }],
    ['good/check?max_lag_ms=1&max_lag_ms=2', 400, { what: 'Parameter max_lag_ms is given twice.' }],
    ['good/check?min_gtid=nonsense', 400, { code: 'TR_REQUEST_INVALID' }],
    ['%zz/check', 400, { code: 'TR_REQUEST_INVALID' }],
    ['with%20space%2F/check', 200, { id: 'with space/' }],
  ];

  test.each(cases)('%s gives %d', async (path, status, told) => {
    fed.feed.decide(0, [
      good,
      behind('slow', 10),
      behind('blind', null),
      replica('gone', { reachable: false }),
      drained,
      replica('with space/'),
    ]);
    const answer = await fed.ask(`/v1/replicas/${path}`);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(told);
    const head = await fed.fetch(`/v1/replicas/${path}`, { method: 'HEAD' });
    expect(head.status).toBe(status);
    expect(await head.text()).toBe('');
  });

  test('a replica that is behind on one table is fresh for another, if nothing but its lag speaks against it', async () => {
    fed.tablesLag.set('shop.fresh', { ...lags(0, 5_000), isOutForLag: true });
    fed.tablesLag.set('shop.broken', { ...lags(0, 5_000), isOutForLag: false });
    fed.tablesLag.set('shop.old', { ...lags(7e6, 7e6), isOutForLag: true });
    fed.tablesLag.set('shop.blind', { ...lags(null, null), isOutForLag: true });
    fed.feed.decide(0, [behind('far', 90), good, drained]);
    const status = async (id: string, query: string): Promise<number> =>
      (await fed.ask(`/v1/replicas/${id}/check?${query}`)).status;
    expect(await status('far', 'max_lag_ms=1000')).toBe(503);
    expect(await fed.ask('/v1/replicas/far/check?max_lag_ms=1000&table=shop.fresh')).toMatchObject({
      status: 200,
      body: { ok: true, lag_micros: 0, reason: expect.stringContaining('0 µs behind for the tables') },
    });
    expect(await status('far', 'max_lag_ms=1000&table=shop.old')).toBe(503);
    expect(await status('far', 'max_lag_ms=1000&table=shop.broken')).toBe(503);
    expect(await status('far', 'max_lag_ms=1000&table=shop.blind')).toBe(503);
    expect(await status('far', 'max_lag_ms=1000&table=shop.unheard_of')).toBe(503);
    expect(await status('drained', 'max_lag_ms=1000&table=shop.fresh')).toBe(404);
    expect(await status('far', `max_lag_ms=1000&table=shop.fresh&min_gtid=${sid}:1`)).toBe(503);
    const all = await fed.ask('/v1/tables?max_lag_ms=1000&table=shop.fresh');
    expect(all.body.replicas).toMatchObject([
      { id: 'drained', ok: false },
      { id: 'far', ok: true, lag_micros: 0 },
      { id: 'good', ok: true },
    ]);
    expect(await status('good', 'table=shop.fresh')).toBe(400);
    expect(await status('good', 'max_lag_ms=1&table=fresh')).toBe(400);
  });

  test('the age of the hints counts; hints that nobody renews are believed for ten seconds', async () => {
    fed.feed.decide(0, [good]);
    fed.feed.decider.nowMs += 900;
    expect((await fed.ask('/v1/replicas/good/check?max_lag_ms=1000')).status).toBe(200);
    expect((await fed.ask('/v1/replicas/good/check?max_lag_ms=800')).status).toBe(503);
    fed.feed.decider.nowMs += 10_000;
    expect(await fed.ask('/v1/replicas/good/check')).toMatchObject({
      status: 503,
      body: { reason: 'the hints are 10.9 s old' },
    });
  });

  test('before anything is decided nobody is healthy', async () => {
    expect((await fed.ask('/v1/replicas/good/check')).status).toBe(503);
    expect(await fed.ask('/v1/hints')).toMatchObject({
      status: 503,
      body: { what: 'No hints are available yet.' },
    });
  });
});

describe('GET /v1/hints', () => {
  test('gives all hints, and 304 to whoever has them', async () => {
    const hints = fed.feed.decide(0, [good]);
    const first = await fed.fetch('/v1/hints');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toBe(`"${hints.epoch}-${hints.version}"`);
    expect(hintsFromJson(await first.json())).toEqual(hints);
    const again = await fed.fetch('/v1/hints', { headers: { 'if-none-match': `"else", W/${etag}` } });
    expect(again.status).toBe(304);
    expect(again.headers.get('etag')).toBe(etag);
  });

  test('a long poll is answered as soon as there is something newer', async () => {
    const { epoch, version } = fed.feed.decide(0, [good]);
    const headers = { 'if-none-match': `"${epoch}-${version}"` };
    const startMs = performance.now();
    const poll = fed.ask('/v1/hints?wait_ms=60000', { headers });
    setTimeout(() => fed.feed.decide(100, [good]), 50);
    setTimeout(() => fed.feed.decide(100, [behind('good', 3)]), 200);
    const { status, body } = await poll;
    expect(status).toBe(200);
    expect(body.version).toBeGreaterThan(version);
    expect(performance.now() - startMs).toBeGreaterThan(150);
  });

  test('a long poll ends with 304 when its time is over', async () => {
    const { epoch, version } = fed.feed.decide(0, [good]);
    const headers = { 'if-none-match': `"${epoch}-${version}"` };
    expect((await fed.ask('/v1/hints?wait_ms=100', { headers })).status).toBe(304);
    expect((await fed.ask('/v1/hints?wait_ms=60001', { headers })).status).toBe(400);
  });
});

describe('POST /v1/wait', () => {
  const wait = (body: unknown) => fed.json('POST', '/v1/wait', body);

  test('answers at once when a replica has it, and as soon as one gets it', async () => {
    fed.feed.decide(0, [good]);
    expect(await wait({ gtid: `${sid}:10` })).toMatchObject({ status: 200, body: { replica: 'good' } });
    const waiting = wait({ gtid: `${sid}:11`, timeout_ms: 60_000 });
    await waitFor(() => fed.waiters.waiting === 1, { what: 'the request to wait' });
    fed.feed.decide(10, [replica('good', { gtidExecuted: executed(11) })]);
    const { status, body } = await waiting;
    expect(status).toBe(200);
    expect(body.replica).toBe('good');
    expect(body.waited_ms).toBeLessThan(30_000);
    expect(fed.waiters.waiting).toBe(0);
    expect(fed.feed.subscribers).toBe(1);
  });

  test('one that is not read does not count, unless it is asked for', async () => {
    const has = { gtidExecuted: executed(10) };
    fed.feed.decide(0, [good, replica('out', { reachable: false, ...has, gtidExecuted: executed(20) })]);
    expect((await wait({ gtid: `${sid}:20`, timeout_ms: 20 })).status).toBe(504);
    expect(await wait({ gtid: `${sid}:20`, replica: 'out' })).toMatchObject({ body: { replica: 'out' } });
  });

  test('nobody waits for a client that has gone away', async () => {
    fed.feed.decide(0, [good]);
    const gone = new AbortController();
    const waiting = fed.fetch('/v1/wait', {
      method: 'POST',
      body: JSON.stringify({ gtid: `${sid}:99`, timeout_ms: 60_000 }),
      headers: { 'content-type': 'application/json' },
      signal: gone.signal,
    });
    waiting.catch(() => undefined);
    await waitFor(() => fed.waiters.waiting === 1, { what: 'the request to wait' });
    gone.abort();
    // Long before its time would be over.
    await waitFor(() => fed.waiters.waiting === 0, { what: 'nobody to wait', timeoutMs: 30_000 });
  });

  test.each([
    [{}, 'Field gtid is missing.'],
    [{ gtid: '' }, 'Field gtid is missing.'],
    [{ gtid: 'x' }, '"x" is not a GTID set.'],
    [{ gtid: `${sid}:1`, timeout_ms: 1e9 }, 'Field timeout_ms is invalid.'],
    [{ gtid: `${sid}:1`, timeout_ms: '5' }, 'Field timeout_ms is invalid.'],
    [{ gtid: `${sid}:1`, timeout: 5 }, 'There is no field "timeout".'],
    [{ gtid: `${sid}:1`, replica: 5 }, 'Field replica must be a string.'],
    [[], 'The body is not a JSON object.'],
  ])('%j: %s', async (body, what) => {
    expect(await wait(body)).toMatchObject({ status: 400, body: { code: 'TR_REQUEST_INVALID', what } });
  });
});

describe('PUT /v1/replicas/{id}/admin', () => {
  const put = (body: unknown, token?: string, id = 'good') =>
    fed.json('PUT', `/v1/replicas/${id}/admin`, body, token);

  test('drains, for an hour unless told otherwise, and ends it', async () => {
    fed.feed.decide(0, [good]);
    const untilMs = fed.feed.now() + 3_600_000;
    expect(await put({ order: 'drain', note: 'new disk' }, 'letmein')).toMatchObject({
      status: 200,
      body: { id: 'good', order: 'drain', until_ms: untilMs, note: 'new disk' },
    });
    expect(fed.orders.get('good')).toEqual({ order: 'drain', untilMs, note: 'new disk' });
    expect((await put({ order: 'maint', for_seconds: 60 }, 'letmein')).body.until_ms).toBe(
      fed.feed.now() + 60_000,
    );
    expect((await put({ order: 'none' }, 'letmein')).body.until_ms).toBeNull();
    expect(fed.orders.get('good')).toBeNull();
  });

  test('only with the right token', async () => {
    fed.feed.decide(0, [good]);
    for (const token of [undefined, 'letmeinn', 'letmei', 'LETMEIN', 'x'.repeat(5_000)]) {
      const { status, body } = await put({ order: 'drain' }, token);
      expect(status).toBe(401);
      expect(body.code).toBe('TR_REQUEST_TOKEN');
      expect(JSON.stringify(body)).not.toContain('letmein');
    }
    expect(fed.orders.size).toBe(0);
  });

  test('nobody may where no token is configured', async () => {
    const open = await FedServer.start();
    open.feed.decide(0, [good]);
    expect((await open.json('PUT', '/v1/replicas/good/admin', { order: 'drain' }, 'null')).status).toBe(403);
    await open.close();
  });

  test.each([
    [{ order: 'stop' }, 'Field order is invalid.'],
    [{ order: 'drain', for_seconds: 0 }, 'Field for_seconds is invalid.'],
    [{ order: 'drain', for_seconds: 1e9 }, 'Field for_seconds is invalid.'],
    [{ order: 'drain', note: 'two\nlines' }, 'Field note is invalid.'],
    [{ order: 'drain', minutes: 5 }, 'There is no field "minutes".'],
  ])('%j: %s', async (body, what) => {
    fed.feed.decide(0, [good]);
    expect(await put(body, 'letmein')).toMatchObject({ status: 400, body: { what } });
  });

  test('of a replica that there is not', async () => {
    fed.feed.decide(0, [good]);
    expect((await put({ order: 'drain' }, 'letmein', 'nobody')).status).toBe(404);
  });
});

describe('health of the daemon itself', () => {
  test('alive always, ready while somebody decides', async () => {
    expect((await fed.ask('/livez')).status).toBe(200);
    expect((await fed.ask('/readyz')).status).toBe(503);
    fed.feed.decide(0, [good]);
    expect((await fed.ask('/readyz')).status).toBe(200);
    fed.feed.decider.nowMs += 11_000;
    expect(await fed.ask('/readyz')).toMatchObject({
      status: 503,
      body: { reason: 'the hints are 11 s old' },
    });
  });
});

describe('a token to read', () => {
  test('is asked for everywhere but at the health of the daemon', async () => {
    const guarded = await FedServer.start({ readToken: 'reader', adminToken: 'boss' });
    guarded.feed.decide(0, [good]);
    const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    for (const path of ['/v1/hints', '/v1/replicas/good/check']) {
      expect((await guarded.ask(path)).status).toBe(401);
      expect((await guarded.ask(path, as('wrong'))).status).toBe(401);
      expect((await guarded.ask(path, as('reader'))).status).toBe(200);
      expect((await guarded.ask(path, as('boss'))).status).toBe(200);
    }
    expect((await guarded.ask('/v1/hints/stream')).status).toBe(401);
    expect((await guarded.json('PUT', '/v1/replicas/good/admin', { order: 'none' }, 'reader')).status).toBe(
      401,
    );
    expect((await guarded.ask('/livez')).status).toBe(200);
    expect((await guarded.ask('/readyz')).status).toBe(200);
    await guarded.close();
  });
});

test('requests that have no parameters refuse them', async () => {
  fed.feed.decide(0, [good]);
  const put = await fed.json('PUT', '/v1/replicas/good/admin?order=drain', { order: 'none' }, 'letmein');
  expect(put).toMatchObject({ status: 400, body: { what: 'This request has no parameters.' } });
  expect((await fed.json('POST', '/v1/wait?timeout_ms=5', { gtid: `${sid}:1` })).status).toBe(400);
});

describe('where it listens', () => {
  test.each(['0.0.0.0', '::', '192.0.2.7', 'db.example.com', '127.evil.example.com'])(
    '%s needs a token or TLS',
    (host) => {
      expect(() => new FedServer({ host })).toThrow(/TR_LISTEN_OPEN/);
      expect(() => new FedServer({ host, readToken: 'x' })).not.toThrow();
    },
  );

  test('a port that is taken is told', async () => {
    const second = new FedServer({ port: fed.server.port });
    await expect(second.server.listen()).rejects.toThrow(/TR_LISTEN_FAILED/);
  });
});

describe('hostile input', () => {
  test.each([
    ['no HTTP at all', '\x00\x01\x02\x03\r\n\r\n', '400'],
    ['a header without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(40_000)}`, '431'],
    ['a path without a slash', 'GET check HTTP/1.1\r\nhost: x\r\n\r\n', '400'],
    ['the address of another server', 'GET http://example.com/livez HTTP/1.1\r\nhost: x\r\n\r\n', '404'],
    ['another method', 'DELETE /v1/hints HTTP/1.1\r\nhost: x\r\n\r\n', '405'],
    [
      'two lengths',
      'POST /v1/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx',
      '400',
    ],
  ])('%s', async (_title, bytes, status) => {
    fed.feed.decide(0, [good]);
    expect(await exchangeBytes(fed.server.port, bytes, 1_000)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await fed.ask('/livez')).status).toBe(200);
  });

  test('a body that is too large is not read', async () => {
    const answer = await fed.ask('/v1/wait', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(70_000),
    });
    expect(answer).toMatchObject({ status: 413, body: { what: 'The body has more than 65536 bytes.' } });
  });

  test('a body is not repeated in an error', async () => {
    const { status, body } = await fed.ask('/v1/wait', { method: 'POST', body: '{secret', headers: {} });
    expect(status).toBe(415);
    const headers = { 'content-type': 'application/json' };
    const broken = await fed.ask('/v1/wait', { method: 'POST', body: '{secret', headers });
    expect(broken).toMatchObject({ status: 400, body: { what: 'The body is not JSON.' } });
    expect(JSON.stringify([body, broken.body])).not.toContain('secret');
  });

  test('a client that sends too slowly is cut off', async () => {
    const slow = await FedServer.start({ requestMsMax: 300 });
    const startMs = performance.now();
    const answer = await exchangeBytes(
      slow.server.port,
      'POST /v1/wait HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nx',
      60_000,
    );
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - startMs).toBeLessThan(30_000);
    await slow.close();
  });

  test('more requests of a kind than are held are refused, and the place is free again afterwards', async () => {
    const small = await FedServer.start({ pollsMax: 1, waitsMax: 1 });
    const { epoch, version } = small.feed.decide(0, [good]);
    const poll = (ms = 2_000) =>
      small.ask(`/v1/hints?wait_ms=${ms}`, { headers: { 'if-none-match': `"${epoch}-${version}"` } });
    const wait = (ms = 2_000) => small.json('POST', '/v1/wait', { gtid: `${sid}:99`, timeout_ms: ms });
    const statuses = async (ask: () => Promise<{ status: number }>): Promise<number[]> =>
      (await Promise.all([ask(), ask()])).map(({ status }) => status).sort();
    expect(await statuses(poll)).toEqual([304, 503]);
    expect(await statuses(wait)).toEqual([503, 504]);
    expect((await poll(10)).status).toBe(304);
    expect((await wait(10)).status).toBe(504);
    await small.close();
  });

  test('a request that is cut off leaves nothing behind', async () => {
    fed.feed.decide(0, [good]);
    const cut = request(fed.url('/v1/wait'), { method: 'POST', headers: { 'content-length': '50' } });
    cut.on('error', () => undefined);
    cut.write('{"gtid"');
    await waitFor(() => cut.socket?.readyState === 'open', { what: 'a connection' });
    cut.destroy();
    expect((await fed.ask('/livez')).status).toBe(200);
  });
});
