import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Decision, decide } from '../../src/hints/decide.js';
import type { HintInputs, ReplicaInputs } from '../../src/hints/hint-inputs.js';
import { hintDefaults, type HintSettings } from '../../src/hints/hint-settings.js';
import { hintsToJson } from '../../src/hints/hints-json.js';
import { isRead } from '../../src/hints/hints.js';
import { route } from '../../src/hints/route.js';
import { inputs, replica } from '../support/hint-inputs.js';

const ids = ['a', 'b', 'c', 'd'] as const;
const lag = fc.option(
  fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000_000 }), fc.constantFrom(2e6, 5e6, 10e6, 30e6)),
);

const figures = fc.record({
  lagMicros: lag,
  lagAtMostMicros: lag,
  reachable: fc.constantFrom(true, true, true, false, null),
  fault: fc.constantFrom(null, null, null, null, 'its data differs'),
  threadsRunning: fc.option(fc.nat(300)),
  connections: fc.option(fc.nat(151)),
  order: fc.constantFrom(null, null, null, 'drain' as const, 'maint' as const),
  weight: fc.integer({ min: 1, max: 1_000 }),
  zone: fc.constantFrom(null, 'east', 'west'),
});

function replicaOf(
  id: string,
  given: typeof figures extends fc.Arbitrary<infer T> ? T : never,
): ReplicaInputs {
  const { order, ...rest } = given;
  return replica(id, {
    ...rest,
    lagReason: rest.lagMicros === null ? 'lag unknown: it was not told' : 'told',
    admin: order === null ? null : { order, untilMs: 1e15, note: '' },
  });
}

const look = fc.record({
  waitMs: fc.integer({ min: 0, max: 20_000 }),
  sourceUp: fc.constantFrom(true, true, false, null),
  replicas: fc.tuple(figures, figures, figures, figures),
});
const looks = fc.array(look, { minLength: 1, maxLength: 30 });
type Look = typeof look extends fc.Arbitrary<infer T> ? T : never;

function inputsOf(given: Look): HintInputs {
  const replicas = ids.map((id, at) => replicaOf(id, given.replicas[at]!));
  return inputs(replicas, { source: { id: 'source', reachable: given.sourceUp, writable: true } });
}

/** Decides look after look; `check` sees each decision with what it was made from. */
function play(
  list: readonly Look[],
  settings: HintSettings,
  check: (decision: Decision, given: HintInputs, nowMs: number, before: Decision | null) => void,
): Decision {
  let nowMs = 1_000;
  let decision: Decision | null = null;
  for (const one of list) {
    nowMs += one.waitMs;
    const given = inputsOf(one);
    const next: Decision = decide(decision, given, settings, nowMs);
    check(next, given, nowMs, decision);
    decision = next;
  }
  return decision!;
}

const isUsable = (given: ReplicaInputs): boolean =>
  given.reachable !== false && given.fault === null && given.admin === null;

