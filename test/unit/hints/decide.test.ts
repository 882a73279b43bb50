import { describe, expect, test } from '@jest/globals';
import type { ReplicaInputs } from '../../../src/hints/hint-inputs.js';
import { isNewer } from '../../../src/hints/hints.js';
import { behind, Decider, inputs, replica } from '../../support/hint-inputs.js';

/** Another one that is well, so that no floor and no spill-over come into play. */
const good = replica('good');

describe('at the first look a replica is what its figures say', () => {
  const cases: readonly [title: string, given: ReplicaInputs, state: string, reason: RegExp][] = [
    ['level', replica('r'), 'serving', /^caught up$/],
    ['a little behind', behind('r', 1.5), 'serving', /^1.5 s behind$/],
    ['behind', behind('r', 6), 'degraded', /^6 s behind; serves again below 2 s$/],
    ['far behind', behind('r', 40), 'ejected', /^40 s behind; comes back below 10 s$/],
    ['unknown', behind('r', null), 'unknown', /^lag unknown: it was not told$/],
    [
      'unknown, with a bound that is good enough',
      behind('r', null, { lagAtMostMicros: 1_500_000 }),
      'serving',
      /^lag unknown/,
    ],
    [
      'unknown, with a bound that is not',
      behind('r', null, { lagAtMostMicros: 90e6 }),
      'ejected',
      /comes back below 10 s/,
    ],
    ['does not answer', replica('r', { reachable: false }), 'ejected', /^it does not answer$/],
    ['not tried yet, but its lag is known', replica('r', { reachable: null }), 'serving', /^caught up$/],
    ['diverged', replica('r', { fault: 'its data differs' }), 'ejected', /^its data differs$/],
    [
      'delayed on purpose',
      replica('r', { lagMicros: null, lagAtMostMicros: 3_601e6, delayMicros: 3_600e6 }),
      'serving',
      /./,
    ],
    [
      'being drained',
      replica('r', { admin: { order: 'drain', untilMs: 61_000, note: 'new disk' } }),
      'drain',
      /^it is being drained, for another 60 s: new disk$/,
    ],
    [
      'in maintenance, whatever else',
      replica('r', { reachable: false, admin: { order: 'maint', untilMs: 61_000, note: '' } }),
      'maint',
      /^it is in maintenance, for another 60 s$/,
    ],
  ];

  test.each(cases)('%s', (_title, given, state, reason) => {
    const decider = new Decider();
    decider.after(0, [given, good]);
    expect(decider.of('r').state).toBe(state);
    expect(decider.of('r').reason).toMatch(reason);
    expect(decider.of('r').weight > 0).toBe(state === 'serving' || state === 'degraded');
  });
});

describe('thresholds and holds', () => {
  test('worse is believed after a second, better after five, and in between nothing changes', () => {
    const decider = new Decider();
    decider.after(0, [behind('r', 0), good]);
    decider.during(900, [behind('r', 6), good]);
    expect(decider.of('r')).toMatchObject({ state: 'serving' });
    expect(decider.of('r').reason).toBe('6 s behind, more than 5 s; its state changes if this lasts 1 s');
    decider.during(300, [behind('r', 6), good]);
    expect(decider.of('r').state).toBe('degraded');
    decider.during(60_000, [behind('r', 3), good]);
    expect(decider.of('r').state).toBe('degraded');
    decider.during(4_900, [behind('r', 1), good]);
    expect(decider.of('r').state).toBe('degraded');
    expect(decider.of('r').reason).toMatch(/^1 s behind; its state changes in .* if this lasts$/);
    decider.during(300, [behind('r', 1), good]);
    expect(decider.of('r').state).toBe('serving');
  });

  test('one good look in between begins the hold again', () => {
    const decider = new Decider();
    decider.after(0, [behind('r', 0), good]);
    for (let i = 0; i < 50; i += 1) {
      decider.during(900, [behind('r', 40), good]);
      decider.after(100, [behind('r', 0), good]);
    }
    expect(decider.of('r').state).toBe('serving');
  });

  test('a lag that goes from bad to worse within the hold does not begin it again', () => {
    const decider = new Decider();
    decider.after(0, [behind('r', 0), good]);
    for (let i = 0; i < 6; i += 1) {
      decider.after(100, [behind('r', 10), good]);
      decider.after(100, [behind('r', 50), good]);
    }
    expect(['degraded', 'ejected']).toContain(decider.of('r').state);
  });

  test('a replica that does not answer is ejected at once', () => {
    const decider = new Decider();
    decider.after(0, [replica('r'), good]);
    decider.after(100, [replica('r', { reachable: false }), good]);
    expect(decider.of('r').state).toBe('ejected');
    expect(decider.decision.changes).toEqual([
      { id: 'r', from: 'serving', to: 'ejected', atMs: 1_100, reason: 'it does not answer' },
    ]);
  });

  test('an unknown lag is tolerated for three seconds, and not for longer', () => {
    const decider = new Decider();
    decider.after(0, [replica('r'), good]);
    decider.during(2_900, [behind('r', null), good]);
    expect(decider.of('r')).toMatchObject({ state: 'serving', lagMicros: null });
    decider.during(300, [behind('r', null), good]);
    expect(decider.of('r')).toMatchObject({ state: 'unknown', weight: 0, lagMicros: null });
  });
});

