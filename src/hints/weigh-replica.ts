import type { HintSettings } from './hint-settings.js';
import type { ReplicaMemory } from './replica-memory.js';

/** What is left of a replica's weight, and the words for it. */
export interface Weighed {
  readonly weight: number;
  readonly reason: string;
}

/** A replica that is read has at least this share of its weight: no product of shares takes it to nothing. */
const shareMin = 0.001;

/** The weight of a replica that is read: as configured, times what its state, its ramp and its load leave of it. */
export function weighReplica(
  configured: number,
  memory: ReplicaMemory,
  isDegraded: boolean,
  settings: HintSettings,
  nowMs: number,
): Weighed {
  const ramp = rampShare(memory.rampSinceMs, settings, nowMs);
  const share = ramp * memory.shedShare * (isDegraded ? settings.degradedShare : 1);
  const words: string[] = [];
  if (ramp < 1) words.push(`coming back with ${percent(ramp)} of its weight`);
  if (memory.shedShare < 1)
    words.push(`overloaded until recently, ${percent(memory.shedShare)} of its weight left`);
  return { weight: configured * Math.max(shareMin, Math.min(1, share)), reason: words.join('; ') };
}

/** 0 to 1, never falling while time goes on. */
export function rampShare(sinceMs: number | null, settings: HintSettings, nowMs: number): number {
  if (sinceMs === null || settings.rampMs <= 0) return 1;
  const elapsed = Math.min(1, Math.max(0, nowMs - sinceMs) / settings.rampMs);
  return settings.rampStartShare + (1 - settings.rampStartShare) * elapsed;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
