import { describe, expect, test } from '@jest/globals';
import type { ReplicaInputs } from '../../../src/hints/hint-inputs.js';
import { hintDefaults } from '../../../src/hints/hint-settings.js';
import { hintsFromJson, hintsToJson } from '../../../src/hints/hints-json.js';
import { route, type Route, type RouteRequest } from '../../../src/hints/route.js';
import { behind, Decider, executed, inputs, replica } from '../../support/hint-inputs.js';

const anything: RouteRequest = { consistency: 'eventual', maxLagMs: null, minGtid: null, zone: null };

function routed(
  replicas: readonly ReplicaInputs[],
  request: Partial<RouteRequest> = {},
  more: { readonly ageMs?: number; readonly sourceUp?: boolean } = {},
): Route {
  const source = { id: 'source', reachable: more.sourceUp ?? true, writable: true };
  const hints = new Decider().after(0, inputs(replicas, { source }));
  const settings = { ...hintDefaults, zoneDistances: { a: { b: 1, c: 5 } } };
  return route(hints, { ...anything, ...request }, settings, hints.atMs + (more.ageMs ?? 0));
}

/** `id@tier` of each candidate, in order. */
const places = ({ candidates }: Route): string[] => candidates.map(({ id, tier }) => `${id}@${tier}`);
const refusals = ({ refused }: Route): Record<string, string> =>
  Object.fromEntries(refused.map(({ id, reason }) => [id, reason]));

describe('state', () => {
  test('those that serve come first, then the degraded, then the source', () => {
    expect(places(routed([behind('slow', 10), replica('x'), replica('y', { weight: 300 })]))).toEqual([
      'y@0',
      'x@0',
      'slow@1',
      'source@2',
    ]);
  });

  test('those out say why', () => {
    const admin = { order: 'drain' as const, untilMs: 61_000, note: '' };
    const route = routed([
      replica('x'),
      replica('gone', { reachable: false }),
      replica('drained', { admin }),
    ]);
    expect(places(route)).toEqual(['x@0', 'source@1']);
    expect(refusals(route)).toEqual({
      drained: 'drain: it is being drained, for another 60 s',
      gone: 'ejected: it does not answer',
    });
  });

  test('the source is the last resort while replicas carry the reads, and shares their tier when it has to', () => {
    const only = routed([replica('x')]).candidates.at(-1);
    expect(only).toMatchObject({ id: 'source', isLastResort: true });
    const down = (id: string): ReplicaInputs => replica(id, { reachable: false });
    const shared = routed([replica('x'), down('y'), down('z')]);
    expect(places(shared)).toEqual(['x@0', 'source@0']);
    // A fifth of the reads: a quarter of what the replica gets.
    expect(shared.candidates[1]!.weight).toBeCloseTo(25, 9);
    expect(shared.candidates[1]!.isLastResort).toBe(false);
  });

  test('strong consistency is the source, or nobody', () => {
    expect(places(routed([replica('x')], { consistency: 'strong' }))).toEqual(['source@0']);
    const down = routed([replica('x')], { consistency: 'strong' }, { sourceUp: false });
    expect(down.candidates).toEqual([]);
    expect(Object.keys(refusals(down))).toEqual(['x', 'source']);
  });
});

describe('lag that is asked for', () => {
  test('adds the age of the hints and the intended delay', () => {
    const near = behind('near', 1);
    expect(places(routed([near], { maxLagMs: 1_500 }))).toEqual(['near@0', 'source@1']);
    expect(refusals(routed([near], { maxLagMs: 1_500 }, { ageMs: 501 }))).toEqual({
      near: 'its data may be 1.5 s old, more than the requested 1.5 s',
    });
    const delayed = behind('delayed', 0, { delayMicros: 3_600e6 });
    expect(places(routed([delayed], { maxLagMs: 1_500 }))).toEqual(['source@0']);
  });

  test('an unknown lag counts by its bound, and without one as too much', () => {
    const bounded = behind('bounded', null, { lagAtMostMicros: 1e6 });
    const unbounded = behind('unbounded', null);
    expect(places(routed([bounded], { maxLagMs: 1_000 }))).toEqual(['bounded@0', 'source@1']);
    expect(places(routed([bounded], { maxLagMs: 999 }))).toEqual(['source@0']);
    expect(refusals(routed([unbounded], { maxLagMs: 3_600_000 }))).toEqual({
      unbounded: 'the age of its data is unknown',
    });
    // It is read all the same by those who do not ask: the floor keeps it.
    expect(places(routed([unbounded])).slice(0, 1)).toEqual(['unbounded@0']);
  });
});