describe('coming back', () => {
  test('the weight grows from a tenth to all of it in half a minute', () => {
    const decider = new Decider();
    decider.after(0, [replica('r', { reachable: false }), good]);
    decider.during(5_200, [replica('r'), good]);
    expect(decider.of('r').state).toBe('serving');
    expect(decider.of('r').weight).toBeLessThan(12);
    expect(decider.of('r').reason).toMatch(/coming back with 1\d % of its weight/);
    decider.during(15_000, [replica('r'), good]);
    expect(decider.of('r').weight).toBeGreaterThan(50);
    expect(decider.of('r').weight).toBeLessThan(60);
    decider.during(15_000, [replica('r'), good]);
    expect(decider.of('r').weight).toBe(100);
  });

  test('a replica that is added later ramps, too; those of the first look do not', () => {
    const decider = new Decider();
    decider.after(0, [good]);
    expect(decider.of('good').weight).toBe(100);
    decider.after(100, [good, replica('new')]);
    expect(decider.of('new')).toMatchObject({ state: 'serving', weight: 10 });
    expect(decider.decision.changes).toMatchObject([{ id: 'new', from: null, to: 'serving' }]);
  });

  test('one that falls out again and again stays out longer, but not for ever', () => {
    const decider = new Decider();
    decider.after(0, [replica('r'), good]);
    let falls = 0;
    for (let i = 0; i < 20; i += 1) {
      decider.after(100, [replica('r', { reachable: false }), good]);
      if (decider.decision.changes.length > 0) falls += 1;
      decider.during(6_000, [replica('r'), good]);
    }
    expect(falls).toBeLessThan(6);
    expect(decider.of('r').state).toBe('ejected');
    expect(decider.of('r').reason).toMatch(
      /^caught up, but it was ejected too often and stays out for another/,
    );
    decider.during(300_000, [replica('r'), good]);
    expect(decider.of('r').state).toBe('serving');
  });

  test('an unknown lag in between does not make its falls forgotten', () => {
    const decider = new Decider({ betterHoldMs: 100 });
    decider.after(0, [replica('r'), good]);
    for (let falls = 0; falls < 4; falls += 1) {
      decider.after(100, [replica('r', { reachable: false }), good]);
      decider.during(300, [replica('r'), good]);
    }
    decider.during(300, [behind('r', null), good]);
    expect(decider.of('r').state).toBe('unknown');
    decider.during(5_000, [replica('r'), good]);
    expect(decider.of('r').state).toBe('unknown');
    expect(decider.of('r').reason).toMatch(/stays out for another/);
  });
});

describe('orders', () => {
  const until = (untilMs: number): ReplicaInputs =>
    replica('r', { admin: { order: 'drain', untilMs, note: '' } });

  test('a drain takes nothing new, ends at its time, and the replica ramps', () => {
    const decider = new Decider();
    decider.after(0, [replica('r'), good]);
    decider.after(100, [until(10_000), good]);
    expect(decider.of('r')).toMatchObject({ state: 'drain', weight: 0, share: 0 });
    decider.during(8_800, [until(10_000), good]);
    expect(decider.of('r').state).toBe('drain');
    decider.during(200, [until(10_000), good]);
    expect(decider.of('r')).toMatchObject({ state: 'serving' });
    expect(decider.of('r').weight).toBeLessThan(15);
  });

  test('the floor does not overrule them', () => {
    const decider = new Decider();
    decider.after(0, [until(99_000)]);
    expect(decider.of('r').state).toBe('drain');
    expect(decider.hints.source.readShare).toBe(1);
  });
});

