import type { MaxLagFrom } from './hints.js';

/** Everything that decides which replicas are read. Units are in the names. */
export interface HintSettings {
  /** Lag above which a replica is degraded, and below which it is no longer. */
  readonly degradeAboveMs: number;
  readonly degradeUntilMs: number;
  /** Lag above which a replica is ejected, and below which it may come back. */
  readonly ejectAboveMs: number;
  readonly ejectUntilMs: number;
  /** How long it must have been worse, or better, before its state follows. A replica that cannot be reached does not wait. */
  readonly worseHoldMs: number;
  readonly betterHoldMs: number;
  /** For so long a replica whose lag is unknown, without a bound on its age, keeps its state. */
  readonly unknownHoldMs: number;

  /** A replica that comes back begins with this share of its weight, and has all of it after `rampMs`. */
  readonly rampMs: number;
  readonly rampStartShare: number;
  /** Weight of a degraded replica, as a share of its own. */
  readonly degradedShare: number;

  /** Each time a replica falls out adds one to its penalty, which halves in this time. */
  readonly flapHalfLifeMs: number;
  /** From this penalty on a replica stays out until its penalty is below `flapReuse`. */
  readonly flapSuppress: number;
  readonly flapReuse: number;
  /** It stays out for no longer than this after it fell out last, however often that was. */
  readonly flapSuppressMsMax: number;

  /** So many replicas are read as long as so many can be reached: the least bad are kept as degraded. */
  readonly floorReplicas: number;
  /** One that is kept for this reason is not changed for another before this time. */
  readonly floorHoldMs: number;
  /** A replica that did not answer is not kept before it has answered for so long. */
  readonly answerHoldMs: number;

  /** Threads running on a replica from which its weight falls, and at which only `shedShareMin` is left. */
  readonly shedFromThreads: number;
  readonly shedToThreads: number;
  /** The same for connections, as a share of its `max_connections`. */
  readonly shedFromConnectionShare: number;
  readonly shedToConnectionShare: number;
  readonly shedShareMin: number;
  /** What was shed comes back within so long; it is shed at once. */
  readonly shedReturnMs: number;

  /** While the weight that is left is below this share of all, the source takes part of the reads. */
  readonly spillBelowShare: number;
  /** Of all reads, at most, while any replica can be read, and while none can. */
  readonly spillShareMax: number;
  readonly spillShareMaxAlone: number;

  /** A zone in which at least this share of the replicas serve is healthy: its own readers stay in it. */
  readonly zoneHealthyShare: number;
  /**
   * How far zones are from each other, by names; where nothing is said, 0 from itself and 1 from every other. Smaller is nearer.
   */
  readonly zoneDistances: Readonly<Record<string, Readonly<Record<string, number>>>>;

  /** What `max_lag_ms` counts from. */
  readonly maxLagFrom: MaxLagFrom;
}

export const hintDefaults: HintSettings = {
  degradeAboveMs: 5_000,
  degradeUntilMs: 2_000,
  ejectAboveMs: 30_000,
  ejectUntilMs: 10_000,
  worseHoldMs: 1_000,
  betterHoldMs: 5_000,
  unknownHoldMs: 3_000,
  rampMs: 30_000,
  rampStartShare: 0.1,
  degradedShare: 0.25,
  flapHalfLifeMs: 60_000,
  flapSuppress: 3,
  flapReuse: 1,
  flapSuppressMsMax: 300_000,
  floorReplicas: 1,
  floorHoldMs: 10_000,
  answerHoldMs: 1_000,
  shedFromThreads: 32,
  shedToThreads: 128,
  shedFromConnectionShare: 0.8,
  shedToConnectionShare: 0.95,
  shedShareMin: 0.1,
  shedReturnMs: 10_000,
  spillBelowShare: 0.5,
  spillShareMax: 0.2,
  spillShareMaxAlone: 1,
  zoneHealthyShare: 0.5,
  zoneDistances: {},
  maxLagFrom: 'origin',
};
