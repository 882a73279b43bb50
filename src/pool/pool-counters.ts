/** What a pool has done since it was made. Grows only, but for what is named `…Now`. */
export interface PoolCounters {
  /** Reads that were given a connection, by id of the server. */
  readonly readsByNode: Readonly<Record<string, number>>;
  readonly reads: number;
  readonly writes: number;
  /** Reads on the source: because it was asked for; because replicas lack the session's writes; for want of a replica. */
  readonly sourceReads: {
    readonly strong: number;
    readonly session: number;
    readonly spilled: number;
  };
  /** How often a replica was asked for a session's writes and waited for them; how often in vain; how long, all together. */
  readonly waits: number;
  readonly waitsInVain: number;
  readonly waitedMs: number;
  /** Attempts to get a connection that failed, and were made up for or not. */
  readonly checkoutsFailed: number;
  /** Reads that were done again because their connection was lost. */
  readonly readsRetried: number;
  /** Checkouts that ended with an error of the pool, by its code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Writes of which it had to be asked which transactions there are, and of which it could not be learnt. */
  readonly writesAsked: number;
  readonly writesUntracked: number;
  readonly checkedOutNow: number;
  readonly waitingNow: number;
}
