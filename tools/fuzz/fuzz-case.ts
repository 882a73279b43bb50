import type { PartitionStrategy } from '../../src/plan/partition.js';

/** One statement, and who sends it: writers are numbered from 0, each is a session of its own on the source. */
export interface FuzzStep {
  readonly writer: number;
  readonly sql: string;
}

/** What is done to the processes once so many steps have been started. */
export type Disturbance = { readonly afterSteps: number } & (
  | { readonly kind: 'kill-tailrace' | 'kill-replica' | 'kill-source' | 'restart-replica' }
  /** Connections to the replica carry nothing any more, and nobody says so. */
  | { readonly kind: 'stall' }
  /** The replica goes back to what it had before the round. */
  | { readonly kind: 'restore-replica' }
  /** tailrace is killed, and started so that it dies at a failpoint, `name:N`. */
  | { readonly kind: 'failpoint'; readonly failpoint: string }
);

/**
 * How a tailrace process that catches up after the writers have ended is made to die. `isRestored`: before the next one starts, the
 * replica goes back to what it had before the round.
 */
export type Death = ({ readonly failpoint: string } | { readonly afterMs: number }) & {
  readonly isRestored?: boolean;
};

/** Settings of the link, as its options take them. */
export interface FuzzLink {
  readonly lanes: number;
  readonly partition: PartitionStrategy;
  readonly budgetMib: number;
  readonly epochRowsMax: number;
}

/** What the servers are started with. */
export interface FuzzServers {
  readonly gtid: boolean;
  /** Settings of innodb_native_foreign_keys: whether cascades stay out of the binary log. */
  readonly nativeForeignKeys: boolean;
  /** Sessions that set nothing would be cut off, or mean something else. */
  readonly oddDefaults: boolean;
}

/** Everything that one round does; the same case writes the same statements. */
export interface FuzzCase {
  readonly seed: number;
  readonly round: number;
  readonly servers: FuzzServers;
  readonly link: FuzzLink;
  /** tailrace runs while the writers write; false: it catches up with all of it afterwards. */
  readonly live: boolean;
  /** The steps are started one after the other in their order; false: writers do not wait for each other. */
  readonly inOrder: boolean;
  readonly disturbances: readonly Disturbance[];
  readonly deaths: readonly Death[];
  /** While the steps are replicated, each table of the replica has a column more than on the source. */
  readonly replicaColumns: boolean;
  /** At the end the replica is also compared with one that MySQL's own replication fed: its counters are the right ones. */
  readonly witness: boolean;
  /** Statements that one session sends before the writers begin. */
  readonly setup: readonly string[];
  readonly steps: readonly FuzzStep[];
}
