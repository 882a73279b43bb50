import { describe, expect, test } from '@jest/globals';
import { EventType } from '../../../src/binlog/event-type.js';
import { rowSettingsOf, RowSettingsReader, suits } from '../../../src/binlog/row-settings.js';
import { readSessionContext } from '../../../src/binlog/session-context.js';
import { event, queryBody, u16, u32, u64 } from '../../support/binlog-events.js';

const flags = Buffer.concat([Buffer.from([0]), u32(0)]);
const mode = (bits: bigint): Buffer => Buffer.concat([Buffer.from([1]), u64(bits)]);
const catalog = Buffer.concat([Buffer.from([6, 3]), Buffer.from('std')]);
const steps = Buffer.concat([Buffer.from([3]), u16(1), u16(1)]);
const charset = Buffer.concat([Buffer.from([4]), u16(255), u16(255), u16(255)]);
const zone = (name: string): Buffer => Buffer.concat([Buffer.from([5, name.length]), Buffer.from(name)]);
const schemas = Buffer.concat([Buffer.from([12, 1]), Buffer.from('d\0')]);

const begin = (...status: Buffer[]): Buffer =>
  event(EventType.Query, queryBody('BEGIN', { status: Buffer.concat(status) }));

const padChar = 0x80000000n;
const truncate = 1n << 32n;

describe('the settings that rows were computed under', () => {
  test.each([
    ['none', begin(), { sqlMode: 0, timeZone: null }],
    [
      'all that a server writes',
      begin(flags, mode(padChar | 0x200000n), catalog, steps, charset, zone('Europe/Berlin'), schemas),
      { sqlMode: 0x80000000, timeZone: 'Europe/Berlin' },
    ],
    [
      'modes of both halves',
      begin(flags, mode(padChar | truncate | 0x40n)),
      { sqlMode: 0x180000040, timeZone: null },
    ],
    ['modes that change no value', begin(flags, mode(0x600024n), catalog), { sqlMode: 0, timeZone: null }],
    ['no time zone', begin(flags, mode(0n), catalog, charset, schemas), { sqlMode: 0, timeZone: null }],
  ])('%s', (_, bytes, expected) => {
    expect(new RowSettingsReader().read(bytes, 0)).toEqual(expected);
    const shifted = Buffer.concat([Buffer.alloc(7), bytes]);
    expect(new RowSettingsReader().read(shifted, 7)).toEqual(expected);
  });

  test('are the same from a context that was read whole', () => {
    const status = Buffer.concat([flags, mode(padChar | truncate | 0x200000n), catalog, zone('+01:00')]);
    expect(rowSettingsOf(readSessionContext(status))).toEqual(new RowSettingsReader().read(begin(status), 0));
    expect(rowSettingsOf(readSessionContext(Buffer.alloc(0)))).toEqual({ sqlMode: 0, timeZone: null });
  });

  test('are one object as long as they stay the same', () => {
    const reader = new RowSettingsReader();
    const first = reader.read(begin(flags, mode(padChar), zone('+01:00')), 0);
    expect(reader.read(begin(flags, mode(padChar), catalog, zone('+01:00')), 0)).toBe(first);
    expect(reader.read(begin(flags, mode(padChar), zone('+02:00')), 0)).not.toBe(first);
    expect(reader.read(begin(flags, mode(padChar)), 0)).toEqual({ sqlMode: 0x80000000, timeZone: null });
    // One that begins as another and goes on.
    expect(reader.read(begin(flags, mode(padChar), zone('+03:00')), 0).timeZone).toBe('+03:00');
    expect(reader.read(begin(flags, mode(padChar), schemas), 0).timeZone).toBe(null);
    expect(reader.read(begin(flags, mode(padChar), charset, zone('+04:00')), 0).timeZone).toBe('+04:00');
  });

  test('lengths that promise more than there is end the reading', () => {
    for (const status of [
      Buffer.from([5, 200, 65]),
      Buffer.from([6, 255]),
      Buffer.from([1, 0]),
      Buffer.from([0]),
    ]) {
      expect(() => new RowSettingsReader().read(begin(status), 0)).not.toThrow();
    }
  });

  test('suit each other when modes agree and the time zone does or was not used', () => {
    const berlin = { sqlMode: 0, timeZone: 'Europe/Berlin' };
    expect(suits(berlin, { sqlMode: 0, timeZone: null })).toBe(true);
    expect(suits(berlin, berlin)).toBe(true);
    expect(suits({ sqlMode: 0, timeZone: null }, berlin)).toBe(false);
    expect(suits(berlin, { sqlMode: 1, timeZone: null })).toBe(false);
  });
});
