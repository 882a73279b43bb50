import type { Gtid } from '../../binlog/gtid-event.js';
import type { RowSettings } from '../../binlog/row-settings.js';
import type { RowsEvent } from '../../binlog/rows-event.js';
import type { CheckpointEntry } from '../../checkpoint/checkpoint-entry.js';
import type { TailraceError } from '../../errors/tailrace-error.js';
import type { LaneShare } from '../../plan/partition.js';
import type { TableTraits } from '../../schema/table-traits.js';
import type { SingleRow } from '../batch/single-rows.js';
import type { ApplyFailure } from '../failure/apply-failure.js';

/** By what a transaction is known once it is committed. */
export interface Mark {
  /** Written in the same transaction as the rows; null: it comes with `commit`. */
  readonly entry: CheckpointEntry | null;
  /** The GTID that the transaction is committed under; null: outside of GTIDs. */
  readonly gtid: Gtid | null;
}

/** Rows to write: the share of a lane, or events as they came. */
export type RowsToWrite =
  | { readonly share: LaneShare; readonly part: 'all' | 'unrepeatable' }
  | { readonly events: Iterable<RowsEvent> };

/**
 * One lane of the replica, in the planner's words: what rows are written, and what they are committed under. How they get there is
 * the writer's matter. One transaction is open at a time. Rejections are explained by `explain`; after one, `rollback` comes before
 * anything else.
 *
 * @example
 * await writer.once({ entry, gtid }, { events: transaction.rows });
 */
export interface RowWriter {
  /** A whole transaction; in one round trip when its rows fit into one packet. */
  once(mark: Mark, rows: RowsToWrite): Promise<void>;
  /**
   * Begins a transaction and writes `rows` in it. A lock of another client on the tables is waited for as long as it takes, or for
   * `tableWaitSeconds`.
   */
  begin(mark: Mark, rows: RowsToWrite, tableWaitSeconds?: number): Promise<void>;
  /** Writes more rows in the open transaction. */
  append(rows: RowsToWrite): Promise<void>;
  /** Writes those rows of a share in the open transaction that may have been written before: the outcome is the same. */
  repeat(share: LaneShare): Promise<void>;
  /**
   * Leaves one row in the open transaction as the source has it, whatever the replica has. False, and nothing is done: its images do
   * not carry the whole row.
   */
  overwrite(row: SingleRow, traits: TableTraits): Promise<boolean>;
  /** Commits; `entry`: the checkpoint, where `begin` did not have it. */
  commit(entry?: CheckpointEntry): Promise<void>;
  rollback(): Promise<void>;
  /** Between transactions: the settings of the source's session under which the replica computes columns; null: any will do. */
  under(settings: RowSettings | null): Promise<void>;
  /** What a rejection means: a `TailraceError` when nothing can be done about it here. */
  explain(error: unknown): Promise<ApplyFailure | TailraceError>;
}
