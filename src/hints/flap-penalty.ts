import type { HintSettings } from './hint-settings.js';

/** How often a replica fell out lately: one for each time, halved with every half-life since. */
export interface Penalty {
  readonly penalty: number;
  readonly penaltyAtMs: number;
}

/** After one more fall; never so high that it could not decay within `flapSuppressMsMax`. */
export function raisedPenalty(before: Penalty, settings: HintSettings, nowMs: number): number {
  const halvings = Math.max(0, nowMs - before.penaltyAtMs) / settings.flapHalfLifeMs;
  const ceiling = settings.flapReuse * 2 ** (settings.flapSuppressMsMax / settings.flapHalfLifeMs);
  return Math.min(before.penalty * 2 ** -halvings + 1, Math.max(ceiling, settings.flapSuppress));
}

/** Milliseconds until it is below `flapReuse`, but no later than `flapSuppressMsMax` after the last fall. */
export function suppressedMs(at: Penalty, settings: HintSettings, nowMs: number): number {
  const decayMs = Math.log2(at.penalty / settings.flapReuse) * settings.flapHalfLifeMs;
  return Math.max(0, Math.min(decayMs, settings.flapSuppressMsMax) - (nowMs - at.penaltyAtMs));
}
