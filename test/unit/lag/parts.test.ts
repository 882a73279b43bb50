import { describe, expect, test } from '@jest/globals';
import { ClockEstimate } from '../../../src/lag/clock-estimate.js';
import { durationWords } from '../../../src/lag/duration-words.js';
import { completeUpToMicros, parseHeartbeatTime } from '../../../src/lag/heartbeat-row.js';
import { RateWindow } from '../../../src/lag/rate-window.js';
import { TableLags } from '../../../src/lag/table-lags.js';
import { WaitingCommits } from '../../../src/lag/waiting-commits.js';

const second = 1_000_000;

describe('the clock of the source', () => {
  test('is unknown before the first answer and after ten minutes without one', () => {
    const clock = new ClockEstimate();
    expect(clock.read(0)).toBeNull();
    clock.add(0, 5_000, 1_000);
    expect(clock.read(1_000)).toEqual({ offsetMicros: 4_500, uncertaintyMicros: 500 });
    expect(clock.read(599 * second)).not.toBeNull();
    expect(clock.read(700 * second)).toBeNull();
  });

  test('the fastest answer of the window counts, and its doubt grows with age', () => {
    const clock = new ClockEstimate();
    clock.add(0, 1_000_100, 200);
    clock.add(second, 2_080_000, second + 100_000);
    expect(clock.read(second + 100_000)?.offsetMicros).toBe(1_000_000);
    expect(clock.read(second + 100_000)?.uncertaintyMicros).toBeCloseTo(210, 0);
    // Old enough, the slower but newer answer is the better one.
    clock.add(590 * second, 591 * second + 20_000, 590 * second + 40_000);
    expect(clock.read(590 * second + 40_000)?.uncertaintyMicros).toBe(20_000);
  });

  test('a clock that was set is believed at once', () => {
    const clock = new ClockEstimate();
    clock.add(0, 1_000, 100);
    clock.add(second, second + 60 * second, second + 100_000);
    expect(clock.read(second + 100_000)).toEqual({
      offsetMicros: 60 * second - 50_000,
      uncertaintyMicros: 50_000,
    });
  });

  test('an answer from before its question, or that is no number, is refused', () => {
    const clock = new ClockEstimate();
    expect(clock.add(10, 0, 5)).toBe(false);
    expect(clock.add(0, NaN, 5)).toBe(false);
    expect(clock.read(10)).toBeNull();
  });
});

describe('commits that wait', () => {
  test('a full ring joins neighbours, and never tells too young an age', () => {
    const waiting = new WaitingCommits(8);
    for (let commit = 1; commit <= 1_000; commit += 1) waiting.push(commit, commit - 7);
    expect(waiting.count).toBe(1_000);
    for (let applied = 1; applied < 1_000; applied += 1) {
      waiting.shift(1);
      expect(waiting.oldestCommitMicros).toBeLessThanOrEqual(applied + 1);
      expect(waiting.oldestOriginalMicros).toBe(waiting.oldestCommitMicros - 7);
    }
    waiting.shift(5);
    expect(waiting.count).toBe(0);
    expect(waiting.oldestCommitMicros).toBeNaN();
    expect(waiting.oldestOriginalMicros).toBeNaN();
  });

  test('is exact while the ring is not full, round and round', () => {
    const waiting = new WaitingCommits(4);
    for (let commit = 1; commit <= 100; commit += 1) {
      waiting.push(commit, commit - 7);
      if (commit <= 2) continue;
      waiting.shift(1);
      expect(waiting.oldestCommitMicros).toBe(commit - 1);
    }
  });
});

describe('rates', () => {
  test('of the last ten seconds, and nothing of before', () => {
    const rate = new RateWindow(0);
    expect(rate.perSecond(100_000)).toBeNull();
    for (let at = 0; at < 20 * second; at += 100_000) rate.add(at, at < 10 * second ? 1 : 100);
    expect(rate.perSecond(20 * second)).toBeCloseTo(1_000, -1);
    expect(rate.perSecond(25 * second)).toBeGreaterThan(400);
    expect(rate.perSecond(25 * second)).toBeLessThan(600);
    expect(rate.perSecond(60 * second)).toBe(0);
    rate.add(600 * second, 10);
    expect(rate.perSecond(600 * second)).toBeCloseTo(1, 0);
  });
});

describe('tables', () => {
  test('beyond the limit are counted as one, and slots of tables with nothing waiting are used again', () => {
    const tables = new TableLags(2);
    tables.touched('a', 't1', 1, 100, 0);
    tables.touched('a', 't2', 2, 200, 0);
    tables.touched('b', 't3', 3, 300, 0);
    expect(tables.tracked).toBe(2);
    expect(tables.waits('b', 't3', 0)).toBe(true);
    expect(tables.waits('b', 'never_seen', 0)).toBe(true);
    expect(tables.waits('b', 't3', 3)).toBe(false);
    tables.touched('b', 't3', 4, 400, 3);
    expect(tables.tracked).toBe(2);
    expect([...tables.waiting(3)]).toEqual([['b', 't3']]);
    expect(tables.firstCommitMicros('b', 't3', 3)).toBe(400);
    expect(tables.waits('a', 't1', 3)).toBe(false);
  });

  test('one that gets a slot of its own is as old as what waits for it among the others', () => {
    const tables = new TableLags(1);
    tables.touched('a', 't1', 1, 100, 0);
    tables.touched('a', 't2', 2, 200, 0);
    tables.touched('a', 't2', 3, 300, 1);
    expect(tables.firstCommitMicros('a', 't2', 1)).toBe(200);
  });
});

describe('pt-heartbeat', () => {
  test('times are read to the microsecond, whatever they are written with', () => {
    const at = Date.UTC(2026, 10, 22, 6, 15, 9) * 1_000 + 1_230;
    expect(parseHeartbeatTime('2026-11-22T06:15:09.001230')).toBe(at);
    expect(parseHeartbeatTime('2026-11-22 08:15:09.00123', 120)).toBe(at);
    expect(parseHeartbeatTime('2026-11-22T06:15:09')).toBe(at - 1_230);
  });

  test.each(['', 'now', '2026-02-31T00:00:00', '2026-11-22T24:00:00', '2026-11-22T06:61:00', '2026-11-22'])(
    'not a time: "%s"',
    (text) => expect(parseHeartbeatTime(text)).toBeNull(),
  );

  test('a replica has everything up to now less the age that its data can have; unknown is not told', () => {
    const clock = { offsetMicros: 5 * second, uncertaintyMicros: 0 };
    const at = (atMostMicros: number | null, known = true): number | null =>
      completeUpToMicros({ atMostMicros, clock: known ? clock : null }, 100 * second);
    expect(at(0)).toBe(105 * second);
    expect(at(30 * second)).toBe(75 * second);
    expect(at(null)).toBeNull();
    expect(at(0, false)).toBeNull();
  });
});

test.each([
  [0, '0 µs'],
  [840, '840 µs'],
  [1_240, '1.2 ms'],
  [34_000_000, '34 s'],
  [34_560_000, '34.6 s'],
  [720_000_000, '12 min'],
  [12_240_000_000, '3.4 h'],
  [864_000_000_000, '10 d'],
])('%d microseconds in words', (micros, words) => expect(durationWords(micros)).toBe(words));