describe('reading what was written', () => {
  const request = { consistency: 'session' as const, minGtid: executed(10) };
  const has = (id: string, last: number, given: Partial<ReplicaInputs> = {}): ReplicaInputs =>
    replica(id, { gtidExecuted: executed(last), ...given });

  test('replicas that have it, then those to wait at, then the source', () => {
    const route = routed([has('late', 9), has('early', 10), replica('blind')], request);
    expect(places(route)).toEqual(['early@0', 'late@1', 'source@2']);
    expect(route.candidates[1]).toMatchObject({
      mustWait: true,
      reason: 'it does not have the requested transactions yet',
    });
    expect(refusals(route)).toEqual({ blind: 'its executed transactions are unknown' });
  });

  test('a far zone that has it is better than a near one that has not', () => {
    const route = routed([has('near', 9, { zone: 'a' }), has('far', 10, { zone: 'c' })], {
      ...request,
      zone: 'a',
    });
    expect(places(route)).toEqual(['far@0', 'near@1', 'source@2']);
  });

  test('nothing asked for is had by all', () => {
    const empty = executed(1).subtract(executed(1));
    expect(places(routed([replica('blind')], { ...request, minGtid: empty }))).toEqual([
      'blind@0',
      'source@1',
    ]);
  });
});

describe('zones', () => {
  const zoned = (id: string, zone: string | null, given: Partial<ReplicaInputs> = {}): ReplicaInputs =>
    replica(id, { zone, ...given });
  const down = { reachable: false };

  test('nearest first, by the distances given from either end; nowhere in particular is farthest', () => {
    const all = [zoned('a1', 'a'), zoned('b1', 'b'), zoned('c1', 'c'), zoned('n1', null)];
    expect(places(routed(all, { zone: 'a' }))).toEqual(['a1@0', 'b1@1', 'c1@2', 'n1@3', 'source@4']);
    expect(places(routed(all, { zone: 'c' })).slice(0, 3)).toEqual(['c1@0', 'b1@1', 'a1@2']);
    expect(places(routed(all)).slice(0, 4)).toEqual(['a1@0', 'b1@0', 'c1@0', 'n1@0']);
  });

  test('a zone that has lost too much is joined with the next', () => {
    const all = [
      zoned('a1', 'a'),
      zoned('a2', 'a', down),
      zoned('a3', 'a', down),
      zoned('b1', 'b'),
      zoned('b2', 'b'),
      zoned('c1', 'c'),
    ];
    expect(places(routed(all, { zone: 'a' })).slice(0, 4)).toEqual(['a1@0', 'b1@0', 'b2@0', 'c1@1']);
  });
});

describe('on the wire', () => {
  test('hints come back as they were', () => {
    const hints = new Decider().after(0, [
      replica('x', { gtidExecuted: executed(10), zone: 'a' }),
      behind('y', null),
    ]);
    const back = hintsFromJson(JSON.parse(JSON.stringify(hintsToJson(hints))));
    expect(hintsToJson(back)).toEqual(hintsToJson(hints));
    expect(back.replicas[0]?.gtidExecuted?.equals(executed(10))).toBe(true);
    expect(back.replicas[1]).toMatchObject({ lagMicros: null, state: 'unknown' });
  });

  const wire = hintsToJson(new Decider().after(0, [replica('x')]));
  const [one] = wire.replicas;
  test.each([
    ['nothing', null],
    ['a list', []],
    ['no source', { ...wire, source: undefined }],
    ['a state that there is not', { ...wire, replicas: [{ ...one, state: 'fine' }] }],
    ['a lag below zero', { ...wire, replicas: [{ ...one, lag_micros: -1 }] }],
    ['a lag that is no number', { ...wire, replicas: [{ ...one, lag_micros: '0' }] }],
    ['a lag that is missing', { ...wire, replicas: [{ ...one, lag_micros: undefined }] }],
    ['an epoch that is inherited', Object.create(wire) as unknown],
    ['too many', { ...wire, replicas: Array.from({ length: 1_001 }, () => one) }],
  ])('refused: %s', (_title, value) => {
    expect(() => hintsFromJson(value)).toThrow(/TR_HINTS_INVALID/);
  });
});
