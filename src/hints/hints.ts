import type { GtidSet } from '../gtid/gtid-set.js';
import type { LinkStanding } from './link-standing.js';

/**
 * - `serving`: read it.
 * - `degraded`: read it if nothing better is there; its weight is small.
 * - `ejected`: do not read it.
 * - `unknown`: do not read it: how old its data is cannot be told.
 * - `drain`, `maint`: somebody ordered it.
 */
export type ReplicaState = 'serving' | 'degraded' | 'ejected' | 'drain' | 'maint' | 'unknown';

export const replicaStates: readonly ReplicaState[] = [
  'serving',
  'degraded',
  'ejected',
  'drain',
  'maint',
  'unknown',
];

/** Where the age that readers ask for is counted from: the first source, or the source that the replica is fed from. */
export const maxLagOrigins = ['origin', 'source'] as const;
export type MaxLagFrom = (typeof maxLagOrigins)[number];

export interface ReplicaHint {
  readonly id: string;
  readonly state: ReplicaState;
  /** When it came into this state, milliseconds since 1970. */
  readonly sinceMs: number;
  /** In words: why it is in this state, and what its weight comes from. */
  readonly reason: string;
  /** Its share of reads against the other replicas; zero if and only if it is not to be read. */
  readonly weight: number;
  /** As configured: what the weight is when nothing takes from it. */
  readonly fullWeight: number;
  /** Its share of all reads, 0 to 1; those of all replicas and of the source add up to 1 unless nobody may be read. */
  readonly share: number;
  readonly zone: string | null;
  readonly lagMicros: number | null;
  readonly lagAtMostMicros: number | null;
  readonly delayMicros: number;
  /** Against the server on which the data was committed first: more than the lag where the source is itself a replica. */
  readonly originLagMicros: number | null;
  readonly originAtMostMicros: number | null;
  /** Which of the two a request for data of some age (`max_lag_ms`) is judged by. */
  readonly maxLagFrom: MaxLagFrom;
  readonly gtidExecuted: GtidSet | null;
  /** Where the link that feeds it stands; null: nobody told. */
  readonly link: LinkStanding | null;
}

export interface SourceHint {
  readonly id: string;
  readonly state: 'up' | 'down' | 'unknown';
  readonly writes: 'yes' | 'no' | 'unknown';
  /** The part of all reads that it may be given, 0 to 1, beside those that must see their own writes. */
  readonly readShare: number;
  readonly reason: string;
}

/** What applications are told. Immutable. */
export interface Hints {
  /** Which source it is about: grows with every failover. What is older is refused. */
  readonly epoch: number;
  /** Grows with every change of the hints, also over a restart of whoever decides. */
  readonly version: number;
  /** When it was decided, milliseconds since 1970. */
  readonly atMs: number;
  readonly source: SourceHint;
  /** In the order of their ids. */
  readonly replicas: readonly ReplicaHint[];
  /** The whole in one sentence. */
  readonly summary: string;
}

/** A change of state, for logs and for people. */
export interface StateChange {
  readonly id: string;
  /** null: it is new. */
  readonly from: ReplicaState | null;
  readonly to: ReplicaState;
  readonly atMs: number;
  readonly reason: string;
}

/**
 * Whether `arriving` is to be believed by somebody who has `current`: hints of an older source are refused, whenever they come, and so
 * are older ones of the same source.
 */
export function isNewer(current: Hints | null, arriving: Hints): boolean {
  if (current === null || arriving.epoch > current.epoch) return true;
  return arriving.epoch === current.epoch && arriving.version > current.version;
}

/** Whether a state receives reads. */
export const isRead = (state: ReplicaState): boolean => state === 'serving' || state === 'degraded';
