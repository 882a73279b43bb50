import type { ReplicaState } from './hints.js';

/** States that a replica comes to by itself; drain and maintenance are ordered. */
export type OwnState = 'serving' | 'degraded' | 'unknown' | 'ejected';

/** What is remembered of a replica from one decision to the next. Plain data. */
export interface ReplicaMemory {
  readonly id: string;
  /** Where it stands by its own figures, whatever is ordered and whatever the floor makes of it. */
  readonly own: OwnState;
  /** When it was seen first, as one of the first decision, as long as its lag has never been known since; else null. */
  readonly newSinceMs: number | null;
  /** Since when its figures have been asking for something worse, or something better, without a break; null: they have not. */
  readonly worseSinceMs: number | null;
  readonly betterSinceMs: number | null;
  /** Since when its weight has been growing; null: it has all of it. */
  readonly rampSinceMs: number | null;
  /** As it was when the replica fell out last, at `penaltyAtMs`. */
  readonly penalty: number;
  readonly penaltyAtMs: number;
  /** It stays out until its penalty is small. */
  readonly suppressed: boolean;
  /** Part of its weight that overload leaves, as it was at `shedAtMs`. */
  readonly shedShare: number;
  readonly shedAtMs: number;
  /** Since when it has been usable at all; null: it is not. */
  readonly answersSinceMs: number | null;
  /** Since when the floor keeps it; null: it does not. */
  readonly keptSinceMs: number | null;
  /** What was shown. */
  readonly state: ReplicaState;
  readonly sinceMs: number;
}

const ranks: Readonly<Record<OwnState, number>> = { serving: 0, degraded: 1, unknown: 2, ejected: 3 };

/** Larger is worse. */
export const rankOf = (state: OwnState): number => ranks[state];
