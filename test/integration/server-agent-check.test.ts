import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReplicaInputs } from '../../src/hints/hint-inputs.js';
import { agentCheckDefaults, AgentCheckServer } from '../../src/server/agent-check-server.js';
import { exchangeBytes, HandFeed } from '../support/fed-server.js';
import { behind, replica } from '../support/hint-inputs.js';

let feed: HandFeed;
let agent: AgentCheckServer;
beforeEach(async () => {
  feed = new HandFeed();
  agent = new AgentCheckServer(feed, agentCheckDefaults, feed.now);
  await agent.listen();
});
afterEach(() => agent.close());

const ask = (line: string): Promise<string> => exchangeBytes(agent.port, line, 60_000);
const ordered = (order: 'drain' | 'maint'): ReplicaInputs =>
  replica('r', { admin: { order, untilMs: 1e12, note: '' } });

describe('HAProxy agent check', () => {
  test.each([
    ['serving', replica('r'), 'up ready 100%\n'],
    ['half of its weight shed', replica('r', { weight: 300, threadsRunning: 80 }), 'up ready 55%\n'],
    ['degraded', behind('r', 10), 'up ready 25%\n'],
    ['far behind', behind('r', 40), 'ready down #40 s behind; comes back below 10 s\n'],
    ['unknown', behind('r', null), 'ready down #lag unknown: it was not told\n'],
    ['drained', ordered('drain'), 'drain\n'],
    ['in maintenance', ordered('maint'), 'maint\n'],
  ])('%s', async (_title, given, answer) => {
    feed.decide(0, [given, replica('other')]);
    expect(await ask('r\n')).toBe(answer);
    expect(await ask('r\r\nmore')).toBe(answer);
  });

  test('a weight is never told as 0 %, which would be a drain', async () => {
    const { decider } = feed;
    feed.decide(0, [replica('r', { reachable: false }), replica('other')]);
    for (let i = 0; i < 60; i += 1)
      feed.decide(100, [behind('r', 9, { threadsRunning: 500 }), replica('other')]);
    expect(decider.of('r').weight).toBeLessThan(0.5);
    expect(await ask('r\n')).toBe('up ready 1%\n');
  });

  test('says nothing where nothing can be said', async () => {
    expect(await ask('r\n')).toBe('');
    feed.decide(0, [replica('r')]);
    expect(await ask('nobody\n')).toBe('');
    feed.decider.nowMs += 11_000;
    expect(await ask('r\n')).toBe('');
  });

  test('a reason keeps to one printable line', async () => {
    feed.decide(0, [replica('r', { fault: `döwn\nup ready 100%${'!'.repeat(500)}` }), replica('other')]);
    const answer = await ask('r\n');
    expect(answer).toMatch(/^ready down #d\?wn\?up ready 100%!+\n$/);
    expect(answer.length).toBeLessThan(130);
  });

  test('a line without end, and a client that says nothing, are cut off', async () => {
    feed.decide(0, [replica('r')]);
    expect(await ask('r'.repeat(10_000))).toBe('');
    expect(await ask('r\n')).toBe('up ready 100%\n');
    const hasty = new AgentCheckServer(feed, { ...agentCheckDefaults, requestMsMax: 300 }, feed.now);
    await hasty.listen();
    const startMs = performance.now();
    expect(await exchangeBytes(hasty.port, 'r', 60_000)).toBe('');
    // By the server, long before the client would have given up.
    expect(performance.now() - startMs).toBeLessThan(30_000);
    await hasty.close();
  });

  test('other machines may ask only where that is said [P19]', () => {
    const settings = { ...agentCheckDefaults, host: '0.0.0.0' };
    expect(() => new AgentCheckServer(feed, settings, feed.now)).toThrow(/TR_LISTEN_OPEN/);
    expect(() => new AgentCheckServer(feed, { ...settings, isOpen: true }, feed.now)).not.toThrow();
  });
});
