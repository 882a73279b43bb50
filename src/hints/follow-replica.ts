import { durationWords } from '../lag/duration-words.js';
import { raisedPenalty, suppressedMs } from './flap-penalty.js';
import type { HintSettings } from './hint-settings.js';
import type { ReplicaInputs } from './hint-inputs.js';
import { type Judgement, judgeReplica } from './judge-replica.js';
import { type OwnState, rankOf, type ReplicaMemory } from './replica-memory.js';
import { followShed } from './shed-share.js';

/** A replica's own state after one more look at it. */
export interface FollowedReplica {
  readonly memory: ReplicaMemory;
  readonly reason: string;
  readonly unusable: boolean;
}

export interface Surroundings {
  readonly sourceIsDown: boolean;
  /** Nothing was decided before: no replica has been away, and none has to ramp. */
  readonly isFirst: boolean;
  readonly settings: HintSettings;
  readonly nowMs: number;
}

/** Moves a replica's own state on: holds, flap damping, ramp, overload. What is ordered and the floor come after it. */
export function followReplica(
  before: ReplicaMemory | null,
  inputs: ReplicaInputs,
  around: Surroundings,
): FollowedReplica {
  const { settings, nowMs } = around;
  const memory = before === null ? newMemory(inputs, around) : getToKnow(before, inputs, around);
  const judgement = judgeReplica(inputs, memory.own, around.sourceIsDown, settings);
  const answersSinceMs = judgement.unusable ? null : (memory.answersSinceMs ?? nowMs);
  const noted = { ...memory, ...followShed(memory, inputs, settings, nowMs), answersSinceMs };
  const change = rankOf(judgement.wanted) - rankOf(noted.own);
  if (change > 0) return fall(noted, judgement, around);
  if (change < 0) return rise(noted, judgement, around);
  return settled({ ...noted, worseSinceMs: null, betterSinceMs: null }, judgement, judgement.reason, around);
}

/** A replica that was never seen: as it is at once, without holds. */
function newMemory(inputs: ReplicaInputs, around: Surroundings): ReplicaMemory {
  const { nowMs } = around;
  const wanted = firstState(inputs, around);
  return {
    id: inputs.id,
    own: wanted,
    newSinceMs: around.isFirst && wanted === 'unknown' ? nowMs : null,
    worseSinceMs: null,
    betterSinceMs: null,
    rampSinceMs: around.isFirst ? null : nowMs,
    penalty: 0,
    penaltyAtMs: nowMs,
    suppressed: false,
    shedShare: 1,
    shedAtMs: nowMs,
    answersSinceMs: 0,
    keptSinceMs: null,
    state: wanted,
    sinceMs: nowMs,
  };
}

/**
 * A replica of the first decision whose lag was not known then, as it is while a daemon starts: it is as it is when its lag is told,
 * without holds, and does not ramp, for it has not been away. After `rampMs` without a lag it has.
 */
function getToKnow(before: ReplicaMemory, inputs: ReplicaInputs, around: Surroundings): ReplicaMemory {
  if (before.newSinceMs === null) return before;
  if (around.nowMs - before.newSinceMs >= around.settings.rampMs) return { ...before, newSinceMs: null };
  const own = firstState(inputs, around);
  if (own === 'unknown') return before;
  const known = { ...before, own, newSinceMs: null, worseSinceMs: null, betterSinceMs: null };
  // Not what was ordered, nor what the floor made of it.
  return before.state === 'unknown' ? { ...known, state: own, sinceMs: around.nowMs } : known;
}

/** As one that is degraded: good enough to leave that state, or bad enough to be ejected; without a source, as one that is out. */
function firstState(inputs: ReplicaInputs, { sourceIsDown, settings }: Surroundings): OwnState {
  return judgeReplica(inputs, sourceIsDown ? 'ejected' : 'degraded', sourceIsDown, settings).wanted;
}

/** It ought to be worse. */
function fall(memory: ReplicaMemory, judgement: Judgement, around: Surroundings): FollowedReplica {
  const { settings, nowMs } = around;
  const worseSinceMs = memory.worseSinceMs ?? nowMs;
  const holdMs = holdBeforeFall(judgement, settings);
  const waited = { ...memory, worseSinceMs, betterSinceMs: null };
  const leftMs = holdMs - (nowMs - worseSinceMs);
  if (leftMs > 0)
    return settled(
      waited,
      judgement,
      `${judgement.reason}; its state changes if this lasts ${ms(holdMs)}`,
      around,
    );
  const wasRead = isOwnRead(memory.own);
  const fallsOut = wasRead && !isOwnRead(judgement.wanted);
  const fallen = { ...waited, own: judgement.wanted, worseSinceMs: null };
  if (!fallsOut) return settled(fallen, judgement, judgement.reason, around);
  const penalty = raisedPenalty(memory, settings, nowMs);
  const suppressed = penalty >= settings.flapSuppress;
  return settled({ ...fallen, penalty, penaltyAtMs: nowMs, suppressed }, judgement, judgement.reason, around);
}

/** It ought to be better. */
function rise(memory: ReplicaMemory, judgement: Judgement, around: Surroundings): FollowedReplica {
  const { settings, nowMs } = around;
  const betterSinceMs = memory.betterSinceMs ?? nowMs;
  const waited = { ...memory, betterSinceMs, worseSinceMs: null };
  const comesBack = !isOwnRead(memory.own) && isOwnRead(judgement.wanted);
  const outMs = comesBack && memory.suppressed ? suppressedMs(memory, settings, nowMs) : 0;
  if (outMs > 0) {
    const why = `${judgement.reason}, but it was ejected too often and stays out for another ${ms(outMs)}`;
    return settled(waited, judgement, why, around);
  }
  const leftMs = settings.betterHoldMs - (nowMs - betterSinceMs);
  if (leftMs > 0) {
    const why = `${judgement.reason}; its state changes in ${ms(leftMs)} if this lasts`;
    return settled(waited, judgement, why, around);
  }
  const risen = {
    ...waited,
    own: judgement.wanted,
    betterSinceMs: null,
    suppressed: comesBack ? false : memory.suppressed,
  };
  return settled(risen, judgement, judgement.reason, around);
}

function settled(
  memory: ReplicaMemory,
  judgement: Judgement,
  reason: string,
  { settings, nowMs }: Surroundings,
): FollowedReplica {
  const ramped = memory.rampSinceMs !== null && nowMs - memory.rampSinceMs >= settings.rampMs;
  return {
    memory: ramped ? { ...memory, rampSinceMs: null } : memory,
    reason,
    unusable: judgement.unusable,
  };
}

function holdBeforeFall({ wanted, atOnce }: Judgement, settings: HintSettings): number {
  if (atOnce) return 0;
  return wanted === 'unknown' ? settings.unknownHoldMs : settings.worseHoldMs;
}

const isOwnRead = (state: OwnState): boolean => state === 'serving' || state === 'degraded';
const ms = (length: number): string => durationWords(length * 1_000);
