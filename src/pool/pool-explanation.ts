import type { ReplicaState } from '../hints/hints.js';
import type { LinkStanding } from '../hints/link-standing.js';

/** `daemon`: hints; `probes`: the pool's own looks; `none`: nothing is known yet. */
export type HintsOrigin = 'daemon' | 'probes' | 'none';

/** One server, as the pool sees it. */
export interface NodeExplanation {
  readonly id: string;
  readonly kind: 'replica' | 'source';
  /** Of a replica, as told by hints or found by looking; of the source `up`, `down` or `unknown`; `unnamed`: hints do not know it. */
  readonly state: ReplicaState | 'up' | 'down' | 'unnamed';
  readonly reason: string;
  readonly weight: number;
  readonly zone: string | null;
  readonly lagMicros: number | null;
  readonly lagAtMostMicros: number | null;
  /** Against the server on which the data was committed first. */
  readonly originLagMicros: number | null;
  /** Of a replica: where the link that feeds it stands, with the error that stopped it; null: not told. */
  readonly link: LinkStanding | null;
  readonly inFlight: number;
  readonly connectionsMax: number;
  /** `open`: it failed, and is tried again in the background before it is used. */
  readonly circuit: 'closed' | 'open';
  readonly circuitReason: string | null;
}

/** Where one read went. */
export interface PickExplanation {
  readonly atMs: number;
  readonly node: string;
  readonly kind: 'replica' | 'source';
  readonly reason: string;
  /** Servers that were tried before it, or not considered, and why. */
  readonly passedOver: readonly { readonly id: string; readonly reason: string }[];
}

export interface PoolExplanation {
  readonly origin: HintsOrigin;
  /** Where hints come from, or why they do not; never a token. */
  readonly hints: string;
  readonly hintsAgeMs: number | null;
  readonly epoch: number | null;
  readonly summary: string;
  readonly nodes: readonly NodeExplanation[];
  /** The last of them, newest first. */
  readonly lastPicks: readonly PickExplanation[];
  /** What would happen to a read that came now. */
  readonly next: {
    /** In the order in which they would be tried; those of one tier share by weight and load. */
    readonly candidates: readonly {
      readonly id: string;
      readonly kind: 'replica' | 'source';
      readonly tier: number;
      readonly reason: string;
    }[];
    readonly refused: readonly { readonly id: string; readonly reason: string }[];
    readonly sentence: string;
  };
}
