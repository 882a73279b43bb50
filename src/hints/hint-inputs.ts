import type { GtidSet } from '../gtid/gtid-set.js';
import type { LinkStanding } from './link-standing.js';

/** What somebody has ordered for a replica, until a time. */
export interface AdminOrder {
  /** `drain`: nothing new, what is open may end. `maint`: nothing at all, and do not wonder when it is gone. */
  readonly order: 'drain' | 'maint';
  /** Milliseconds since 1970 at which the order ends by itself. */
  readonly untilMs: number;
  /** Why, for those who read it; empty: not said. */
  readonly note: string;
}

/** What is known of one replica at one moment. Unknown is null, never zero. */
export interface ReplicaInputs {
  readonly id: string;
  /** Where it stands; null: not told. */
  readonly zone: string | null;
  /** As configured: its share of reads against the others. Above zero. */
  readonly weight: number;
  /** See `Lag` in src/lag. */
  readonly lagMicros: number | null;
  readonly lagAtMostMicros: number | null;
  readonly lagReason: string;
  /** See `Lag` in src/lag. */
  readonly originLagMicros: number | null;
  readonly originAtMostMicros: number | null;
  readonly delayMicros: number;
  /** Whether it answers; null: not tried yet. */
  readonly reachable: boolean | null;
  /** Why it must not be read although it answers, such as data that is known to be wrong; null: nothing of the kind. */
  readonly fault: string | null;
  readonly threadsRunning: number | null;
  readonly connections: number | null;
  readonly connectionsMax: number | null;
  /** What it has applied. Not to be changed after it was handed over. null: not known, or no GTIDs. */
  readonly gtidExecuted: GtidSet | null;
  /** Where the link that feeds it stands; null: nobody tells. */
  readonly link: LinkStanding | null;
  readonly admin: AdminOrder | null;
}

export interface SourceInputs {
  readonly id: string;
  /** Whether it answers; null: not tried yet. */
  readonly reachable: boolean | null;
  /** Whether it takes writes; null: not known. */
  readonly writable: boolean | null;
}

export interface HintInputs {
  /** Which source it is: a number that grows with every failover. */
  readonly epoch: number;
  readonly source: SourceInputs;
  readonly replicas: readonly ReplicaInputs[];
}
