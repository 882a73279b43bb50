import { describe, expect, test } from '@jest/globals';
import { LagMeter, lagMeterDefaults } from '../../../src/lag/lag-meter.js';

const second = 1_000_000;
/** The local clock starts near zero; the source's is this far ahead. */
const ahead = 1_700_000_000 * second;

/** A meter whose clock samples say that the source is `ahead`, give or take 100 µs. */
function meterAt(nowMicros: number, delayMicros = 0): LagMeter {
  const meter = new LagMeter(nowMicros, { ...lagMeterDefaults, delayMicros });
  meter.clockSample(nowMicros - 200, ahead + nowMicros - 100, nowMicros);
  return meter;
}

describe('unknown is never zero', () => {
  test('before anything was heard', () => {
    expect(meterAt(0).read(second)).toMatchObject({
      lagMicros: null,
      unknown: 'starting',
      atMostMicros: null,
    });
  });

  test('while the source only says that it lives, passing over what the replica has', () => {
    const meter = meterAt(0);
    meter.heard(second, false);
    expect(meter.read(second)).toMatchObject({ lagMicros: null, unknown: 'not-at-end' });
  });

  test('when the source falls silent; how old the data may be is told, and grows', () => {
    const meter = meterAt(0);
    meter.heard(second, true);
    expect(meter.lag(2 * second)).toMatchObject({ lagMicros: 0, basis: 'level' });
    const silent = meter.read(61 * second);
    expect(silent).toMatchObject({ lagMicros: null, unknown: 'source-silent', heardAgoMicros: 60 * second });
    expect(silent.atMostMicros).toBeGreaterThanOrEqual(60 * second);
    expect(silent.atMostMicros).toBeLessThan(60.1 * second);
    expect(silent.reason).toBe(
      'lag unknown: the source was not heard from for too long; the data is at most 60 s old',
    );
  });

  test('when the stream is lost with nothing waiting', () => {
    const meter = meterAt(0);
    meter.heard(second, true);
    meter.streamLost();
    expect(meter.lag(3 * second)).toMatchObject({ lagMicros: null, unknown: 'stream-lost' });
    expect(meter.lag(3 * second).atMostMicros).toBeGreaterThanOrEqual(2 * second);
    meter.heard(4 * second, false);
    expect(meter.lag(4 * second)).toMatchObject({ lagMicros: null, unknown: 'not-at-end' });
    meter.heard(5 * second, true);
    expect(meter.lag(5 * second)).toMatchObject({ lagMicros: 0 });
  });

  test('without a clock, or from a source that tells no commit times', () => {
    const clockless = new LagMeter(0);
    clockless.received(second, ahead, 100);
    expect(clockless.lag(second)).toMatchObject({ lagMicros: null, unknown: 'clock-unknown' });
    clockless.applied(second, 1, 100, ahead);
    expect(clockless.lag(second)).toMatchObject({ lagMicros: null, unknown: 'clock-unknown' });
    clockless.heard(2 * second, true);
    expect(clockless.lag(2 * second)).toMatchObject({ lagMicros: 0, basis: 'level' });

    const old = meterAt(0);
    old.received(second, null, 100);
    expect(old.lag(second)).toMatchObject({ lagMicros: null, unknown: 'no-commit-times' });
    old.applied(second, 1, 100, null);
    expect(old.lag(second)).toMatchObject({ lagMicros: null, unknown: 'no-commit-times' });
    old.heard(2 * second, true);
    expect(old.lag(2 * second)).toMatchObject({ lagMicros: 0, basis: 'level' });
  });
});

