import type { Hints } from '../hints/hints.js';
import { durationWords } from '../lag/duration-words.js';

/** Why there is no answer before the first hints. */
export const nothingDecided = 'no hints are available yet';

/** Milliseconds since these hints were decided; never negative, whatever the clock did. */
export function hintsAgeMs(hints: Hints, nowMs: number): number {
  return Math.max(0, nowMs - hints.atMs);
}

/** Why hints are not to be acted upon: nobody decides any more; null: somebody does. */
export function tooOld(ageMs: number, ageMsMax: number): string | null {
  return ageMs <= ageMsMax ? null : `the hints are ${durationWords(ageMs * 1_000)} old`;
}

/** A reason, which is a part of a sentence, as the sentence that an error says. */
export function asSentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}
