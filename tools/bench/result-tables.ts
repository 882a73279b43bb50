import { partitionStrategies } from '../../src/plan/partition.js';
import type { BenchResults } from './bench-results.js';
import { markGoals } from './goals.js';
import { summarise } from './workload-summary.js';

/** A part of the results as cells of text, for the terminal and for the documentation alike. */
export interface ResultTable {
  readonly title: string;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of all parts that ran, the goals last. */
export function resultTables(results: BenchResults): readonly ResultTable[] {
  const tables = [
    workloadTable(results),
    linkTable(results),
    partitionTable(results),
    memoryTable(results),
    followTable(results),
    goalTable(results),
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function workloadTable({ workloads, environment }: BenchResults): ResultTable {
  const rows = workloads.map((result) => {
    const { seconds, overDefaults, overTuned } = summarise(result);
    return [
      result.title,
      String(result.transactions),
      mebibytes(result.binlogBytes),
      `${seconds.native.toFixed(2)} s`,
      `${seconds.tuned.toFixed(2)} s`,
      `${seconds.tailrace.toFixed(2)} s`,
      `${overDefaults.tailrace.toFixed(1)}×`,
      `${overTuned.toFixed(1)}×`,
    ];
  });
  const rounds = Math.max(0, ...workloads.map((result) => result.rounds.length));
  return {
    title: `Catching up, medians of ${rounds} round${rounds === 1 ? '' : 's'}, scale ${environment.scale}`,
    heading: [
      'workload',
      'transactions',
      'binlog MiB',
      'native, defaults',
      'native, tuned',
      'tailrace, durable',
      'over defaults',
      'over tuned',
    ],
    rows,
  };
}

function linkTable({ workloads }: BenchResults): ResultTable {
  const rows = workloads.map((result) => {
    const { peakRssMib, startToFirstAppliedMs, fallbacks } = summarise(result);
    const links = result.rounds.map(({ link }) => link);
    const [first] = links;
    return [
      result.title,
      String(first?.rowsIn ?? 0),
      String(first?.rowsOut ?? 0),
      String(first?.epochs ?? 0),
      String(fallbacks),
      `${Math.max(...links.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2)} s`,
      peakRssMib.toFixed(0),
      startToFirstAppliedMs === null ? '–' : `${startToFirstAppliedMs.toFixed(0)} ms`,
    ];
  });
  return {
    title: 'What the tailrace process did',
    heading: [
      'workload',
      'rows in',
      'rows out',
      'epochs',
      'fallbacks',
      'own CPU, most',
      'peak RSS MiB',
      'start to first applied',
    ],
    rows,
  };
}

function partitionTable({ partitions }: BenchResults): ResultTable {
  const lanes = [...new Set(partitions.map((cell) => cell.lanes))].sort((a, b) => a - b);
  const rows = partitionStrategies
    .filter((partition) => partitions.some((cell) => cell.partition === partition))
    .map((partition) => [
      partition,
      ...lanes.map((lane) => {
        const cell = partitions.find((one) => one.partition === partition && one.lanes === lane);
        if (cell === undefined) return '–';
        const marked = cell.fallbacks > 0 ? ` (${cell.fallbacks} fallbacks)` : '';
        return `${cell.seconds.toFixed(2)} s${marked}`;
      }),
    ]);
  return {
    title: 'Partition and lanes, mixed workload, tailrace',
    heading: ['partition', ...lanes.map((lane) => `${lane} lane${lane === 1 ? '' : 's'}`)],
    rows,
  };
}

function memoryTable({ memory }: BenchResults): ResultTable {
  return {
    title: 'Memory with the default budget, mixed workload',
    heading: ['transactions', 'binlog MiB', 'seconds', 'peak RSS MiB'],
    rows: memory.map((result) => [
      String(result.transactions),
      mebibytes(result.binlogBytes),
      result.seconds.toFixed(2),
      result.peakRssMib.toFixed(0),
    ]),
  };
}

function followTable({ follow }: BenchResults): ResultTable {
  const rows = follow.flatMap(({ rateAsked, ...figuresOf }) =>
    (['tailrace', 'native'] as const).map((name) => {
      const { rateReached, medianMs, p99Ms, maxMs } = figuresOf[name];
      return [
        name,
        String(rateAsked),
        rateReached.toFixed(0),
        ...[medianMs, p99Ms, maxMs].map((ms) => ms.toFixed(2)),
      ];
    }),
  );
  return {
    title: 'Following: commit on the source to visible on the replica, ms (seen by polling about every ms)',
    heading: ['contender', 'asked /s', 'reached /s', 'median', '99th percentile', 'most'],
    rows,
  };
}

function goalTable(results: BenchResults): ResultTable {
  const counts = results.environment.scale === 1 ? '' : ' (set for scale 1)';
  return {
    title: `Must reach${counts}`,
    heading: ['goal', 'measured', ''],
    rows: markGoals(results).map(({ goal, measured, reached }) => [goal, measured, reached ? '✓' : '✗']),
  };
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
