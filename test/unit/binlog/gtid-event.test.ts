import { describe, expect, test } from '@jest/globals';
import { EventType } from '../../../src/binlog/event-type.js';
import { readGtidEvent } from '../../../src/binlog/gtid-event.js';
import { event, gtidBody, u64 } from '../../support/binlog-events.js';
import { assemble, fixtureEvents } from '../../support/binlog-fixture.js';

const corrupt = expect.objectContaining({ code: 'TR_STREAM_CORRUPT' });

describe('untagged', () => {
  test('number, logical clock and one commit time', () => {
    const read = readGtidEvent(event(EventType.Gtid, gtidBody(77, 5, 6, 1_795_319_154_532_778)));
    expect(read).toEqual({
      gtid: { sid: '00112233-4455-6677-8899-00aabbccddee', tag: '', gno: 77 },
      lastCommitted: 5,
      sequenceNumber: 6,
      originalCommitMicros: 1_795_319_154_532_778,
      immediateCommitMicros: 1_795_319_154_532_778,
    });
  });

  test('a second commit time, of the first source, follows when the top bit is set', () => {
    const body = gtidBody(1, 0, 1, 1_795_319_154_532_778);
    const both = Buffer.concat([body, u64(1_700_000_000_000_001).subarray(0, 7)]);
    both[body.length - 1] = (both[body.length - 1] ?? 0) | 0x80;
    expect(readGtidEvent(event(EventType.Gtid, both))).toMatchObject({
      immediateCommitMicros: 1_795_319_154_532_778,
      originalCommitMicros: 1_700_000_000_000_001,
    });
  });

  test('5.6 writes neither clock nor times, 5.7 no times [T9]', () => {
    const body = gtidBody(9, 3, 4);
    expect(readGtidEvent(event(EventType.Gtid, body.subarray(0, 25)))).toMatchObject({
      lastCommitted: 0,
      sequenceNumber: 0,
      originalCommitMicros: null,
    });
    expect(readGtidEvent(event(EventType.Gtid, body.subarray(0, 42)))).toMatchObject({
      lastCommitted: 3,
      sequenceNumber: 4,
      immediateCommitMicros: null,
    });
  });

  test('an anonymous one has no GTID', () => {
    expect(readGtidEvent(event(EventType.AnonymousGtid, gtidBody(0))).gtid).toBeNull();
  });

  test.each([0n, 2n ** 53n, 2n ** 63n])('number %i is refused', (gno) => {
    expect(() => readGtidEvent(event(EventType.Gtid, gtidBody(gno)))).toThrow(corrupt);
  });
});

describe('tagged', () => {
  const tagged = fixtureEvents('mysql-tagged-gtids').filter((own) => own[4] === EventType.GtidTagged);

  test('a real one', () => {
    const { transactions } = assemble(fixtureEvents('mysql-tagged-gtids'));
    const gtids = transactions.map(({ gtid }) => gtid);
    expect(gtids.slice(1).map((gtid) => [gtid?.tag, gtid?.tag === '' ? 0 : gtid?.gno])).toEqual([
      ['billing', 1],
      ['billing', 2],
      ['', 0],
    ]);
    expect(new Set(gtids.map((gtid) => gtid?.sid)).size).toBe(1);
    expect(transactions[2]).toMatchObject({ lastCommitted: 1, sequenceNumber: 3 });
    const micros = transactions.map(({ immediateCommitMicros }) => immediateCommitMicros ?? 0);
    expect(micros.every((at) => at > 1_700_000_000_000_000)).toBe(true);
    expect(transactions.map(({ originalCommitMicros }) => originalCommitMicros)).toEqual(micros);
  });

  test.each([
    ['another serialization', 0, 0x04],
    ['a size beyond the event', 1, 0xfe],
    ['a field that must be known', 2, 0xfe],
  ])('%s is refused', (_, at, value) => {
    const own = Buffer.from((tagged[0] ?? Buffer.alloc(0)).subarray(0, -4));
    own[19 + at] = value;
    expect(() => readGtidEvent(own)).toThrow(corrupt);
  });

  test('one without a server is refused', () => {
    // Version 1, four bytes in all, nothing required, field 2 (the number) is 1.
    expect(() => readGtidEvent(event(EventType.GtidTagged, Buffer.from([2, 10, 0, 4, 4])))).toThrow(corrupt);
  });
});
