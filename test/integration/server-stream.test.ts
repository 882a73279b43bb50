import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import type { GtidKeyframe } from '../../src/hints/gtid-keyframe.js';
import { hintsFromJson, keyframeFromJson } from '../../src/hints/hints-json.js';
import { EventReader } from '../support/event-reader.js';
import { FedServer } from '../support/fed-server.js';
import { behind, executed, replica, sid } from '../support/hint-inputs.js';
import { waitFor } from '../support/wait-for.js';

let fed: FedServer;
const readers: EventReader[] = [];

beforeEach(async () => {
  // Much longer than a listener that takes what it is told needs for it.
  fed = await FedServer.start({ streamsMax: 3, stalledMsMax: 5_000 });
});
afterEach(async () => {
  readers.splice(0).forEach((reader) => reader.close());
  await fed.close();
});

async function listen(headers: Record<string, string> = {}, query = ''): Promise<EventReader> {
  const reader = await EventReader.open(fed.url(`/v1/hints/stream${query}`), headers);
  readers.push(reader);
  return reader;
}

describe('GET /v1/hints/stream', () => {
  test('gives what there is, then every newer version, and once a second how young it is', async () => {
    const first = fed.feed.decide(0, [replica('r')]);
    const reader = await listen();
    const told = await reader.next('hints');
    expect(told.id).toBe(`${first.epoch}-${first.version}`);
    expect(hintsFromJson(JSON.parse(told.data))).toEqual(first);
    const second = fed.feed.decide(100, [behind('r', 1)]);
    expect(hintsFromJson(JSON.parse((await reader.next('hints')).data))).toEqual(second);
    const third = fed.feed.decide(100, [behind('r', 1)]);
    // One that was said just before that decision may still be under way.
    let alive: { at_ms: number };
    do alive = JSON.parse((await reader.next('alive')).data) as { at_ms: number };
    while (alive.at_ms === second.atMs);
    expect(alive).toEqual({ version: second.version, at_ms: third.atMs });
    expect(reader.count('hints')).toBe(2);
  });

  test('a listener that comes before anything is decided waits for it', async () => {
    const reader = await listen();
    fed.feed.decide(0, [replica('r')]);
    expect(hintsFromJson(JSON.parse((await reader.next('hints')).data)).replicas).toHaveLength(1);
  });

  test('tells each change of state before the hints that it is part of', async () => {
    fed.feed.decide(0, [replica('r'), replica('x')]);
    const reader = await listen();
    await reader.next('hints');
    fed.feed.decide(100, [replica('r', { reachable: false }), replica('x')]);
    expect(JSON.parse((await reader.next('change')).data)).toEqual({
      id: 'r',
      from: 'serving',
      to: 'ejected',
      at_ms: 1_100,
      reason: 'it does not answer',
    });
    await reader.next('hints');
    expect(reader.kinds.filter((kind) => kind !== 'alive')).toEqual(['hints', 'change', 'hints']);
  });

  test('goes on where a listener was: with the changes that it missed, once', async () => {
    const { epoch, version } = fed.feed.decide(0, [replica('r'), replica('x')]);
    fed.feed.decide(100, [replica('r', { reachable: false }), replica('x')]);
    fed.feed.decide(100, [replica('r'), replica('x', { reachable: false })]);
    const reader = await listen({ 'last-event-id': `${epoch}-${version}` });
    const newest = await reader.next('hints');
    expect(reader.kinds.filter((kind) => kind !== 'alive')).toEqual(['change', 'change', 'hints']);

    const upToDate = await listen({}, `?last_event_id=${newest.id}`);
    await upToDate.next('alive');
    expect(upToDate.count('hints')).toBe(0);
    expect(upToDate.count('change')).toBe(0);
  });

  test('says when changes were missed that nobody remembers', async () => {
    fed.feed.decide(0, [replica('r')]);
    const reader = await listen({ 'last-event-id': '1-5' });
    await reader.next('hints');
    expect(reader.kinds.slice(0, 2)).toEqual(['gap', 'hints']);
  });

  test('an id that is none is like no id', async () => {
    fed.feed.decide(0, [replica('r')]);
    const reader = await listen({ 'last-event-id': 'nonsense' });
    await reader.next('hints');
    expect(reader.kinds[0]).toBe('hints');
  });

  test('no more listeners than are allowed; the place of one that leaves is free', async () => {
    fed.feed.decide(0, [replica('r')]);
    await Promise.all([listen(), listen(), listen()]);
    expect((await fed.ask('/v1/hints/stream')).status).toBe(503);
    readers.pop()?.close();
    await waitFor(() => fed.server.listeners === 2, { what: 'the place to be free' });
    await (await listen()).next('hints');
  });

  test('one that takes nothing is cut off, and holds nobody up', async () => {
    // About a MiB of hints: more than the kernel takes for a client that does not read.
    const many = (seconds: number) =>
      Array.from({ length: 900 }, (_, i) =>
        behind(`replica-${i}`, seconds, { gtidExecuted: executed(10), lagReason: 'x'.repeat(900) }),
      );
    fed.feed.decide(0, many(1));
    const stuck = connect(fed.server.port, '127.0.0.1');
    stuck.on('error', () => undefined);
    stuck.pause();
    stuck.write('GET /v1/hints/stream HTTP/1.1\r\nhost: x\r\n\r\n');
    const reader = await listen();
    for (let seconds = 2; seconds < 30; seconds += 1) {
      fed.feed.decide(100, many(seconds));
      await reader.next('hints');
    }
    await waitFor(() => fed.server.listeners === 1, { what: 'the one that takes nothing to be cut off' });
    stuck.destroy();
  });

  test('a version reaches its listeners within a few milliseconds', async () => {
    fed.feed.decide(0, [replica('r')]);
    const reader = await listen();
    await reader.next('hints');
    const took: number[] = [];
    // What a request takes here and now: milliseconds are more of them on a machine that is slow or busy.
    const asked: number[] = [];
    for (let i = 1; i <= 50; i += 1) {
      const startMs = performance.now();
      fed.feed.decide(20, [behind('r', i / 1_000)]);
      await reader.next('hints');
      const toldMs = performance.now();
      took.push(toldMs - startMs);
      await fed.ask('/livez');
      asked.push(performance.now() - toldMs);
    }
    const median = (ms: number[]): number => ms.sort((a, b) => a - b)[25]!;
    expect(median(took)).toBeLessThan(20 + 5 * median(asked));
  });
});

