import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { BenchResults, FollowResult, MemoryResult, WorkloadResult } from './bench-results.js';
import { markdownTable } from './text-table.js';
import { summarise } from './workload-summary.js';

const begin = '<!-- figures begin: written by build/tools/bench/write-readme-figures.js -->';
const end = '<!-- figures end -->';

/** README.md with the figures of `results` between its two markers; null: no full run has been written down yet. */
export function withFigures(readme: string, results: BenchResults | null): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) {
    throw new TailraceError('TR_INTERNAL', { what: 'README.md has no place for the figures of the bench' });
  }
  const figures = results === null ? notMeasured : measured(results);
  return `${readme.slice(0, from + begin.length)}\n\n${figures}\n\n${readme.slice(to)}`;
}

const notMeasured =
  'No full run is written down for this version yet. `npm run bench -- --write-docs` makes one on your machine.';

function measured({ environment, workloads, memory, follow }: BenchResults): string {
  const { tailrace, mysql, node, cores, cpu, date, scale } = environment;
  return [
    'Seconds to apply the same binary log, medians. *Tuned* is not durable: `sync_binlog=0`, `innodb_flush_log_at_trx_commit=0`,',
    'no commit order, 8 workers. tailrace runs with its defaults on a replica with durable ones.',
    '',
    markdownTable(
      ['workload', 'native, defaults', 'native, tuned', 'tailrace', 'over defaults', 'over tuned'],
      workloads.map(workloadRow),
    ),
    ...(follow.length > 0 ? ['', ...follow.map(followLine)] : []),
    ...(memory.length > 0 ? ['', memoryLine(memory)] : []),
    '',
    `tailrace ${tailrace}, MySQL ${mysql}, Node ${node}, ${cores} cores (${cpu}) shared by source, replica and replicator; scale`,
    `${scale}, ${date.slice(0, 10)}. All figures: [docs/bench/results.md](docs/bench/results.md); how they were made:`,
    '[docs/bench/README.md](docs/bench/README.md).',
  ].join('\n');
}

function workloadRow(result: WorkloadResult): string[] {
  const { seconds, overDefaults, overTuned } = summarise(result);
  return [
    result.title,
    ...[seconds.native, seconds.tuned, seconds.tailrace].map((value) => `${value.toFixed(2)} s`),
    `**${overDefaults.tailrace.toFixed(1)}×**`,
    `${overTuned.toFixed(1)}×`,
  ];
}

function followLine({ rateAsked, tailrace, native }: FollowResult): string {
  const figures = ({ medianMs, p99Ms }: FollowResult['native']): string =>
    `median ${medianMs.toFixed(1)} ms, 99th percentile ${p99Ms.toFixed(1)} ms`;
  return `- Following ${rateAsked} transactions a second, commit to visible: ${figures(tailrace)}; native: ${figures(native)}.`;
}

function memoryLine(memory: readonly MemoryResult[]): string {
  const runs = memory.map(
    ({ transactions, peakRssMib }) =>
      `${peakRssMib.toFixed(0)} MiB for ${transactions.toLocaleString('en-US')} transactions`,
  );
  return `- Peak resident memory: ${runs.join(', ')}.`;
}