describe('the floor', () => {
  test('when all lag, the least bad is kept as degraded, and says why', () => {
    const decider = new Decider();
    decider.after(0, [behind('a', 400), behind('b', 90), behind('c', null), behind('d', 200)]);
    expect(decider.states()).toEqual({ a: 'ejected', b: 'degraded', c: 'unknown', d: 'ejected' });
    expect(decider.of('b').reason).toBe(
      '90 s behind; comes back below 10 s; kept at reduced weight because no other replica can be read',
    );
    expect(decider.of('b').weight).toBeGreaterThan(0);
  });

  test('as many as are asked for, the unknown last, the unreachable and the faulty never', () => {
    const decider = new Decider({ floorReplicas: 3 });
    decider.after(0, [
      behind('a', 400),
      behind('b', null),
      replica('c', { reachable: false }),
      replica('d', { fault: 'its data differs' }),
    ]);
    expect(decider.states()).toEqual({ a: 'degraded', b: 'degraded', c: 'ejected', d: 'ejected' });
  });

  test('one that is ordered out does not take the place of another', () => {
    const decider = new Decider();
    const admin = { order: 'maint' as const, untilMs: 1e12, note: '' };
    decider.after(0, [behind('a', 60, { admin }), behind('b', 90)]);
    expect(decider.states()).toEqual({ a: 'maint', b: 'degraded' });
  });

  test('does not jump between two that are alike', () => {
    const decider = new Decider();
    let changes = 0;
    for (let i = 0; i < 600; i += 1) {
      const [a, b] = i % 2 === 0 ? [100, 101] : [101, 100];
      decider.after(100, [behind('a', a), behind('b', b)]);
      changes += decider.decision.changes.length;
    }
    // Two at the start; then at most one goes and one comes in ten seconds.
    expect(changes).toBeLessThanOrEqual(2 + 2 * 6);
  });

  test('one that answers only now and then is not kept every time it does', () => {
    const decider = new Decider();
    decider.after(0, [replica('a', { reachable: false })]);
    let changes = 0;
    for (let i = 0; i < 100; i += 1) {
      decider.after(100, [replica('a', { reachable: i % 2 === 0 })]);
      changes += decider.decision.changes.length;
    }
    expect(changes).toBe(0);
    decider.during(1_200, [behind('a', 90)]);
    expect(decider.of('a').state).toBe('degraded');
  });
});

describe('overload', () => {
  test.each([
    [{ threadsRunning: 32 }, 1],
    [{ threadsRunning: 80 }, 0.55],
    [{ threadsRunning: 500 }, 0.1],
    [{ connections: 146, connectionsMax: 151 }, 0.1],
    [{ threadsRunning: null, connections: null }, 1],
    [{ connections: 5, connectionsMax: 0 }, 1],
  ])('%j leaves %d of the weight', (load, share) => {
    const decider = new Decider();
    decider.after(0, [replica('r', load), good]);
    expect(decider.of('r').weight).toBeCloseTo(100 * share, 5);
    expect(decider.of('r').state).toBe('serving');
  });

  test('is shed at once and comes back slowly', () => {
    const decider = new Decider();
    decider.after(0, [replica('r'), good]);
    decider.after(100, [replica('r', { threadsRunning: 500 }), good]);
    expect(decider.of('r').weight).toBeCloseTo(10, 5);
    decider.after(1_000, [replica('r'), good]);
    expect(decider.of('r').weight).toBeCloseTo(20, 5);
    decider.during(9_000, [replica('r'), good]);
    expect(decider.of('r').weight).toBe(100);
  });
});

