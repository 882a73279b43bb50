import { describe, expect, test } from '@jest/globals';
import { behind, Decider, replica } from '../../support/hint-inputs.js';

/** Another one that is well, so that no floor and no spill-over come into play. */
const good = replica('good');

describe('a replica of the first decision whose lag is told later', () => {
  test('has not been away: it is taken at once, with all of its weight, and the source is not asked to help [P15]', () => {
    const decider = new Decider();
    const [unknownA, unknownB] = [behind('a', null), behind('b', null)];
    decider.after(0, [unknownA, unknownB]);
    // The floor keeps one of them already.
    expect(decider.states()).toEqual({ a: 'degraded', b: 'unknown' });
    decider.during(2_000, [unknownA, unknownB]);
    // The other one is told first: the floor lets the one go that it kept.
    decider.after(100, [unknownA, behind('b', 0)]);
    expect(decider.of('b')).toMatchObject({ state: 'serving', weight: 100, sinceMs: decider.nowMs });
    expect(decider.decision.changes).toMatchObject([
      { id: 'a', from: 'degraded', to: 'unknown' },
      { id: 'b', from: 'unknown', to: 'serving' },
    ]);
    decider.after(100, [behind('a', 0), behind('b', 0)]);
    expect(decider.of('a')).toMatchObject({ state: 'serving', weight: 100 });
    expect(decider.hints.source.readShare).toBe(0);
  });

  test('is ejected when it is far behind, and comes back as any other', () => {
    const decider = new Decider();
    decider.after(0, [behind('r', null), good]);
    decider.after(100, [behind('r', 40), good]);
    expect(decider.of('r').state).toBe('ejected');
    decider.during(5_200, [behind('r', 0), good]);
    expect(decider.of('r').state).toBe('serving');
    expect(decider.of('r').weight).toBeLessThan(12);
  });

  test('comes back as any other when that took half a minute', () => {
    const decider = new Decider();
    decider.after(0, [behind('r', null), good]);
    decider.during(30_000, [behind('r', null), good]);
    decider.after(100, [behind('r', 0), good]);
    expect(decider.of('r').state).toBe('unknown');
    decider.during(5_200, [behind('r', 0), good]);
    expect(decider.of('r').weight).toBeLessThan(12);
  });

  test('keeps the order that it was given at the start', () => {
    const decider = new Decider();
    const admin = { order: 'drain', untilMs: 61_000, note: '' } as const;
    decider.after(0, [behind('r', null, { admin }), good]);
    const { sinceMs } = decider.of('r');
    decider.after(100, [behind('r', 0, { admin }), good]);
    expect(decider.of('r')).toMatchObject({ state: 'drain', sinceMs });
    decider.after(100, [behind('r', 0), good]);
    expect(decider.of('r')).toMatchObject({ state: 'serving', weight: 10 });
  });
});
