import { describe, expect, test } from '@jest/globals';
import { formatBytes, formatCount, formatDuration } from '../../../src/cli/format-quantity.js';
import { barLine, progressLine, shareDone, statusLine } from '../../../src/cli/progress-line.js';
import { RateMeter, secondsLeft } from '../../../src/cli/rate-meter.js';
import { sparkline } from '../../../src/cli/sparkline.js';
import type { LinkProgress } from '../../../src/link/link-progress.js';

const progress = (changes: Partial<LinkProgress> = {}): LinkProgress => ({
  state: 'catching-up',
  transactions: 0,
  rowsIn: 0,
  rowsOut: 0,
  epochs: 0,
  fallbacks: 0,
  conflicts: 0,
  leftOut: 0,
  barriers: 0,
  bytesApplied: 0,
  bytesBehind: null,
  bytesHeld: 0,
  appliedCommitMicros: null,
  position: null,
  firstAppliedMs: null,
  ...changes,
});

describe('quantities', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 KiB'],
    [1_536, '1.5 KiB'],
    [150 * 1024, '150 KiB'],
    [1.25 * 1024 ** 3, '1.3 GiB'],
    [5_000 * 1024 ** 4, '5000 TiB'],
  ])('%d bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [7_620, '2 h 07 min'],
    [273_600, '3 d 04 h'],
  ])('%d seconds', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  test('counts', () => expect(formatCount(1_234_567.4)).toBe('1,234,567'));
});

describe('RateMeter', () => {
  test('is zero before time has passed, and follows a change within its window', () => {
    const meter = new RateMeter(0);
    expect(meter.measure(0, progress({ transactions: 5 }))).toEqual({
      ...{ transactions: 0, rows: 0, bytes: 0 },
      settled: false,
    });
    let transactions = 0;
    let rate = 0;
    for (let atMs = 1_000; atMs <= 20_000; atMs += 1_000) {
      transactions += atMs <= 10_000 ? 100 : 10;
      rate = meter.measure(atMs, progress({ transactions })).transactions;
      if (atMs === 10_000) expect(rate).toBeCloseTo(100);
    }
    expect(rate).toBeCloseTo(10);
  });

  test('keeps its memory bounded and its window right when it is asked very often', () => {
    const meter = new RateMeter(0);
    let rate = 0;
    for (let atMs = 1; atMs <= 10_000; atMs += 1)
      rate = meter.measure(atMs, progress({ rowsIn: atMs * 3 })).rows;
    expect(rate).toBeCloseTo(3_000);
  });

  test('time left is unknown without an end or without movement', () => {
    const rates = { transactions: 1, rows: 1, bytes: 100, settled: true };
    expect(secondsLeft(progress(), rates)).toBeNull();
    expect(secondsLeft(progress({ bytesBehind: 500 }), rates)).toBe(5);
    expect(secondsLeft(progress({ bytesBehind: 500 }), { ...rates, bytes: 0 })).toBeNull();
    expect(secondsLeft(progress({ bytesBehind: 500 }), { ...rates, settled: false })).toBeNull();
    expect(secondsLeft(progress({ bytesBehind: 0 }), { ...rates, bytes: 0 })).toBe(0);
  });
});

describe('lines', () => {
  const rates = { transactions: 12_340, rows: 98_000, bytes: 1024 ** 2, settled: true };
  const half = progress({ bytesApplied: 34 * 1024 ** 2, bytesBehind: 34 * 1024 ** 2 });

  test('off a terminal', () => {
    expect(progressLine(half, rates)).toBe(
      'catching up  50 %  12,340 transactions/s  98,000 rows/s  34.0 MiB behind  34 s left',
    );
  });

  test('a link that has nothing in hand follows only once its end is known and reached', () => {
    const following = progress({ state: 'following', bytesApplied: 1 });
    expect(progressLine(following, rates)).toMatch(/^catching up /);
    expect(progressLine({ ...following, bytesBehind: 9 }, rates)).toMatch(/^catching up /);
    expect(progressLine({ ...following, bytesBehind: 0 }, rates)).toMatch(/^following /);
  });

  test('the unknown is never shown as zero', () => {
    expect(
      progressLine(progress({ state: 'starting' }), { transactions: 0, rows: 0, bytes: 0, settled: true }),
    ).toBe('starting  0 transactions/s  0 rows/s  bytes behind unknown  time left unknown');
    expect(shareDone(progress())).toBeNull();
  });

  test('on a terminal the bar has its width at both ends', () => {
    expect(barLine(half, rates, 10)).toContain(' █████░░░░░  50 %');
    expect(barLine(progress(), rates, 10)).toContain(' ░░░░░░░░░░   0 %');
    expect(barLine(progress({ bytesBehind: 0 }), rates, 10)).toContain(' ██████████ 100 %');
  });

  test('a hundred per cent is said only when nothing is behind', () => {
    expect(progressLine(progress({ bytesApplied: 1_000_000, bytesBehind: 1 }), rates)).toContain('  99 %');
  });

  test('the status of a replica', () => {
    const following = progress({
      state: 'following',
      bytesBehind: 0,
      position: { file: 'binlog.000003', offset: 197 },
    });
    expect(statusLine(following, { transactions: 120.4, rows: 0, bytes: 0, settled: true })).toBe(
      'following, 120 transactions/s, at binlog.000003:197, 0 B behind',
    );
  });
});

test('a sparkline shows the whole time, scaled to the highest', () => {
  expect(sparkline([], 5)).toBe('');
  expect(sparkline([0, 0], 5)).toBe('▁▁');
  expect(sparkline([0, 1, 50, 100], 4)).toBe('▁▂▅█');
  expect(sparkline([0, 9, 50, 9, 100], 3)).toBe('▁▅█');
});
