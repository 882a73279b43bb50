import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { agentCheckDefaults, AgentCheckServer } from '../../src/server/agent-check-server.js';
import { gtidReaderDefaults, GtidReaderServer } from '../../src/server/gtid-reader-server.js';
import { exchangeBytes, FedServer } from '../support/fed-server.js';
import { executed, replica } from '../support/hint-inputs.js';
import { waitFor } from '../support/wait-for.js';

const secret = 'a-token-that-nobody-is-told';
const connectionsMax = 100;
const attackers = 60;
const roundsMin = 3;
const growthBytesMax = 3 * 1_024 * 1_024;

let fed: FedServer;
let agent: AgentCheckServer;
let reader: GtidReaderServer;

const r = replica('r', { gtidExecuted: executed(5) });

beforeAll(async () => {
  const limits = { connectionsMax, requestMsMax: 300, holdMsMax: 200, stalledMsMax: 300 };
  fed = await FedServer.start({ readToken: secret, adminToken: `${secret}-2`, ...limits });
  fed.feed.decide(0, [r]);
  agent = new AgentCheckServer(
    fed.feed,
    { ...agentCheckDefaults, connectionsMax, requestMsMax: 300 },
    fed.feed.now,
  );
  reader = new GtidReaderServer(fed.feed, 'r', { ...gtidReaderDefaults, connectionsMax });
  await agent.listen();
  await reader.listen();
});
afterAll(async () => {
  await Promise.all([agent.close(), reader.close(), fed.close()]);
});

