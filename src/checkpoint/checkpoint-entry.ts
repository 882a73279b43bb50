import type { BinlogPosition } from '../binlog/binlog-position.js';

/** What a lane writes in the same transaction as its share of an epoch. */
export interface CheckpointEntry {
  /** Counts up by one from epoch to epoch of a link, barriers included. */
  readonly epoch: number;
  /** Lanes 0 … lanes-1 take part; the epoch is done once each of them has committed. */
  readonly lanes: number;
  readonly start: BinlogPosition;
  readonly end: BinlogPosition;
  /** The epoch's own GTIDs; empty for a source without. */
  readonly gtids: string;
  /** GTIDs applied before the epoch that `gtid_executed` of the replica did not tell when it was written. */
  readonly gtidsBefore: string;
  /**
   * The GTID that came into the replica's `gtid_executed` last before the row was written, or with it; empty: not known. Data that
   * this row is true of has it: a replica without it was seeded or restored since.
   */
  readonly knownGtid: string;
  /** Tables that lane 0 applied as they came: they must not be applied again once it has committed. */
  readonly strictTables: readonly string[];
}

/** What the checkpoint says after a start. */
export type CheckpointState =
  | { readonly kind: 'none' }
  | { readonly kind: 'complete'; readonly entry: CheckpointEntry }
  /** Some lanes of the last epoch have committed and others have not. */
  | { readonly kind: 'partial'; readonly entry: CheckpointEntry; readonly laneZeroCommitted: boolean };

/** What the last start of a link found beside its checkpoint; see src/target/checkpoint-life.ts. */
export interface CheckpointLife {
  /** `--from` of the start that began at it; null: it did not begin so, or an older version did not note it. */
  readonly from: BinlogPosition | null;
  /** Where native replication stood at the last start; null: nowhere; undefined: an older version did not note it. */
  readonly native: BinlogPosition | null | undefined;
  /** When the last epoch was written, in seconds since 1970 by the replica's clock; null: an older version did not note it. */
  readonly writtenAt: number | null;
}

/** All that the replica holds of a link. */
export interface StoredCheckpoint {
  readonly sourceUuid: string;
  readonly state: CheckpointState;
  readonly life: CheckpointLife;
}

/** A statement that was about to be run when there was no GTID to tell whether it was. */
export interface StatementIntent {
  readonly start: BinlogPosition;
  readonly end: BinlogPosition;
  /** Digest of the replica's schemas before the statement. */
  readonly schemaDigest: string;
}