describe('lag', () => {
  test('is the age of the oldest transaction that waits, by the clock of the source', () => {
    const meter = meterAt(0);
    meter.received(second, ahead, 100);
    meter.received(second, ahead + 400_000, 100);
    expect(meter.lag(second).lagMicros).toBeCloseTo(second, -1);
    meter.applied(1_100_000, 1, 100, ahead);
    expect(meter.lag(1_100_000).lagMicros).toBeCloseTo(700_000, -1);
    expect(meter.read(1_100_000).reason).toBe('700 ms behind: 1 transaction waits');
    meter.applied(1_200_000, 1, 100, ahead + 400_000);
    expect(meter.lag(1_200_000)).toMatchObject({ basis: 'delivery' });
  });

  test('is never zero while something waits, even when the clocks say that it comes from the future', () => {
    const meter = meterAt(0);
    meter.received(second, ahead + 5 * second, 100);
    expect(meter.lag(second)).toMatchObject({ lagMicros: 1, basis: 'waiting' });
  });

  test('does not grow while the source is idle', () => {
    const meter = meterAt(0);
    meter.received(second, ahead + second - 2_000, 100);
    meter.applied(second + 3_000, 1, 100, ahead + second - 2_000);
    for (let at = second + 3_000; at < 2 * second; at += 100_000) expect(meter.lag(at).lagMicros).toBe(0);
    for (let beat = 2; beat < 4_000; beat += 1) {
      meter.heard(beat * second, true);
      expect(meter.lag(beat * second + 900_000)).toMatchObject({ lagMicros: 0, basis: 'level' });
    }
  });

  test('is what the stream is late when the queue is empty in the middle of catching up', () => {
    const meter = meterAt(3_600 * second);
    meter.received(3_600 * second, ahead, 100);
    meter.applied(3_600 * second, 1, 100, ahead);
    expect(meter.lag(3_601 * second)).toMatchObject({ basis: 'delivery' });
    expect(meter.lag(3_601 * second).lagMicros).toBeCloseTo(3_600 * second, -6);
  });

  test('stays known when the stream is lost while something waits, until that comes again', () => {
    const meter = meterAt(0);
    meter.received(second, ahead + second, 100);
    meter.streamLost();
    expect(meter.lag(11 * second).lagMicros).toBeCloseTo(10 * second, -1);
    expect(meter.read(11 * second)).toMatchObject({ transactionsWaiting: 0, bytesWaiting: 0 });
    meter.received(12 * second, ahead + second, 100);
    expect(meter.lag(12 * second).lagMicros).toBeCloseTo(11 * second, -1);
    meter.applied(12 * second, 1, 100, ahead + second);
    meter.heard(13 * second, true);
    expect(meter.lag(13 * second).lagMicros).toBe(0);
  });

  test('is told beyond the intended delay; the age of the data includes it', () => {
    const meter = meterAt(0, 60 * second);
    meter.received(second, ahead + second, 100);
    expect(meter.lag(31 * second)).toMatchObject({ lagMicros: 0, basis: 'waiting' });
    expect(meter.lag(31 * second).atMostMicros).toBeGreaterThan(29 * second);
    expect(meter.lag(71 * second).lagMicros).toBeCloseTo(10 * second, -1);
    expect(meter.read(71 * second).reason).toBe('10 s behind beyond the intended 60 s: 1 transaction waits');
  });
});

