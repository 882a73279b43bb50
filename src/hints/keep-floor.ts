import type { FollowedReplica } from './follow-replica.js';
import type { ReplicaInputs } from './hint-inputs.js';
import type { HintSettings } from './hint-settings.js';

/** A replica with what is known, what it came to, and what is ordered for it. */
export interface Considered extends FollowedReplica {
  readonly inputs: ReplicaInputs;
  /** Drain or maintenance is in force. */
  readonly isOrderedOut: boolean;
}

/**
 * The ids of replicas that are read although their figures speak against it, so that `floorReplicas` are read at all: the source has
 * to be spared first. Those kept already stay for `floorHoldMs`; then the one whose data is the youngest is the least bad. One that does
 * not answer, whose data is wrong or that somebody ordered out is never kept.
 */
export function keepFloor(
  replicas: readonly Considered[],
  settings: HintSettings,
  nowMs: number,
): ReadonlySet<string> {
  const own = replicas.filter(
    ({ memory, isOrderedOut }) => !isOrderedOut && (memory.own === 'serving' || memory.own === 'degraded'),
  );
  const missing = settings.floorReplicas - own.length;
  if (missing <= 0) return new Set();
  const candidates = replicas
    .filter((one) => !one.isOrderedOut && answers(one) && !own.includes(one))
    .sort((a, b) => Number(isHeld(b)) - Number(isHeld(a)) || compareBadness(a, b));
  return new Set(candidates.slice(0, missing).map(({ inputs }) => inputs.id));

  function answers({ memory, unusable }: Considered): boolean {
    const { answersSinceMs: since } = memory;
    return !unusable && since !== null && nowMs - since >= settings.answerHoldMs;
  }

  function isHeld({ memory }: Considered): boolean {
    return memory.keptSinceMs !== null && nowMs - memory.keptSinceMs < settings.floorHoldMs;
  }
}

function compareBadness(a: Considered, b: Considered): number {
  return badness(a) - badness(b) || (a.inputs.id < b.inputs.id ? -1 : 1);
}

/** How old the data may be; what nobody knows is worst. A number that subtraction keeps finite. */
function badness({ inputs }: Considered): number {
  const micros = inputs.lagMicros ?? inputs.lagAtMostMicros;
  return micros === null ? Number.MAX_SAFE_INTEGER : Math.min(micros, Number.MAX_SAFE_INTEGER - 1);
}
