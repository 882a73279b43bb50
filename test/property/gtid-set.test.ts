import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GtidSet } from '../../src/gtid/gtid-set.js';

const sids = ['00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b'] as const;
const gtid = fc.record({
  sid: fc.constantFrom(...sids),
  tag: fc.constantFrom('', 't', 'zone_1'),
  gno: fc.integer({ min: 1, max: 40 }),
});
type Gtid = { sid: string; tag: string; gno: number };
const gtids = fc.array(gtid, { maxLength: 80 });

/** The naive model: a plain set of texts, one a transaction. */
const modelOf = (list: readonly Gtid[]): Set<string> =>
  new Set(list.map(({ sid, tag, gno }) => `${sid}/${tag}/${gno}`));

function setOf(list: readonly Gtid[]): GtidSet {
  const set = new GtidSet();
  for (const { sid, tag, gno } of list) set.add(sid, gno, tag);
  return set;
}

function membersOf(set: GtidSet): Set<string> {
  const members = new Set<string>();
  for (const { sid, tag, first, last } of set.intervals()) {
    for (let gno = first; gno <= last; gno += 1) members.add(`${sid}/${tag}/${gno}`);
  }
  return members;
}

describe('GtidSet against a plain set', () => {
  test('adding in any order', () => {
    fc.assert(
      fc.property(gtids, (list) => {
        const set = setOf(list);
        const model = modelOf(list);
        expect(membersOf(set)).toEqual(model);
        expect(set.count()).toBe(model.size);
        expect(set.isEmpty()).toBe(model.size === 0);
        for (const { sid, tag, gno } of list) expect(set.has(sid, gno, tag)).toBe(true);
      }),
    );
  });

  test('intervals are disjoint, sorted and never adjacent, so that equal sets have equal texts', () => {
    fc.assert(
      fc.property(gtids, fc.func(fc.integer()), (list, order) => {
        const set = setOf(list);
        const shuffled = setOf([...list].sort((x, y) => order(x.gno) - order(y.gno)));
        expect(shuffled.toString()).toBe(set.toString());
        let previous = { sid: '', tag: '', last: 0 };
        for (const { sid, tag, first, last } of set.intervals()) {
          if (sid === previous.sid && tag === previous.tag) expect(first).toBeGreaterThan(previous.last + 1);
          previous = { sid, tag, last };
        }
      }),
    );
  });

  test('parse undoes toString', () => {
    fc.assert(
      fc.property(gtids, (list) => {
        const set = setOf(list);
        const parsed = GtidSet.parse(set.toString());
        expect(parsed.equals(set)).toBe(true);
        expect(parsed.toString()).toBe(set.toString());
      }),
    );
  });

  test('addInterval is adding one by one', () => {
    const interval = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 30 }), (intervals) => {
        const whole = new GtidSet();
        const single = new GtidSet();
        for (const [first, length] of intervals) {
          whole.addInterval({ sid: sids[0], tag: '', first, last: first + length });
          for (let gno = first; gno <= first + length; gno += 1) single.add(sids[0], gno);
        }
        expect(whole.toString()).toBe(single.toString());
      }),
    );
  });

  test('union, subtract, intersect, contains, equals, addSet', () => {
    fc.assert(
      fc.property(gtids, gtids, (left, right) => {
        const [a, b] = [setOf(left), setOf(right)];
        const [modelA, modelB] = [modelOf(left), modelOf(right)];
        expect(membersOf(a.union(b))).toEqual(new Set([...modelA, ...modelB]));
        expect(membersOf(a.subtract(b))).toEqual(new Set([...modelA].filter((x) => !modelB.has(x))));
        expect(membersOf(a.intersect(b))).toEqual(new Set([...modelA].filter((x) => modelB.has(x))));
        expect(a.contains(b)).toBe([...modelB].every((x) => modelA.has(x)));
        expect(a.equals(b)).toBe(modelA.size === modelB.size && a.contains(b));
        expect(membersOf(a)).toEqual(modelA);
        const sum = a.clone();
        sum.addSet(b);
        expect(sum.toString()).toBe(a.union(b).toString());
      }),
    );
  });
});