describe('how much is behind', () => {
  test('is measured now and then, counted on in between, and never less than what waits', () => {
    const meter = meterAt(0);
    meter.measured(second, 1_000, 500_000);
    for (let i = 0; i < 100; i += 1) meter.received(second, ahead, 500);
    expect(meter.read(second)).toMatchObject({ transactionsBehind: 1_000, bytesBehind: 500_000 });
    meter.applied(2 * second, 90, 45_000, ahead);
    expect(meter.read(2 * second)).toMatchObject({
      transactionsWaiting: 10,
      bytesWaiting: 5_000,
      transactionsBehind: 910,
      bytesBehind: 455_000,
    });
    expect(meter.read(30 * second)).toMatchObject({ transactionsBehind: null, bytesBehind: null });
    meter.measured(31 * second, 0, null);
    expect(meter.read(31 * second)).toMatchObject({ transactionsBehind: 10, bytesBehind: null });
  });

  test('rate, time to level and trend of a replica that catches up ten times as fast as the source wrote', () => {
    const meter = meterAt(0);
    const behindAt = (tenths: number): number => 1_000_000 - tenths * 900;
    for (let tenths = 0; tenths <= 100; tenths += 1) {
      const now = tenths * 100_000;
      if (tenths % 20 === 0) meter.measured(now, null, behindAt(tenths));
      const commit = ahead - 10_000 * second + 10 * now;
      meter.received(now, commit, 1_000);
      if (tenths > 0) meter.applied(now, 1, 1_000, commit);
    }
    const reading = meter.read(10 * second);
    expect(reading.bytesPerSecond).toBeGreaterThan(9_000);
    expect(reading.bytesPerSecond).toBeLessThan(11_000);
    // It applies 10,000 bytes a second while the source writes 1,000.
    expect(reading.secondsToLevel).toBeGreaterThan(90);
    expect(reading.secondsToLevel).toBeLessThan(112);
    expect(reading.trend).toBe('falling');
  });

  test('a replica that stands still gets worse, and no time to level is told', () => {
    const meter = meterAt(0);
    meter.received(0, ahead, 1_000);
    for (let beat = 0; beat < 20; beat += 1) meter.heard(beat * second, true);
    expect(meter.read(20 * second)).toMatchObject({ trend: 'rising', secondsToLevel: null });
  });

  test('a steady lag is steady', () => {
    const meter = meterAt(0);
    for (let tenths = 20; tenths < 200; tenths += 1) {
      const now = tenths * 100_000;
      meter.received(now, ahead + now - second, 100);
      if (tenths > 20) meter.applied(now, 1, 100, ahead + now - second);
    }
    expect(meter.read(19_900_000)).toMatchObject({ trend: 'steady' });
  });
});

describe('one table', () => {
  test('is fresh while only others wait', () => {
    const meter = meterAt(0);
    const at = 10 * second;
    meter.received(at, ahead + at - 1_000, 100);
    meter.touched('shop', 'orders');
    meter.received(at, ahead + at - 500, 100);
    meter.touched('shop', 'stock');
    meter.applied(at + second, 1, 100, ahead + at - 1_000);
    const now = at + 2 * second;
    expect(meter.tableLag(now, 'shop', 'orders')).toMatchObject({ lagMicros: 0, basis: 'level' });
    // Perhaps a view of the other.
    expect(meter.tableLag(now, 'shop', 'unheard_of')).toEqual(meter.lag(now));
    expect(meter.tableLag(now, 'shop', 'stock').lagMicros).toBeCloseTo(2_000_500, -1);
    expect(meter.tablesBehind()).toEqual([['shop', 'stock']]);
  });

  test('waits for what may change any table', () => {
    const meter = meterAt(0);
    const at = 10 * second;
    meter.received(at, ahead + at - 1_000, 100);
    meter.touched('shop', 'orders');
    meter.applied(at, 1, 100, ahead + at - 1_000);
    meter.received(at, ahead + at - 800, 100);
    meter.touchedAny();
    meter.received(at, ahead + at - 500, 100);
    meter.touched('shop', 'orders');
    expect(meter.tableLag(at + second, 'shop', 'orders').lagMicros).toBe(second + 800);
    meter.applied(at + second, 1, 100, ahead + at - 800);
    expect(meter.tableLag(at + second, 'shop', 'orders').lagMicros).toBe(second + 500);
  });

  test('is unknown like everything else once the source is silent', () => {
    const meter = meterAt(0);
    meter.received(second, ahead + second, 100);
    meter.touched('shop', 'stock');
    meter.applied(second, 1, 100, ahead + second);
    meter.received(second, ahead + second, 100);
    meter.touched('shop', 'orders');
    expect(meter.tableLag(30 * second, 'shop', 'stock')).toMatchObject({
      lagMicros: null,
      unknown: 'source-silent',
    });
  });

  test('that changes all the time is never told to be older than what waits', () => {
    const meter = meterAt(0);
    for (let tenths = 0; tenths < 600; tenths += 1) {
      const now = tenths * 100_000;
      meter.received(now, ahead + now, 100);
      meter.touched('shop', 'orders');
      if (tenths > 5) meter.applied(now, 1, 100, ahead + now - 500_000);
    }
    const now = 60 * second;
    expect(meter.tableLag(now, 'shop', 'orders').lagMicros).toBe(meter.lag(now).lagMicros);
    expect(meter.lag(now).lagMicros).toBeLessThan(second);
  });
});