describe('GET /v1/hints/stream?gtids=added', () => {
  const withGaps = (last: number): GtidSet =>
    GtidSet.parse(
      `${sid}:${Array.from({ length: 5_000 }, (_, i) => 3 * i + 1).join(':')}:20000-${20_000 + last}`,
    );

  test('a set with thousands of gaps is told once, and then what was added', async () => {
    fed.feed.decide(0, [
      replica('r', { gtidExecuted: withGaps(0) }),
      replica('s', { gtidExecuted: executed(7) }),
    ]);
    const reader = await listen({}, '?gtids=added');
    const keyframe = keyframeFromJson(JSON.parse((await reader.next('gtids')).data));
    const told = [(await reader.next('hints')).data];
    for (let last = 1; last <= 50; last += 1) {
      const hints = fed.feed.decide(10, [
        replica('r', { gtidExecuted: withGaps(last) }),
        replica('s', { gtidExecuted: executed(7 + last) }),
      ]);
      const { data } = await reader.next('hints');
      expect(hintsFromJson(JSON.parse(data), keyframe)).toEqual(hints);
      told.push(data);
    }
    expect(reader.count('gtids')).toBe(1);
    expect(Math.max(...told.map(({ length }) => length))).toBeLessThan(2_500);
    // The same listener without it is told 25 KB each time.
    const whole = await listen();
    expect((await whole.next('hints')).data.length).toBeGreaterThan(20_000);
  });

  test('a set that went back, and a replica that is new, come with another keyframe', async () => {
    fed.feed.decide(0, [replica('r', { gtidExecuted: withGaps(9) })]);
    const reader = await listen({}, '?gtids=added');
    let keyframe: GtidKeyframe | null = null;
    let read = 0;
    const next = async (): Promise<unknown> => {
      for (; read < reader.count('gtids'); read += 1)
        keyframe = keyframeFromJson(JSON.parse((await reader.next('gtids')).data));
      return JSON.parse((await reader.next('hints')).data);
    };
    await waitFor(async () => Promise.resolve(reader.count('hints') > 0), { what: 'the first hints' });
    await next();
    const states = [
      [withGaps(3)],
      [withGaps(4), withGaps(1)],
      [executed(4), withGaps(2)],
      [null, withGaps(3)],
    ];
    for (const [number, sets] of states.entries()) {
      const replicas = sets.map((gtidExecuted, i) => replica(`r${i > 0 ? i : ''}`, { gtidExecuted }));
      const hints = fed.feed.decide(100, replicas);
      await waitFor(async () => Promise.resolve(reader.count('hints') > number + 1), { what: 'newer hints' });
      expect(hintsFromJson(await next(), keyframe)).toEqual(hints);
    }
  });

  test('hints that name a keyframe that never came are refused', async () => {
    fed.feed.decide(0, [replica('r', { gtidExecuted: withGaps(0) })]);
    const reader = await listen({}, '?gtids=added');
    const { data } = await reader.next('hints');
    expect(() => hintsFromJson(JSON.parse(data))).toThrow('valid hints');
  });
});
