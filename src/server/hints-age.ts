import type { Hints } from '../hints/hints.js';
import { durationWords } from '../lag/duration-words.js';

/** Why there is no answer before the first hints. */
export const nothingDecided = 'nothing is decided yet';

/** Milliseconds since these hints were decided; never negative, whatever the clock did. */
export function hintsAgeMs(hints: Hints, nowMs: number): number {
  return Math.max(0, nowMs - hints.atMs);
}

/** Why hints are not to be acted upon: nobody decides any more; null: somebody does. */
export function tooOld(ageMs: number, ageMsMax: number): string | null {
  return ageMs <= ageMsMax ? null : `the hints are ${durationWords(ageMs * 1_000)} old`;
}
