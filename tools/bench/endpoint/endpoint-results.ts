import type { BenchEnvironment } from '../bench-results.js';
import { median } from '../statistics.js';
import type { CheckResult } from './check-run.js';
import type { EndpointPart } from './endpoint-options.js';
import type { FailoverResult } from './failover-run.js';
import type { LatencyResult } from './latency-run.js';
import type { PairsResult } from './pairs-run.js';

/** What each part gives. */
export interface PartResults {
  /** At the rate that was asked, some times with few commits and with many, and as fast as they are answered. */
  readonly check: readonly CheckResult[];
  readonly memory: readonly CheckResult[];
  readonly latency: readonly LatencyResult[];
  /** Reads that see their session's writes; reads on the source; reads that need see nothing, for control. */
  readonly pairs: readonly PairsResult[];
  readonly failover: readonly FailoverResult[];
}

/** Parts are measured one by one, on different days perhaps: each says where and how. */
export type EndpointResults = {
  readonly [Part in EndpointPart]?: {
    readonly environment: BenchEnvironment;
    readonly results: PartResults[Part];
  };
};

/** One thing the project promises to reach, and what was measured. */
export interface EndpointGoal {
  readonly goal: string;
  readonly measured: string;
  readonly reached: boolean;
}

const ratePerSecondMin = 10_000;
const checkP99MsMax = 5;
const toldMedianMsMax = 20;
/** Flat: what collections of garbage leave between two moments, and no more. */
const growthShareMax = 0.1;

/** Every goal that the parts that ran can tell about. */
export function endpointGoals({
  check,
  memory,
  latency,
  pairs,
  failover,
}: EndpointResults): readonly EndpointGoal[] {
  return [
    ...checkGoals(check?.results ?? []),
    ...(memory?.results ?? []).map(memoryGoal),
    ...(latency?.results ?? []).slice(0, 1).map(latencyGoal),
    ...(pairs?.results ?? []).flatMap(pairsGoals),
    ...(failover?.results ?? []).map(failoverGoal),
  ];
}

function checkGoals(results: readonly CheckResult[]): EndpointGoal[] {
  const atRate = results.filter(({ ratePerSecondAsked }) => ratePerSecondAsked !== null);
  const asked = new Set(atRate.map(({ writesPerSecondAsked }) => writesPerSecondAsked));
  return [...asked].flatMap((writes) =>
    checkGoalsOf(
      writes,
      atRate.filter(({ writesPerSecondAsked }) => writesPerSecondAsked === writes),
    ),
  );
}

/** Of runs that were asked the same. */
function checkGoalsOf(writesPerSecond: number, runs: readonly CheckResult[]): EndpointGoal[] {
  const meanwhile = `${writesPerSecond} commits a second`;
  const rate = median(runs.map(({ ratePerSecond }) => ratePerSecond));
  const p99Ms = median(runs.map((run) => run.p99Ms));
  const onlyYes = runs.every(({ statuses }) => Object.keys(statuses).every((status) => status === '200'));
  const all = runs.map((run) => run.p99Ms.toFixed(1)).join(', ');
  return [
    {
      goal: `check: at least ${ratePerSecondMin} a second, all answered, ${meanwhile}`,
      measured: `${rate.toFixed(0)} a second`,
      // The last requests of a run are answered behind its end.
      reached: rate >= 0.999 * ratePerSecondMin && onlyYes,
    },
    {
      goal: `check: 99 % within ${checkP99MsMax} ms, ${meanwhile}`,
      measured: `${p99Ms.toFixed(2)} ms (runs: ${all})`,
      reached: p99Ms <= checkP99MsMax,
    },
  ];
}

function memoryGoal({ memory: { earlyMib, lateMib }, seconds }: CheckResult): EndpointGoal {
  return {
    goal: `memory: flat over ${(seconds / 60).toFixed(0)} minutes`,
    measured: `${earlyMib.toFixed(0)} MiB, at the end ${lateMib.toFixed(0)} MiB`,
    reached: lateMib <= earlyMib * (1 + growthShareMax),
  };
}

function latencyGoal({ told }: LatencyResult): EndpointGoal {
  return {
    goal: `told by the stream within ${toldMedianMsMax} ms (median) of being visible`,
    measured: `${told.medianMs.toFixed(2)} ms`,
    reached: told.medianMs <= toldMedianMsMax,
  };
}

function pairsGoals({ consistency, pairs, stale }: PairsResult): EndpointGoal[] {
  if (consistency === 'eventual')
    return [
      {
        goal: 'control: staleness is seen where nothing is asked for',
        measured: `${stale} stale`,
        reached: stale > 0,
      },
    ];
  return [{ goal: `no stale read, ${consistency}`, measured: `${stale} of ${pairs}`, reached: stale === 0 }];
}

function failoverGoal({ kind, errors }: FailoverResult): EndpointGoal {
  const count = Object.values(errors).reduce((sum, one) => sum + one, 0);
  return { goal: `${kind}: the application sees no error`, measured: `${count}`, reached: count === 0 };
}