describe('the source', () => {
  test('takes nothing while the replicas carry the reads', () => {
    const decider = new Decider();
    decider.after(0, [replica('a'), replica('b', { reachable: false })]);
    expect(decider.hints.source).toMatchObject({ state: 'up', writes: 'yes', readShare: 0 });
  });

  test('takes what is missing, within its budget', () => {
    const decider = new Decider();
    const down = (id: string): ReplicaInputs => replica(id, { reachable: false });
    decider.after(0, [replica('a'), down('b'), down('c')]);
    expect(decider.hints.source.readShare).toBeCloseTo(0.2, 9);
    expect(decider.hints.source.reason).toBe(
      'the replicas have 33 % of their weight left: it takes 20 % of the reads',
    );
    expect(decider.of('a').share).toBeCloseTo(0.8, 9);
    expect(decider.hints.summary).toBe(
      '1 of 3 replicas serves, 2 are ejected; the source is up and takes up to 20 % of the reads',
    );
  });

  test('when it is down, reads go on from replicas however old their data gets, and writes are told to be out', () => {
    const decider = new Decider();
    decider.after(0, [replica('a'), replica('b')]);
    const down = { source: { id: 'source', reachable: false, writable: null } };
    for (let seconds = 1; seconds <= 600; seconds += 1) {
      const old = { lagMicros: null, lagAtMostMicros: seconds * 1e6 };
      decider.after(1_000, inputs([replica('a', old), replica('b', old)], down));
    }
    expect(decider.states()).toEqual({ a: 'serving', b: 'serving' });
    expect(decider.of('a')).toMatchObject({ lagMicros: null, lagAtMostMicros: 600e6 });
    expect(decider.of('a').reason).toBe('the source is down; the data is at most 10 min old');
    expect(decider.hints.source).toMatchObject({ state: 'down', writes: 'no', readShare: 0 });
    expect(decider.hints.summary).toBe('2 of 2 replicas serve; the source is down, no writes');
  });
});

describe('a source that is down when it is first looked', () => {
  test('leaves every replica readable that is not known to lack something', () => {
    const decider = new Decider();
    const source = { id: 'source', reachable: false, writable: null };
    decider.after(
      0,
      inputs([behind('blind', null), behind('lacking', 3_600), behind('near', 1), replica('level')], {
        source,
      }),
    );
    expect(decider.states()).toEqual({
      blind: 'degraded',
      lacking: 'ejected',
      near: 'serving',
      level: 'serving',
    });
    expect(decider.of('blind').reason).toBe('the source is down; the age of its data is unknown');
  });

  test('does not push out a replica that lacked a little when the stream was lost', () => {
    const decider = new Decider();
    decider.after(0, [behind('r', 0.1), good]);
    const source = { id: 'source', reachable: false, writable: null };
    for (let seconds = 1; seconds < 100; seconds += 1)
      decider.after(1_000, inputs([behind('r', seconds), good], { source }));
    expect(decider.of('r').state).toBe('serving');
    // When it is back, the age of the data counts again.
    decider.during(1_200, [behind('r', 100), good]);
    expect(decider.of('r').state).toBe('ejected');
  });
});

describe('epochs and versions', () => {
  test('inputs of an older source change nothing', () => {
    const decider = new Decider();
    decider.after(0, inputs([replica('a')], { epoch: 7 }));
    const before = decider.hints;
    decider.after(100, inputs([replica('a', { reachable: false })], { epoch: 6 }));
    expect(decider.hints).toBe(before);
    expect(decider.decision.changes).toEqual([]);
  });

  test('hints of an older source are refused, whatever their version', () => {
    const decider = new Decider();
    const first = decider.after(0, inputs([replica('a')], { epoch: 1 }));
    const second = decider.after(100, inputs([replica('a')], { epoch: 2 }));
    expect(isNewer(null, first)).toBe(true);
    expect(isNewer(first, second)).toBe(true);
    expect(isNewer(second, { ...first, version: second.version + 100 })).toBe(false);
    expect(isNewer(second, second)).toBe(false);
  });

  test('the version stays while nothing else is told, and grows with whatever is', () => {
    const decider = new Decider();
    const first = decider.after(0, [replica('a')]);
    const same = decider.after(100, [replica('a')]);
    expect(same).toMatchObject({ version: first.version, atMs: first.atMs + 100 });
    expect(decider.after(100, [behind('a', 0.1)]).version).toBeGreaterThan(first.version);
  });

  test('a clock that goes back stands still', () => {
    const decider = new Decider();
    const first = decider.after(5_000, [replica('a')]);
    expect(decider.after(-4_000, [behind('a', 1)])).toMatchObject({ atMs: first.atMs });
  });

  test('two replicas of one name are a defect', () => {
    expect(() => new Decider().after(0, [replica('a'), replica('a')])).toThrow(
      'Two replicas have the name a',
    );
  });
});
