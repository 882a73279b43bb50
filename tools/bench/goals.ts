import type { BenchResults } from './bench-results.js';
import { summarise } from './workload-summary.js';

/** One thing the project promises to reach, and what was measured. */
export interface GoalMark {
  readonly goal: string;
  readonly measured: string;
  readonly reached: boolean;
}

const peakRssMibMax = 300;
const firstAppliedMsMax = 1_000;
/** A first transaction of more bytes takes as long as its rows take: it says nothing of the start. */
const startTransactionBytesMax = 2 ** 20;
const followMedianMsMax = 5;
const followP99MsMax = 50;

/** Every goal that the parts that ran can tell about. */
export function markGoals(results: BenchResults): readonly GoalMark[] {
  return [...speedMarks(results), ...startMarks(results), ...memoryMarks(results), ...followMarks(results)];
}

function speedMarks({ workloads }: BenchResults): GoalMark[] {
  return workloads.flatMap((result) => {
    const { overDefaults, overTuned } = summarise(result);
    const marks = [
      atLeast(`${result.name}: over native defaults`, overDefaults.tailrace, result.goal.overDefaults),
    ];
    if (result.goal.overTuned !== null) {
      marks.push(atLeast(`${result.name}: over native tuned`, overTuned, result.goal.overTuned));
    }
    return marks;
  });
}

function startMarks({ workloads }: BenchResults): GoalMark[] {
  const starts = workloads
    .filter(({ binlogBytes, transactions }) => binlogBytes / transactions <= startTransactionBytesMax)
    .flatMap((result) => summarise(result).startToFirstAppliedMs ?? []);
  if (starts.length === 0) return [];
  return [atMost('process start to first applied transaction', Math.max(...starts), firstAppliedMsMax, 'ms')];
}

function memoryMarks({ workloads, memory }: BenchResults): GoalMark[] {
  const marks = memory.map(({ transactions, peakRssMib }) =>
    atMost(`peak resident memory, ${transactions} transactions`, peakRssMib, peakRssMibMax, 'MiB'),
  );
  if (workloads.length === 0) return marks;
  const most = Math.max(...workloads.map((result) => summarise(result).peakRssMib));
  return [atMost('peak resident memory, any workload', most, peakRssMibMax, 'MiB'), ...marks];
}

function followMarks({ follow }: BenchResults): GoalMark[] {
  return follow.flatMap(({ rateAsked, tailrace }) => [
    atMost(`follow, ${rateAsked}/s: median`, tailrace.medianMs, followMedianMsMax, 'ms'),
    atMost(`follow, ${rateAsked}/s: 99th percentile`, tailrace.p99Ms, followP99MsMax, 'ms'),
  ]);
}

function atLeast(goal: string, measured: number, least: number): GoalMark {
  return {
    goal: `${goal} ≥ ${least}×`,
    measured: `${measured.toFixed(2)}×`,
    reached: measured >= least,
  };
}

function atMost(goal: string, measured: number, most: number, unit: string): GoalMark {
  const digits = unit === 'MiB' ? 0 : 2;
  return {
    goal: `${goal} ≤ ${most} ${unit}`,
    measured: `${measured.toFixed(digits)} ${unit}`,
    reached: measured <= most,
  };
}
