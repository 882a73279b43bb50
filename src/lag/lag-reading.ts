import type { ClockReading } from './clock-estimate.js';
import type { Trend } from './lag-trend.js';

/**
 * What a lag was told from.
 *
 * - `level`: nothing waits, and the source said that it has nothing further to send. The only basis of a zero, intended delay apart.
 * - `delivery`: nothing waits, but the newest transaction came late: so late is the stream, until the source says that it is at its end.
 * - `waiting`: the age of the oldest transaction that is not applied.
 * - `unknown`: see the reason.
 */
export type LagBasis = 'level' | 'delivery' | 'waiting' | 'unknown';

/** Why a lag is unknown. */
export type UnknownLag =
  'starting' | 'source-silent' | 'stream-lost' | 'clock-unknown' | 'no-commit-times' | 'not-at-end';

export const unknownLagWords: Readonly<Record<UnknownLag, string>> = {
  starting: 'starting: nothing was heard from the source yet',
  'source-silent': 'the source was not heard from for too long',
  'stream-lost': 'the connection to the source is lost',
  'clock-unknown': 'the clock of the source was not measured within the last minutes',
  'no-commit-times': 'the source does not tell when its transactions were committed (MySQL before 8.0)',
  'not-at-end': 'the source may have more to send than has arrived',
};

/** How far behind a replica, or one table on it, is. Unknown is null, never zero. */
export interface Lag {
  /** Behind what was intended, by the source's clock; above zero whenever something waits that should not. */
  readonly lagMicros: number | null;
  readonly basis: LagBasis;
  /** null unless the lag is unknown. */
  readonly unknown: UnknownLag | null;
  /**
   * The data is at most so old, intended delay and doubt about the clock included, should the source have committed something right
   * after it was heard last. Known for longer than the lag is: while the source is silent it grows. null: no bound is known.
   */
  readonly atMostMicros: number | null;
  /**
   * The same against the server on which the data was committed first, intended delay included: more than `lagMicros` where the source that
   * we read from is itself a replica. null: not known.
   */
  readonly originLagMicros: number | null;
  readonly originAtMostMicros: number | null;
}

/** Everything that is known about how far behind a replica is. */
export interface LagReading extends Lag {
  /** In words, for people. */
  readonly reason: string;
  /** The delay that is intended, and subtracted. */
  readonly delayMicros: number;
  /** Received and not applied. */
  readonly transactionsWaiting: number;
  readonly bytesWaiting: number;
  /** What the source has and the replica has not, received or not; null: not measured within the last seconds. */
  readonly transactionsBehind: number | null;
  readonly bytesBehind: number | null;
  /** Applied a second, over ten seconds; null in the first half second. */
  readonly transactionsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  /** Until nothing waits, if source and replica go on as they do; null: cannot be said, or never at this rate. */
  readonly secondsToLevel: number | null;
  readonly trend: Trend | null;
  /** Commit time of the newest applied transaction, microseconds since 1970; null: none, or not told. */
  readonly appliedCommitMicros: number | null;
  /** Since anything was heard from the source; null: never. */
  readonly heardAgoMicros: number | null;
  readonly clock: ClockReading | null;
}