describe('whatever the figures do', () => {
  test('as many replicas are read as the floor asks for, or as have been usable for long enough [P15]', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 0, max: 4 }), (list, floorReplicas) => {
        // Usable without a break since this time; those of the first look always were.
        const since = new Map<string, number>();
        play(list, { ...hintDefaults, floorReplicas }, ({ hints }, given, nowMs, before) => {
          for (const one of given.replicas) {
            if (one.reachable === false || one.fault !== null) since.set(one.id, Infinity);
            else if (before === null) since.set(one.id, 0);
            else if (since.get(one.id) === Infinity) since.set(one.id, nowMs);
          }
          const usable = given.replicas.filter(
            (one) => isUsable(one) && nowMs - since.get(one.id)! >= hintDefaults.answerHoldMs,
          );
          const read = hints.replicas.filter(({ state }) => isRead(state));
          expect(read.length).toBeGreaterThanOrEqual(Math.min(floorReplicas, usable.length));
        });
      }),
    );
  });

  test('drain and maintenance receive nothing, nor does what does not answer or is at fault', () => {
    fc.assert(
      fc.property(looks, (list) => {
        play(list, hintDefaults, ({ hints }, given, nowMs) => {
          const anything = { consistency: 'eventual' as const, maxLagMs: null, minGtid: null, zone: null };
          const { candidates } = route(hints, anything, hintDefaults, nowMs);
          for (const one of given.replicas.filter((input) => !isUsable(input))) {
            expect(hints.replicas.find(({ id }) => id === one.id)).toMatchObject({ weight: 0, share: 0 });
            expect(candidates.map(({ id }) => id)).not.toContain(one.id);
          }
        });
      }),
    );
  });

  test('unknown is never taken for zero, by nobody [P14]', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 0, max: 1_000 }), (list, maxLagMs) => {
        play(list, hintDefaults, ({ hints }, given, nowMs) => {
          const request = { consistency: 'eventual' as const, maxLagMs, minGtid: null, zone: null };
          const ids = route(hints, request, hintDefaults, nowMs).candidates.map(({ id }) => id);
          for (const one of given.replicas.filter(({ lagMicros }) => lagMicros === null)) {
            expect(hints.replicas.find(({ id }) => id === one.id)?.lagMicros).toBeNull();
            const bound = one.lagAtMostMicros;
            if (bound === null || bound > maxLagMs * 1_000) expect(ids).not.toContain(one.id);
          }
        });
      }),
    );
  });

  test('shares add up to one, and follow the weights', () => {
    fc.assert(
      fc.property(looks, (list) => {
        play(list, hintDefaults, ({ hints }) => {
          const { source, replicas } = hints;
          const read = replicas.filter(({ weight }) => weight > 0);
          for (const one of replicas) expect(one.weight > 0).toBe(isRead(one.state));
          const total = replicas.reduce((all, { share }) => all + share, 0);
          if (read.length > 0) expect(total + source.readShare).toBeCloseTo(1, 9);
          else expect(total).toBe(0);
          for (const one of read) {
            expect(one.share / read[0]!.share).toBeCloseTo(one.weight / read[0]!.weight, 6);
          }
          if (read.length > 0) expect(source.readShare).toBeLessThanOrEqual(hintDefaults.spillShareMax);
        });
      }),
    );
  });

  test('the same in whatever order the replicas come, and whenever it is asked again', () => {
    fc.assert(
      fc.property(looks, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (list, order) => {
        let other: Decision | null = null;
        play(list, hintDefaults, (decision, given, nowMs, before) => {
          const shuffled = { ...given, replicas: order.map((at) => given.replicas[at]!) };
          other = decide(other, shuffled, hintDefaults, nowMs);
          expect(other).toEqual(decision);
          expect(decide(before, given, hintDefaults, nowMs)).toEqual(decision);
          expect(hintsToJson(other.hints)).toEqual(hintsToJson(decision.hints));
        });
      }),
    );
  });

  test('every decision says why, and every change is told', () => {
    fc.assert(
      fc.property(looks, (list) => {
        play(list, hintDefaults, ({ hints, changes }, _given, _nowMs, before) => {
          for (const { id, state, reason } of hints.replicas) {
            expect(reason.length).toBeGreaterThan(0);
            const was = before?.hints.replicas.find((one) => one.id === id)?.state ?? null;
            expect(changes.some((change) => change.id === id)).toBe(was !== state);
          }
          expect(hints.version).toBeGreaterThanOrEqual(before?.hints.version ?? 0);
        });
      }),
    );
  });
});

describe('noise', () => {
  /** A minute of looks, ten a second, of one replica whose figures jump about; two others are well. */
  const noise = fc.array(
    fc.record({
      lagMicros: lag,
      reachable: fc.constantFrom(true, true, true, false),
    }),
    { minLength: 600, maxLength: 600 },
  );

  test('states change no more often than holds and damping let them [P15]', () => {
    fc.assert(
      fc.property(noise, (list) => {
        let decision: Decision | null = null;
        let changes = 0;
        list.forEach(({ lagMicros, reachable }, at) => {
          const noisy = replica('noisy', { lagMicros, lagAtMostMicros: lagMicros, reachable });
          decision = decide(decision, inputs([noisy, replica('x'), replica('y')]), hintDefaults, at * 100);
          changes += decision.changes.filter(({ id, from }) => id === 'noisy' && from !== null).length;
        });
        // A rise takes five seconds without a break: at most 12 of them. Of the three steps down that may lie between two of them
        // (degraded, unknown, ejected) each takes its own hold, but for the last.
        expect(changes).toBeLessThanOrEqual(12 * 4);
      }),
      { numRuns: 8 },
    );
  });

  test('a replica that falls again as soon as it is back stays out most of the time [P15]', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5_100, max: 20_000 }), (upMs) => {
        let decision: Decision | null = null;
        let falls = 0;
        const hourMs = 3_600_000;
        for (let nowMs = 0; nowMs < hourMs; nowMs += upMs + 200) {
          for (const [at, reachable] of [
            [nowMs, true],
            [nowMs + upMs - 1, true],
            [nowMs + upMs, false],
          ] as const) {
            decision = decide(
              decision,
              inputs([replica('flapping', { reachable }), replica('x'), replica('y')]),
              hintDefaults,
              at,
            );
            falls += decision.changes.filter(({ to }) => to === 'ejected').length;
          }
        }
        // At most three falls bring the penalty to 3 again, and it takes 95 seconds to come down from there to 1.
        expect(falls).toBeLessThanOrEqual(3 + (3 * hourMs) / 95_000);
      }),
      { numRuns: 10 },
    );
  });
});

test('a ramp only goes up', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 40 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 60_000 }),
      (waits, rampStartShare, rampMs) => {
        const settings = { ...hintDefaults, rampStartShare, rampMs };
        const given = (reachable: boolean): HintInputs => inputs([replica('r', { reachable }), replica('x')]);
        let nowMs = 0;
        let decision = decide(null, given(false), settings, nowMs);
        let before = 0;
        for (const wait of [...waits, 5_000, 60_000]) {
          nowMs += wait;
          decision = decide(decision, given(true), settings, nowMs);
          const { weight } = decision.hints.replicas[0]!;
          expect(weight).toBeGreaterThanOrEqual(before);
          before = weight;
        }
        expect(before).toBe(100);
      },
    ),
  );
});
