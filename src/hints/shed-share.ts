import type { HintSettings } from './hint-settings.js';
import type { ReplicaInputs } from './hint-inputs.js';

/** What overload leaves of a replica's weight, and when that was so. */
export interface Shed {
  readonly shedShare: number;
  readonly shedAtMs: number;
}

/** Overload takes weight at once, and gives it back slowly: a replica that is relieved looks idle before its load has come back. */
export function followShed(before: Shed, inputs: ReplicaInputs, settings: HintSettings, nowMs: number): Shed {
  const wanted = sharePermitted(inputs, settings);
  const elapsedMs = Math.max(0, nowMs - before.shedAtMs);
  const returned = before.shedShare + elapsedMs / Math.max(1, settings.shedReturnMs);
  return { shedShare: Math.min(wanted, returned, 1), shedAtMs: nowMs };
}

/** What threads and connections permit. What is not known takes nothing. */
function sharePermitted(inputs: ReplicaInputs, settings: HintSettings): number {
  const { threadsRunning, connections, connectionsMax } = inputs;
  const byThreads =
    threadsRunning === null
      ? 1
      : falling(threadsRunning, settings.shedFromThreads, settings.shedToThreads, settings.shedShareMin);
  const byConnections =
    connections === null || connectionsMax === null || connectionsMax <= 0
      ? 1
      : falling(
          connections / connectionsMax,
          settings.shedFromConnectionShare,
          settings.shedToConnectionShare,
          settings.shedShareMin,
        );
  return Math.min(byThreads, byConnections);
}

/** 1 up to `from`, `least` from `to` on, a straight line between. */
function falling(value: number, from: number, to: number, least: number): number {
  if (value <= from) return 1;
  if (value >= to) return least;
  return 1 - ((1 - least) * (value - from)) / (to - from);
}
