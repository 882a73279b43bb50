import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agentCheckDefaults, AgentCheckServer } from '../../src/server/agent-check-server.js';
import { exchangeBytes, FedServer } from '../support/fed-server.js';
import { replica } from '../support/hint-inputs.js';
import { waitFor } from '../support/wait-for.js';

const secret = 'a-token-that-nobody-is-told';
/** Printed, so that what was found can be found again. */
const seed = Date.now() % 1e9;
let fed: FedServer;
let agent: AgentCheckServer;

beforeAll(async () => {
  fed = await FedServer.start({ adminToken: secret, requestMsMax: 500, holdMsMax: 50 });
  agent = new AgentCheckServer(fed.feed, { ...agentCheckDefaults, requestMsMax: 200 }, fed.feed.now);
  await agent.listen();
  fed.feed.decide(0, [replica('r')]);
});
afterAll(async () => {
  await agent.close();
  await fed.close();
});

const text = fc.string({ unit: 'binary', maxLength: 200 });
const path = fc.oneof(
  fc.constantFrom('/', '/livez', '/v1/hints', '/v1/hints/stream', '/v1/wait', '/v1/replicas/r/check'),
  fc.constantFrom(
    '/v1/dashboard',
    '/v1/dashboard/stream',
    '/check/r',
    '/metrics',
    '/v1/replicas/r/check?table=a.b',
  ),
  fc.constantFrom(
    '/v1/replicas/r/admin',
    '/v1/replicas//check',
    '/v1/replicas/%00/check',
    '//',
    '/v1/../etc',
  ),
  text.map((piece) => `/v1/replicas/${encodeURIComponent(piece)}/check`),
  text.map((piece) => `/v1/hints?${encodeURIComponent(piece)}`),
);
const header = fc.oneof(
  text.map((value) => `authorization: Bearer ${value.replaceAll(/[^\x21-\x7e]/g, '')}`),
  fc.constantFrom('content-length: -1', 'content-length: 99999999999', 'transfer-encoding: chunked'),
  fc.constantFrom('connection: upgrade\r\nupgrade: websocket', 'expect: 100-continue', 'expect: nonsense'),
  text.map((value) => `x: ${value}`),
);
const method = fc.constantFrom(
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'get',
  '',
);
const request = fc
  .tuple(method, path, fc.array(header, { maxLength: 4 }), fc.oneof(text, fc.json()))
  .map(
    ([verb, url, headers, body]) =>
      `${verb} ${url} HTTP/1.1\r\nhost: x\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n${body}`,
  );
const bytes = fc.oneof(
  request,
  text,
  fc.uint8Array({ maxLength: 300 }).map((raw) => Buffer.from(raw)),
);

test('whatever is sent to the ports, they go on, and nothing secret comes back [P16]', async () => {
  process.stderr.write(`seed ${seed}\n`);
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 5, maxLength: 20 }), async (sent) => {
      const answers = await Promise.all(
        sent.flatMap((one) => [
          exchangeBytes(fed.server.port, one, 100),
          exchangeBytes(agent.port, one, 100),
        ]),
      );
      for (const answer of answers) {
        expect(answer).not.toContain(secret);
        expect(answer).not.toMatch(/^HTTP\/1.1 500/);
        expect(answer).not.toMatch(/\bat .*\.[jt]s:\d+/);
      }
      expect((await fed.ask('/livez')).status).toBe(200);
    }),
    { numRuns: 25, seed },
  );
  expect(fed.orders.size).toBe(0);
  // Streams end with their clients; it takes a moment until that is heard of.
  await waitFor(() => fed.server.listeners === 0, { what: 'the streams to end' });
  expect(fed.waiters.waiting).toBe(0);
});
