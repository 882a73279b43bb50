import { describe, expect, test } from '@jest/globals';
import { GtidSet as ReferenceSet } from '@vlasky/zongji';
import { encodeGtidSet } from '../../../src/gtid/encode-gtid-set.js';
import { GtidSet } from '../../../src/gtid/gtid-set.js';
import { DumpCommand, packetsOf } from '../../../src/source/server/dump-command.js';

const sid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const other = 'bbbbbbbb-0000-0000-0000-000000000000';

/** `count` numbers with a gap behind each. */
function withGaps(count: number, offset = 1): string {
  return `${other}:${Array.from({ length: count }, (_, i) => offset + 3 * i).join(':')}`;
}

describe('encodeGtidSet', () => {
  test.each(['', `${sid}:1-5`, `${sid}:1-5:7,${other}:1:4:7-9`, `${sid}:1-3:tag:1:7-9,${other}:other_tag:4`])(
    '%p: as the driver of binary logs writes it',
    (text) => {
      const reference = ReferenceSet.parse(text) as unknown as { encode(): Buffer };
      expect(encodeGtidSet(GtidSet.parse(text)).toString('hex')).toBe(reference.encode().toString('hex'));
    },
  );

  test('100,000 gaps are read, joined, taken away and written in ten times the time of 10,000, not a hundred', () => {
    const work = (count: number): number => {
      const startedMs = performance.now();
      const set = GtidSet.parse(withGaps(count));
      const further = GtidSet.parse(withGaps(count, 2));
      const grown = set.clone();
      grown.addSet(further);
      expect(grown.subtract(further).equals(set)).toBe(true);
      expect(set.union(further).equals(grown)).toBe(true);
      expect(encodeGtidSet(grown).length).toBe(8 + 24 + count * 16);
      expect(grown.toString().length).toBeGreaterThan(count);
      return performance.now() - startedMs;
    };
    work(10_000);
    // Ten times the work; a machine that is busy elsewhere may take three times as long for it.
    expect(work(100_000)).toBeLessThan(Math.max(40 * work(10_000), 3_000));
  });
});

describe('DumpCommand', () => {
  test('goes out once, and has no end', () => {
    const sent: Buffer[] = [];
    const connection = { write: (bytes: Buffer) => void sent.push(bytes), _resetSequenceId: () => undefined };
    const command = new DumpCommand(7, GtidSet.parse(withGaps(3)));
    expect(command.execute(undefined, connection)).toBe(false);
    expect(command.execute({}, connection)).toBe(false);
    expect(sent.length).toBe(1);
    const payload = sent[0]!.subarray(4);
    expect(payload[0]).toBe(0x1e);
    expect(payload.readUInt32LE(3)).toBe(7);
    expect(payload.readUInt32LE(19)).toBe(payload.length - 23);
  });

  test.each([0xffffff - 1, 0xffffff, 0xffffff + 1, 2 * 0xffffff])(
    'a set of %d bytes goes in packets of which the last is shorter than the others can be',
    (length) => {
      const bytes = packetsOf(Buffer.alloc(length));
      const lengths: number[] = [];
      for (let at = 0; at < bytes.length; at += 4 + lengths.at(-1)!) {
        expect(bytes[at + 3]).toBe(lengths.length);
        lengths.push(bytes.readUIntLE(at, 3));
      }
      expect(lengths.reduce((sum, one) => sum + one, 0)).toBe(length);
      expect(lengths.map((one) => one === 0xffffff)).toEqual(lengths.map((_, i) => i < lengths.length - 1));
    },
  );
});
