import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import { gtidReaderGreeting, gtidReaderLines } from '../../src/server/gtid-reader-lines.js';
import { GtidReaderLines } from '../support/gtid-reader-client.js';

const sids = ['3e11fa47-71ca-11e1-9e33-c80aa9429562', '00000000-0000-0000-0000-00000000000b'];

const growth = fc.array(
  fc.array(
    fc.record({
      sid: fc.constantFrom(...sids),
      tag: fc.constantFrom('', '', '', 'batch'),
      first: fc.integer({ min: 1, max: 400 }),
      length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 })),
    }),
    { maxLength: 4 },
  ),
  { maxLength: 12 },
);

function grown(set: GtidSet, step: readonly { sid: string; tag: string; first: number; length: number }[]) {
  const next = set.clone();
  for (const { sid, tag, first, length } of step)
    next.addInterval({ sid, tag, first, last: first + length - 1 });
  return next;
}

function withoutTags(set: GtidSet): GtidSet {
  const result = new GtidSet();
  for (const interval of set.intervals()) if (interval.tag === '') result.addInterval(interval);
  return result;
}

describe('lines of a GTID reader', () => {
  test('whenever a reader joins, and wherever its text is cut, it knows what is executed and no more [P27]', () => {
    fc.assert(
      fc.property(growth, fc.nat(12), fc.integer({ min: 1, max: 50 }), (steps, joins, cut) => {
        const reader = new GtidReaderLines();
        let executed = new GtidSet();
        let text = joins === 0 ? gtidReaderGreeting(executed) : '';
        steps.forEach((step, at) => {
          const next = grown(executed, step);
          if (at + 1 === joins) text += gtidReaderGreeting(next);
          else if (text !== '') text += gtidReaderLines(next.subtract(executed));
          executed = next;
        });
        for (let at = 0; at < text.length; at += cut) reader.take(text.slice(at, at + cut));
        expect(reader.executed.toString()).toBe(text === '' ? '' : withoutTags(executed).toString());
      }),
    );
  });

  test('the list that ProxySQL keeps does not grow with what is applied in order, however large the steps', () => {
    const [sid = ''] = sids;
    const reader = new GtidReaderLines();
    reader.take(gtidReaderGreeting(GtidSet.parse(`${sid}:1-10`)));
    let last = 10;
    for (const step of [1, 2, 5_000, 1, 9, 8, 300_000, 10]) {
      reader.take(gtidReaderLines(GtidSet.parse(`${sid}:${last + 1}-${last + step}`)));
      last += step;
    }
    expect([...reader.kept.values()]).toEqual([[[1, last]]]);
    expect(reader.lines).toBeLessThan(40);
  });
});