/** What comes back until the other side closes or the time is over. */
async function attack(port: number, act: (socket: Socket) => unknown, endMs = 250): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let told = '';
  socket.on('data', (data) => (told += data.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
  act(socket);
  await Promise.race([closed, sleep(endMs, undefined, { ref: false })]);
  socket.destroy();
  return told;
}

const authorized = `authorization: Bearer ${secret}\r\n`;
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;

/** Each is done by many at a time. */
const httpAttacks: readonly ((socket: Socket) => unknown)[] = [
  // Says nothing; half a request, and then nothing; half of one, and the end.
  () => undefined,
  (socket) => socket.write('GET /v1/hints HTTP/1.1\r\nho'),
  (socket) => socket.end('GET /v1/hints HTTP/1.1\r\nho'),
  // Headers that are too large, in one piece and in many.
  (socket) => socket.write(get('/v1/hints', `x: ${'y'.repeat(200_000)}\r\n`)),
  (socket) => socket.write(get('/v1/hints', 'x: y\r\n'.repeat(5_000))),
  // Many requests at once, with garbage behind them; and reset before the answers.
  (socket) => socket.write(`${get('/v1/replicas/r/check', authorized).repeat(300)}\0\0garbage\r\n\r\n`),
  (socket) => {
    socket.write(get('/v1/hints', authorized).repeat(300));
    socket.resetAndDestroy();
  },
  // Wrong tokens of all lengths.
  (socket) => socket.write(get('/v1/hints', 'authorization: Bearer wrong\r\n')),
  (socket) => socket.write(get('/v1/hints', `authorization: Bearer ${secret.slice(0, -1)}\r\n`)),
  (socket) => socket.write(get('/v1/hints', `authorization: Bearer ${'z'.repeat(10_000)}\r\n`)),
  // Bodies that are too large, that never end, and that are none.
  (socket) =>
    socket.write(`POST /v1/wait HTTP/1.1\r\nhost: x\r\n${authorized}content-length: 999999\r\n\r\n{`),
  (socket) =>
    socket.write(
      `POST /v1/wait HTTP/1.1\r\nhost: x\r\n${authorized}transfer-encoding: chunked\r\n\r\nffff\r\n`,
    ),
  // Listeners and waiters that go away, or that take nothing.
  (socket) => socket.write(get('/v1/hints/stream', authorized)),
  (socket) => {
    socket.pause();
    socket.write(get('/v1/hints/stream', authorized));
  },
  (socket) => socket.write(get('/v1/hints?wait_ms=200', `${authorized}if-none-match: "1-1"\r\n`)),
];
const lineAttacks: readonly ((socket: Socket) => unknown)[] = [
  () => undefined,
  (socket) => socket.write('r'),
  (socket) => socket.write(`${'r'.repeat(100_000)}\n`),
  (socket) => socket.write(Buffer.alloc(1_000, 0)),
  (socket) => {
    socket.write('r\n'.repeat(1_000));
    socket.resetAndDestroy();
  },
];

async function round(): Promise<void> {
  const told: Promise<string>[] = [];
  for (let at = 0; at < attackers; at += 1) {
    told.push(attack(fed.server.port, httpAttacks[at % httpAttacks.length]!));
    told.push(attack(agent.port, lineAttacks[at % lineAttacks.length]!));
    told.push(attack(reader.port, lineAttacks[at % lineAttacks.length]!));
  }
  // News come while they are at it.
  for (let at = 0; at < 5; at += 1) {
    await sleep(20);
    fed.feed.decide(10, [replica('r', { gtidExecuted: executed(5 + at), lagMicros: at })]);
  }
  for (const answer of await Promise.all(told)) {
    expect(answer).not.toContain(secret);
    expect(answer).not.toMatch(/HTTP\/1\.1 500|\bat .*\.[jt]s:\d+/);
  }
}

/** Everybody who attacked has been let go of. */
async function quiet(): Promise<void> {
  await waitFor(() => fed.server.listeners === 0 && fed.waiters.waiting === 0, {
    what: 'listeners to be let go of',
  });
  await waitFor(() => handles() <= handlesAtFirst, { what: `${handlesAtFirst} handles again` });
}

let handlesAtFirst = 0;
const handles = (): number => process.getActiveResourcesInfo().filter((kind) => /^TCP/.test(kind)).length;

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test('slow, greedy and broken clients take nothing for good: the same heap and handles after them [P16]', async () => {
  const authorization = { headers: { authorization: `Bearer ${secret}`, connection: 'close' } };
  handlesAtFirst = handles();
  // What is compiled and kept once is there after some rounds.
  for (let warm = 0; warm < roundsMin; warm += 1) await round();
  await quiet();
  const before = heapBytes();
  for (let again = 0; again < roundsMin; again += 1) await round();
  await quiet();
  expect(heapBytes() - before).toBeLessThan(growthBytesMax);
  expect((await fed.ask('/v1/replicas/r/check', authorization)).status).toBe(200);
  expect(await exchangeBytes(agent.port, 'r\n')).toMatch(/^up ready/);
  const isGreeted = async (): Promise<boolean> => /^ST=/.test(await exchangeBytes(reader.port, '', 200));
  await waitFor(isGreeted, { what: 'the greeting of a GTID reader' });
});

test('who neither reads nor closes loses its connection', async () => {
  const socket = connect({ port: fed.server.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.pause();
  socket.write('GET /v1/hints HTTP/1.1\r\nho');
  // The other side has let go of it when what is sent is refused.
  const timer = setInterval(() => socket.write('x'), 50);
  await waitFor(() => socket.destroyed, { what: 'the connection to be ended' });
  clearInterval(timer);
});

test('a body that is said to be too large is refused at once, also to who asks before it sends', async () => {
  const head = `POST /v1/wait HTTP/1.1\r\nhost: x\r\n${authorized}content-length: 999999999\r\n`;
  for (const more of ['', 'expect: 100-continue\r\n']) {
    const told = await attack(fed.server.port, (socket) => socket.write(`${head}${more}\r\n`), 200_000);
    expect(told).toMatch(/^HTTP\/1\.1 413 /);
  }
  const small = `POST /v1/wait HTTP/1.1\r\nhost: x\r\n${authorized}expect: 100-continue\r\ncontent-length: 2\r\n\r\n`;
  expect(await attack(fed.server.port, (socket) => socket.write(small), 1_000)).toMatch(/^HTTP\/1\.1 100 /);
});

test('who takes all connections keeps others out only as long as it may [P16]', async () => {
  const greedy = Array.from({ length: 3 * connectionsMax }, () =>
    // They do not go before they are sent away.
    attack(fed.server.port, () => undefined, 200_000),
  );
  const headers = { authorization: `Bearer ${secret}`, connection: 'close' };
  const isServed = async (): Promise<boolean> => {
    const answer = await fed
      .ask('/v1/hints', { headers, signal: AbortSignal.timeout(2_000) })
      .catch(() => null);
    return answer?.status === 200;
  };
  await waitFor(isServed, { what: 'a place among the connections' });
  await Promise.all(greedy);
});
