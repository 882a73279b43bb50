import { type ContenderName, contenderNames, type WorkloadResult } from './bench-results.js';
import { median } from './statistics.js';

/** Medians over the rounds of a workload; ratios are taken in each round, then their median. */
export interface WorkloadSummary {
  readonly seconds: Readonly<Record<ContenderName, number>>;
  /** How many times faster than MySQL's own replica with defaults; 1 for that one itself. */
  readonly overDefaults: Readonly<Record<ContenderName, number>>;
  /** How many times faster tailrace is than MySQL's own replica tuned and not durable. */
  readonly overTuned: number;
  readonly peakRssMib: number;
  readonly fallbacks: number;
  /** Null: nothing was applied in any round. */
  readonly startToFirstAppliedMs: number | null;
}

export function summarise(result: WorkloadResult): WorkloadSummary {
  const { rounds } = result;
  const each = (value: (contender: ContenderName) => number): Record<ContenderName, number> => ({
    native: value('native'),
    tuned: value('tuned'),
    tailrace: value('tailrace'),
  });
  const starts = rounds.flatMap(({ link }) => link.startToFirstAppliedMs ?? []);
  return {
    seconds: each((contender) => median(rounds.map(({ seconds }) => seconds[contender]))),
    overDefaults: each((contender) =>
      median(rounds.map(({ seconds }) => seconds.native / seconds[contender])),
    ),
    overTuned: median(rounds.map(({ seconds }) => seconds.tuned / seconds.tailrace)),
    peakRssMib: Math.max(...rounds.map(({ link }) => link.peakRssMib)),
    fallbacks: rounds.reduce((sum, { link }) => sum + link.fallbacks, 0),
    startToFirstAppliedMs: starts.length > 0 ? median(starts) : null,
  };
}

/** The contenders of a round in the order in which they run: each is first equally often. */
export function contenderOrder(round: number): readonly ContenderName[] {
  const start = round % contenderNames.length;
  return [...contenderNames.slice(start), ...contenderNames.slice(0, start)];
}
