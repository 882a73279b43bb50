import { describe, expect, test } from '@jest/globals';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import { GtidSet } from '../../../src/gtid/gtid-set.js';

const a = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const b = '2174b383-5441-11e8-b90a-c80aa9429562';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof TailraceError) return error.code;
    throw error;
  }
  return 'none';
}

describe('GtidSet text', () => {
  test('is printed with sources in order, intervals merged, tags behind the untagged', () => {
    const text = `${a.toUpperCase()}:Domain_1:3:1-2:11:47-49:domain_0:8 ,\n ${b}:7:1-5:6, ${a}:4`;
    expect(GtidSet.parse(text).toString()).toBe(`${b}:1-7,${a}:4:domain_0:8:domain_1:1-3:11:47-49`);
  });

  test('an empty text is the empty set', () => {
    for (const text of ['', '  ', ',', ' , \n']) expect(GtidSet.parse(text).isEmpty()).toBe(true);
    expect(new GtidSet().toString()).toBe('');
  });

  test.each([
    ['no uuid', 'now'],
    ['a short uuid', '3e11fa47-71ca-11e1-9e33:1'],
    ['no number', a],
    ['an empty interval', `${a}:`],
    ['zero', `${a}:0-4`],
    ['backwards', `${a}:5-1`],
    ['a tag without numbers', `${a}:1:tag`],
    ['two tags and one number', `${a}:tag:other:1`],
    ['a tag with a dash', `${a}:ta-g:1`],
    ['a tag of 33 characters', `${a}:${'t'.repeat(33)}:1`],
    ['a sign', `${a}:+1`],
    ['a star', `${a}:*`],
    ['twenty digits', `${a}:99999999999999999999`],
  ])('%s is refused with TR_GTID_SYNTAX', (_, text) => {
    expect(codeOf(() => GtidSet.parse(text))).toBe('TR_GTID_SYNTAX');
  });

  test('numbers that a double cannot hold are refused, not rounded', () => {
    expect(codeOf(() => GtidSet.parse(`${a}:9223372036854775806`))).toBe('TR_GTID_RANGE');
    expect(codeOf(() => GtidSet.parse(`${a}:1-${Number.MAX_SAFE_INTEGER}`))).toBe('TR_GTID_RANGE');
    expect(codeOf(() => new GtidSet().add(a, 2 ** 53))).toBe('TR_GTID_RANGE');
    const highest = Number.MAX_SAFE_INTEGER - 1;
    expect(GtidSet.parse(`${a}:${highest}`).toString()).toBe(`${a}:${highest}`);
  });

  test('a long wrong text does not fill the message', () => {
    expect(() => GtidSet.parse('x'.repeat(10_000))).toThrow(/^.{0,120}$/);
  });
});

describe('GtidSet operations', () => {
  test('add accepts any case and merges neighbours', () => {
    const set = new GtidSet();
    for (const gno of [1, 2, 4, 3, 9]) set.add(a, gno);
    set.add(a.toUpperCase(), 10, 'Tag');
    expect(set.toString()).toBe(`${a}:1-4:9:tag:10`);
    expect(set.has(a.toUpperCase(), 4)).toBe(true);
    expect(set.has(a, 10)).toBe(false);
    expect(set.has(a, 10, 'TAG')).toBe(true);
    expect(set.count()).toBe(6);
  });

  test('add refuses what is no transaction', () => {
    const set = new GtidSet();
    for (const gno of [0, -1, 1.5, Number.NaN]) expect(codeOf(() => set.add(a, gno))).toBe('TR_GTID_SYNTAX');
    expect(codeOf(() => set.add('not-a-uuid', 1))).toBe('TR_GTID_SYNTAX');
    expect(codeOf(() => set.add(a, 1, '1st'))).toBe('TR_GTID_SYNTAX');
    expect(set.isEmpty()).toBe(true);
  });

  test('tagged and untagged transactions of one source are different ones', () => {
    const tagged = GtidSet.parse(`${a}:tag:1-3`);
    const untagged = GtidSet.parse(`${a}:1-3`);
    expect(untagged.contains(tagged)).toBe(false);
    expect(tagged.intersect(untagged).isEmpty()).toBe(true);
    expect(tagged.union(untagged).toString()).toBe(`${a}:1-3:tag:1-3`);
  });

  test('results and clones share nothing with what they came from', () => {
    const set = GtidSet.parse(`${a}:1-5`);
    const results = [
      set.clone(),
      set.union(new GtidSet()),
      set.subtract(new GtidSet()),
      new GtidSet().union(set),
    ];
    for (const result of results) result.add(a, 6);
    expect(set.toString()).toBe(`${a}:1-5`);
  });

  test('addSet brings in all of the other', () => {
    const set = GtidSet.parse(`${a}:1-5`);
    set.addSet(GtidSet.parse(`${a}:4-9:t:1,${b}:3`));
    expect(set.toString()).toBe(`${b}:3,${a}:1-9:t:1`);
  });

  test('intervals come in print order', () => {
    expect([...GtidSet.parse(`${a}:t:4:1-2,${b}:9`).intervals()]).toEqual([
      { sid: b, tag: '', first: 9, last: 9 },
      { sid: a, tag: 't', first: 1, last: 2 },
      { sid: a, tag: 't', first: 4, last: 4 },
    ]);
  });

  test('a million transactions in order take less than ten seconds: 100,000 a second', () => {
    const set = GtidSet.parse(`${a}:1-5,${b}:1:3:5:7`);
    const start = performance.now();
    for (let gno = 10; gno < 1_000_010; gno += 1) set.add(a, gno);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(set.toString()).toBe(`${b}:1:3:5:7,${a}:1-5:10-1000009`);
  });
});
