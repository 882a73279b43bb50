import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32 } from '../../../src/binlog/crc32.js';
import { type DumpEnd, DumpReader } from '../../../src/source/server/dump-reader.js';
import type { EventSlab } from '../../../src/transaction/event-slab.js';
import { crc32 as zlibCrc32 } from '../../support/binlog-events.js';

const packetBytesMax = 0xffffff;

/** Packets of the client protocol around `payload`, as a server cuts it. */
function packets(payload: Buffer, sequence = 0): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at <= payload.length; at += packetBytesMax) {
    const part = payload.subarray(at, at + packetBytesMax);
    const header = Buffer.alloc(4);
    header.writeUIntLE(part.length, 0, 3);
    header[3] = (sequence + parts.length) & 0xff;
    parts.push(Buffer.concat([header, part]));
    if (part.length < packetBytesMax) break;
  }
  return Buffer.concat(parts);
}

const eventPacket = (event: Buffer): Buffer => packets(Buffer.concat([Buffer.from([0]), event]));

/** A reader that keeps copies of the events, and what they came in. */
function collect(): { reader: DumpReader; events: Buffer[]; slabs: (EventSlab | null)[]; ends: DumpEnd[] } {
  const events: Buffer[] = [];
  const slabs: (EventSlab | null)[] = [];
  const ends: DumpEnd[] = [];
  const reader = new DumpReader({
    event: (bytes, start, end, slab) => {
      events.push(Buffer.from(bytes.subarray(start, end)));
      slabs.push(slab);
    },
    end: (reason) => ends.push(reason),
  });
  return { reader, events, slabs, ends };
}

/** Feeds `bytes` in chunks that end at these places. */
function feed(reader: DumpReader, bytes: Buffer, cuts: readonly number[]): void {
  let at = 0;
  for (const cut of [
    ...cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ]) {
    reader.take(bytes.subarray(at, cut));
    at = cut;
  }
}

describe('DumpReader', () => {
  test('finds the same events however the network cuts them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (contents, cuts) => {
          const { reader, events } = collect();
          feed(reader, Buffer.concat(contents.map((bytes) => eventPacket(Buffer.from(bytes)))), cuts);
          expect(events).toEqual(contents.map((bytes) => Buffer.from(bytes)));
        },
      ),
    );
  });

  test.each([
    ['a little less than a packet', packetBytesMax - 2],
    ['exactly a packet with its marker', packetBytesMax - 1],
    ['a byte more than a packet', packetBytesMax],
    ['several packets', 2 * packetBytesMax + 17],
  ])('joins an event of %s', (_, length) => {
    const { reader, events } = collect();
    const event = Buffer.alloc(length, 'abcdefg');
    const bytes = Buffer.concat([eventPacket(event), eventPacket(Buffer.from('next'))]);
    for (let at = 0; at < bytes.length; at += 65_536) reader.take(bytes.subarray(at, at + 65_536));
    expect(events.map((found) => found.length)).toEqual([length, 4]);
    expect(events[0]?.equals(event)).toBe(true);
  });

  test('takes the memory of a slab away when its events are done, and not before', () => {
    const { reader, slabs } = collect();
    const event = Buffer.alloc(100_000, 'x');
    for (let i = 0; i < 10; i++) {
      reader.take(eventPacket(event));
      slabs.at(-1)?.hold();
    }
    const [first] = slabs;
    // The next ones lie in another slab.
    for (let i = 0; i < 10; i++) reader.take(eventPacket(event));
    const holders = slabs.filter((slab) => slab === first).length;
    expect(slabs.at(-1)).not.toBe(first);
    for (let i = 1; i < holders; i++) first?.release();
    expect(first?.bytes.length).toBeGreaterThan(0);
    first?.release();
    expect(first?.bytes.length).toBe(0);
  });

  test('gives what the server says when it ends the dump, and nothing afterwards', () => {
    const { reader, events, ends } = collect();
    const error = Buffer.concat([Buffer.from([0xff, 0xd4, 0x04]), Buffer.from('#HY000purged binary logs')]);
    reader.take(
      Buffer.concat([eventPacket(Buffer.from('event')), packets(error), eventPacket(Buffer.from('late'))]),
    );
    reader.take(eventPacket(Buffer.from('later')));
    expect(ends).toEqual([{ errno: 1236, message: 'purged binary logs' }]);
    expect(events.map(String)).toEqual(['event']);
  });

  test.each([
    ['an end-of-file packet', Buffer.from([0xfe, 0, 0, 0, 0])],
    ['an empty packet', Buffer.alloc(0)],
    ['an error packet without a number', Buffer.from([0xff])],
  ])('takes %s for the end', (_, packet) => {
    const { reader, events, ends } = collect();
    reader.take(packets(packet));
    expect(ends).toEqual([{ message: 'the source ended the dump (end of file)' }]);
    expect(events).toEqual([]);
  });
});

test('crc32 agrees with zlib for every length and place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(), fc.nat(), (content, from, to) => {
      const bytes = Buffer.from(content);
      const start = from % (bytes.length + 1);
      const end = start + (to % (bytes.length - start + 1));
      expect(crc32(bytes, start, end)).toBe(zlibCrc32(bytes.subarray(start, end)));
    }),
    { numRuns: 500 },
  );
});
