import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TailraceError } from '../../src/errors/tailrace-error.js';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import { EventStreamParser } from '../../src/pool/event-stream-parser.js';
import { pickCandidate } from '../../src/pool/pick-candidate.js';
import { countIntervals, fitToken, widenTo } from '../../src/pool/session-gtids.js';
import { formatToken, parseToken, tokenLengthMax } from '../../src/pool/session-token.js';
import { SourceBudget } from '../../src/pool/source-budget.js';
import { TrackedSession } from '../../src/pool/tracked-session.js';

const sids = ['0', '7', 'f'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`);
const interval = fc
  .record({
    sid: fc.constantFrom(...sids),
    tag: fc.constantFrom('', '', 'audit'),
    first: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 2 ** 52 })),
    length: fc.integer({ min: 0, max: 500 }),
  })
  .map(({ length, ...one }) => ({ ...one, last: one.first + length }));
const gtidSet = (maxLength: number) =>
  fc.array(interval, { maxLength }).map((intervals) => {
    const set = new GtidSet();
    for (const one of intervals) set.addInterval(one);
    return set;
  });

/** The sources and tags of a set, each once. */
const namesIn = (set: GtidSet): string[] => [
  ...new Set([...set.intervals()].map(({ sid, tag }) => `${sid}:${tag}`)),
];

/** The same set with all between the first and the last transaction of each source and tag. */
function withoutGaps(set: GtidSet): GtidSet {
  const whole = set.clone();
  for (const { sid, tag, first } of set.intervals())
    for (const { sid: other, tag: otherTag, last } of set.intervals())
      if (sid === other && tag === otherTag && first <= last) whole.addInterval({ sid, tag, first, last });
  return whole;
}

describe('tokens', () => {
  test('come back as they went, in characters that cookies and headers carry', () => {
    fc.assert(
      fc.property(gtidSet(20), fc.integer({ min: 0, max: 2 ** 32 }), (gtids, seconds) => {
        const text = formatToken({ gtids, strongUntilMs: seconds * 1_000 });
        expect(text).toMatch(/^(t1\.[A-Za-z0-9_-]+)?$/);
        const read = parseToken(text);
        expect(read.gtids.toString()).toBe(gtids.toString());
        expect(read.strongUntilMs).toBe(seconds * 1_000);
      }),
    );
  });

  test('whatever is sent for one is read or refused with its code, and never shown [P26]', () => {
    const bytes = fc
      .uint8Array({ maxLength: 200 })
      .map((raw) => `t1.${Buffer.from(raw).toString('base64url')}`);
    const long = fc.integer({ min: 2_000, max: 1e6 }).map((length) => `t1.${'A'.repeat(length)}`);
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          long,
          fc.string(),
          fc.string().map((text) => `t1.${text}`),
        ),
        (text) => {
          try {
            parseToken(text);
            expect(text.length).toBeLessThanOrEqual(tokenLengthMax);
          } catch (error) {
            expect((error as TailraceError).code).toBe('TR_POOL_TOKEN');
            if (text.length > 12) expect((error as TailraceError).render()).not.toContain(text);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a session of any length has a token that fits, and asks for no less than was written [P23]', () => {
    fc.assert(
      fc.property(fc.array(gtidSet(200), { maxLength: 5 }), (sets) => {
        const session = new TrackedSession(new AsyncLocalStorage(), 1_000, '');
        for (const set of sets) session.add(set);
        expect(session.token.length).toBeLessThanOrEqual(tokenLengthMax);
        const read = parseToken(session.token).gtids;
        for (const set of sets) expect(read.contains(set)).toBe(true);
        for (const set of sets) expect(fitToken(set).contains(set)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('asking the source makes a set shorter, and holds nothing that the source lacks', () => {
    fc.assert(
      fc.property(gtidSet(20), gtidSet(20), fc.boolean(), (written, others, isGapless) => {
        // A source has all transactions from its first to its last, unless some were purged or came another way.
        const executed = isGapless ? withoutGaps(written) : written.union(others);
        const wider = widenTo(written, executed);
        expect(wider.contains(written)).toBe(true);
        expect(executed.contains(wider)).toBe(true);
        expect(namesIn(wider)).toEqual(namesIn(written));
        expect(countIntervals(wider)).toBeLessThanOrEqual(countIntervals(written));
        if (isGapless) expect(countIntervals(wider)).toBe(namesIn(written).length);
      }),
    );
  });

  test('no token makes reads strong for longer than the pool allows', () => {
    const forged = formatToken({ gtids: new GtidSet(), strongUntilMs: Date.now() + 1e12 });
    const session = new TrackedSession(new AsyncLocalStorage(), 60_000, forged);
    expect(session.need(Date.now()).isStrong).toBe(true);
    expect(session.need(Date.now() + 61_000).isStrong).toBe(false);
  });
});

test('picks keep to the weights while all are equally quick, and nobody is given more than twice the load of another', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 5 }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      (weights, seed) => {
        let state = seed;
        // A linear congruential generator: the same numbers for the same seed.
        const random = (): number => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          return state / 2 ** 32;
        };
        const nodes = weights.map((weight) => ({ weight, inFlight: 0 }));
        for (let at = 0; at < 2_000; at += 1) pickCandidate(nodes, random)!.inFlight += 1;
        const loads = nodes.map(({ weight, inFlight }) => inFlight / weight);
        expect(Math.max(...loads)).toBeLessThan(2 * Math.min(...loads) + 1);
      },
    ),
    { numRuns: 50 },
  );
});

test('the source is never given more than its share of the reads, its burst and its trickle [P25]', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 500 }),
      (shareMax, pauses) => {
        const budget = new SourceBudget({ shareMax, inFlightMax: 1_000 });
        let nowMs = 0;
        let given = 0;
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          budget.read(false);
          if (budget.refusal(nowMs) !== null) continue;
          budget.take();
          given += 1;
        }
        expect(given).toBeLessThanOrEqual(32 + shareMax * pauses.length + (nowMs / 1_000) * 8 + 1);
      },
    ),
  );
});

test('events are the same wherever the bytes are cut', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ':', ' ', 'data') });
  const written = fc.array(fc.record({ event: fc.constantFrom('hints', 'alive'), data: text }), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(written, fc.array(fc.nat(40)), fc.constantFrom('\n', '\r', '\r\n'), (events, cuts, end) => {
      const bytes = Buffer.from(
        events.map(({ event, data }) => `event: ${event}${end}data: ${data}${end}${end}`).join(''),
      );
      const parser = new EventStreamParser(100_000);
      const read = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        read.push(...parser.push(bytes.subarray(at, at + cut)));
        at += cut;
      }
      expect(read.map(({ event, data }) => ({ event, data }))).toEqual(events);
    }),
  );
});
