import type { GtidSet } from '../gtid/gtid-set.js';
import type { AdminOrder } from '../hints/hint-inputs.js';
import type { Hints } from '../hints/hints.js';

/** Where the outlets get hints from. */
export interface HintsFeed {
  /** The newest; null: nothing was decided yet. */
  current(): Hints | null;
  /** `listener` is called with every decision from now on; what is given back ends that. */
  subscribe(listener: (hints: Hints) => void): () => void;
}

/** What is waited for, and how long. */
export interface WaitRequest {
  readonly gtids: GtidSet;
  /** The replica that shall have them; null: any that is read. */
  readonly replica: string | null;
  readonly timeoutMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Resolves to the id of the replica that has them; null: none had them in time. */
export type WaitForGtid = (request: WaitRequest) => Promise<string | null>;

/** Puts an order in force; null ends what is in force. False: there is no such replica. */
export type GiveOrder = (replica: string, order: AdminOrder | null) => boolean;

export type TableName = readonly [schema: string, table: string];

/** How far behind a replica is for some tables: the worst of them. Unknown is null, never zero. */
export interface TablesLag {
  readonly lagMicros: number | null;
  readonly lagAtMostMicros: number | null;
  readonly originLagMicros: number | null;
  readonly originAtMostMicros: number | null;
  /** Its lag, and nothing else, would keep the replica from being read. */
  readonly isOutForLag: boolean;
}

/** Reads it now; null: there is no such replica. */
export type ReadTablesLag = (replica: string, tables: readonly TableName[]) => TablesLag | null;
