import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { BenchResults } from '../../tools/bench/bench-results.js';
import { lagChart } from '../../tools/bench/lag-chart.js';
import { withFigures } from '../../tools/bench/readme-figures.js';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import { readRepositoryFile, repositoryFolder } from '../support/repository.js';

const results: BenchResults = {
  environment: {
    tailrace: '0.1.0',
    mysql: '9.7.4',
    node: '20.20.2',
    system: 'Linux 6',
    cpu: 'A processor',
    cores: 2,
    memoryMib: 8_192,
    date: '2026-07-15T10:00:00.000Z',
    command: 'npm run bench',
    scale: 1,
    seed: 1,
  },
  workloads: [
    {
      name: 'mixed',
      title: 'mixed OLTP',
      generator: 'tailrace',
      transactions: 60_000,
      binlogBytes: 1_000_000,
      goal: { overDefaults: 8, overTuned: 4 },
      rounds: [
        {
          seconds: { native: 30, tuned: 12, tailrace: 3 },
          link: {
            startToFirstAppliedMs: 400,
            peakRssMib: 120,
            cpuSeconds: 2,
            rowsIn: 10,
            rowsOut: 5,
            epochs: 2,
            fallbacks: 0,
          },
        },
      ],
    },
  ],
  partitions: [],
  memory: [{ transactions: 60_000, binlogBytes: 1, peakRssMib: 150, seconds: 3 }],
  follow: [
    {
      rateAsked: 100,
      seconds: 15,
      tailrace: { medianMs: 2, p99Ms: 10, maxMs: 20, rateReached: 100 },
      native: { medianMs: 1, p99Ms: 5, maxMs: 9, rateReached: 100 },
    },
  ],
};

const page =
  'before\n<!-- figures begin: written by build/tools/bench/write-readme-figures.js -->\nold\n<!-- figures end -->\nafter\n';

describe('figures in the README', () => {
  test('are those of docs/bench/results.json', () => {
    // If not: npm run build && node build/tools/bench/write-readme-figures.js
    const file = 'docs/bench/results.json';
    const written = existsSync(join(repositoryFolder, file))
      ? (JSON.parse(readRepositoryFile(file)) as BenchResults)
      : null;
    const readme = readRepositoryFile('README.md');
    expect(readme).toBe(withFigures(readme, written));
  });

  test('stand between the markers, and nothing else changes', () => {
    const text = withFigures(page, results);
    expect(text).toMatch(/^before\n<!-- figures begin[^]*<!-- figures end -->\nafter\n$/);
    expect(text).not.toContain('old');
    expect(text).toContain('| mixed OLTP | 30.00 s | 12.00 s | 3.00 s | **10.0×** | 4.0× |');
    expect(text).toContain('Following 100 transactions a second, commit to visible: median 2.0 ms');
    expect(text).toContain('150 MiB for 60,000 transactions');
    expect(withFigures(text, results)).toBe(text);
  });

  test('are not invented where nothing was measured', () => {
    expect(withFigures(page, null)).not.toMatch(/\d/);
  });

  test('a page without the markers is a defect', () => {
    expect(() => withFigures('# tailrace', results)).toThrow(TailraceError);
  });
});

describe('the picture of the lag', () => {
  const curve = (kind: 'native' | 'tailrace', seconds: number) => ({
    kind,
    label: `${kind} <${seconds} s>`,
    samples: Array.from({ length: 1_001 }, (_, i) => ({ atMs: i * seconds, behind: 60_000 - 60 * i })),
  });
  const picture = lagChart([curve('native', 27), curve('tailrace', 3)], 'a & b');

  test('starts at the left with all that is missing, and ends at zero', () => {
    const [native, tailrace] = [...picture.matchAll(/<polyline class="curve \w+" points="([^"]+)"/g)].map(
      (match) => (match[1] ?? '').split(' ').map((point) => point.split(',').map(Number)),
    );
    expect(native?.[0]).toEqual(tailrace?.[0]);
    expect(native?.at(-1)?.[1]).toBe(tailrace?.at(-1)?.[1]);
    expect(native?.at(-1)?.[0]).toBeGreaterThan(tailrace?.at(-1)?.[0] ?? Infinity);
    expect(native?.length).toBeLessThan(400);
  });

  test('has round numbers at its axes, and escapes what it is given', () => {
    expect(picture).toContain('>60,000<');
    expect(picture).toContain('>30 s<');
    expect(picture).toContain('native &lt;27 s&gt;');
    expect(picture).toContain('a &amp; b');
  });
});
