import { describe, expect, test } from '@jest/globals';
import type {
  BenchResults,
  LinkFigures,
  RoundResult,
  WorkloadResult,
} from '../../../../tools/bench/bench-results.js';
import { markGoals } from '../../../../tools/bench/goals.js';
import { PlannedProgress } from '../../../../tools/bench/planned-progress.js';
import { LogScale, resultsChart } from '../../../../tools/bench/results-chart.js';
import { resultsPage, terminalText } from '../../../../tools/bench/results-text.js';
import { median, percentile } from '../../../../tools/bench/statistics.js';
import { textTable } from '../../../../tools/bench/text-table.js';
import { contenderOrder, summarise } from '../../../../tools/bench/workload-summary.js';

const link: LinkFigures = {
  startToFirstAppliedMs: 400,
  peakRssMib: 120,
  cpuSeconds: 1.5,
  rowsIn: 4_000,
  rowsOut: 900,
  epochs: 3,
  fallbacks: 0,
};

const round = (native: number, tuned: number, tailrace: number): RoundResult => ({
  seconds: { native, tuned, tailrace },
  link,
});

const mixed: WorkloadResult = {
  name: 'mixed',
  title: 'mixed <OLTP> & more',
  generator: 'tailrace',
  transactions: 60_000,
  binlogBytes: 2 ** 20,
  goal: { overDefaults: 8, overTuned: 4 },
  rounds: [round(30, 12, 3), round(20, 12, 4), round(28, 14, 2)],
};

const results: BenchResults = {
  environment: {
    tailrace: '0.1.0',
    mysql: '9.7.4',
    node: '20.20.2',
    system: 'Linux',
    cpu: 'some processor',
    cores: 2,
    memoryMib: 24_000,
    date: '2026-01-02T03:04:05.000Z',
    command: 'npm run bench',
    scale: 1,
    seed: 1,
  },
  workloads: [mixed],
  partitions: [
    { partition: 'auto', lanes: 1, transactions: 10, seconds: 4, fallbacks: 0 },
    { partition: 'auto', lanes: 4, transactions: 10, seconds: 2, fallbacks: 1 },
  ],
  memory: [
    { transactions: 1, binlogBytes: 2 ** 20, peakRssMib: 150, seconds: 1 },
    { transactions: 10, binlogBytes: 10 * 2 ** 20, peakRssMib: 310, seconds: 10 },
  ],
  follow: [
    {
      rateAsked: 100,
      seconds: 15,
      tailrace: { medianMs: 2, p99Ms: 60, maxMs: 80, rateReached: 99.6 },
      native: { medianMs: 1, p99Ms: 30, maxMs: 90, rateReached: 99.6 },
    },
  ],
};

describe('statistics', () => {
  test('the median is the middle value, or the mean of two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test('a percentile is a value that was measured', () => {
    const values = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(percentile(values, 0.99)).toBe(198);
    expect(percentile(values, 0.5)).toBe(100);
    expect(percentile(values, 1)).toBe(200);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('summary of rounds', () => {
  test('ratios are taken in each round, then their median', () => {
    const summary = summarise(mixed);
    expect(summary.seconds).toEqual({ native: 28, tuned: 12, tailrace: 3 });
    expect(summary.overDefaults.tailrace).toBe(10);
    expect(summary.overDefaults.native).toBe(1);
    expect(summary.overTuned).toBe(4);
  });

  test('every contender comes first, second and third equally often', () => {
    const orders = [0, 1, 2].map(contenderOrder);
    for (const place of [0, 1, 2]) expect(new Set(orders.map((order) => order[place])).size).toBe(3);
    expect(contenderOrder(3)).toEqual(contenderOrder(0));
  });
});

test('goals are marked from what was measured', () => {
  const marks = new Map(markGoals(results).map(({ goal, reached }) => [goal, reached]));
  expect(Object.fromEntries(marks)).toEqual({
    'mixed: over native defaults ≥ 8×': true,
    'mixed: over native tuned ≥ 4×': true,
    'process start to first applied transaction ≤ 1000 ms': true,
    'peak resident memory, any workload ≤ 300 MiB': true,
    'peak resident memory, 1 transactions ≤ 300 MiB': true,
    'peak resident memory, 10 transactions ≤ 300 MiB': false,
    'follow, 100/s: median ≤ 5 ms': true,
    'follow, 100/s: 99th percentile ≤ 50 ms': false,
  });
});

test('no goal is marked for a part that did not run', () => {
  expect(markGoals({ ...results, workloads: [], memory: [], follow: [] })).toEqual([]);
});

test('terminal and page show every part, and marks', () => {
  for (const text of [terminalText(results), resultsPage(results)]) {
    for (const part of [
      'Catching up',
      'Partition and lanes',
      'Memory',
      'Following',
      'Must reach',
      '✓',
      '✗',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('10.0×');
    expect(text).toContain('1 fallbacks');
  }
  expect(resultsPage(results)).toContain('results.svg');
  expect(resultsPage({ ...results, workloads: [] })).not.toContain('results.svg');
});

test('columns of a text table line up', () => {
  expect(
    textTable(
      ['name', 'n'],
      [
        ['a', '1'],
        ['long name', '100'],
      ],
    ),
  ).toBe(['name         n', '──────────────', 'a            1', 'long name  100'].join('\n'));
});

describe('chart', () => {
  test('a scale holds every ratio between its ends', () => {
    const scale = new LogScale([0.4, 57]);
    expect([scale.least, scale.most]).toEqual([0.1, 100]);
    expect(scale.share(0.1)).toBe(0);
    expect(scale.share(100)).toBe(1);
    expect(scale.share(10)).toBeCloseTo(2 / 3);
    expect(scale.share(1e9)).toBe(1);
    expect(scale.ticks).toHaveLength(10);
  });

  test('is well formed, escapes titles and follows light and dark', () => {
    const svg = resultsChart(results);
    expect(svg).toContain('mixed &lt;OLTP&gt; &amp; more');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('10.0× (3.00 s)');
    expect(svg).not.toContain('NaN');
    expect(openTags(svg)).toEqual([]);
  });

  test('shows a contender slower than the base to its left', () => {
    const slow = { ...mixed, rounds: [round(10, 20, 40)] };
    expect(resultsChart({ ...results, workloads: [slow] })).toContain('0.3× (40.00 s)');
  });
});

/** Names of elements that were opened and not closed, or the other way round. */
function openTags(svg: string): string[] {
  const open: string[] = [];
  for (const [, slash, name = '', empty] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (empty === '/') continue;
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [`/${name}`];
  }
  return open;
}

test('time left is learnt from the steps that are done', async () => {
  let nowMs = 0;
  const lines: string[] = [];
  const progress = new PlannedProgress(
    (line) => lines.push(line),
    () => nowMs,
  );
  progress.plan(10);
  expect(progress.leftMs).toBeNull();
  await progress.step('first', 2, () => {
    nowMs = 60_000;
    return Promise.resolve();
  });
  expect(progress.leftMs).toBe(240_000);
  await progress.step('second', 8, () => Promise.resolve());
  expect(progress.leftMs).toBe(0);
  expect(lines).toEqual(['first', 'second  (about 4:00 left)']);
});
