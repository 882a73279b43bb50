import type { Gtid } from '../binlog/gtid-event.js';
import type { QueryEvent } from '../binlog/query-event.js';
import type { RowSettings } from '../binlog/row-settings.js';
import type { RowsEvent } from '../binlog/rows-event.js';
import type { ByteBudget } from './byte-budget.js';
import type { EventSlab } from './event-slab.js';
import type { TransactionStep } from './transaction-step.js';
import type { TransactionTail } from './transaction-tail.js';

/**
 * One transaction of the source, whole: what was committed under one GTID.
 *
 * - `rows`: row changes only; may share an epoch with others.
 * - `statement`: one statement, DDL as a rule; a barrier.
 * - `create-select`: a table created and filled in one transaction; a barrier whose `statement` comes before its rows.
 * - `mixed`: `steps` in place of `rows`: statements that changed data, or a part that was rolled back; a barrier.
 * - `xa`: the rows of an XA transaction up to its `XA PREPARE`, of which nothing shows before the outcome; a barrier whose
 *   `statement` is its `XA START`. With a tail: only its end tells whether it was committed in one phase.
 * - `xa-outcome`: an `XA COMMIT` or `XA ROLLBACK` of what was prepared earlier; a barrier.
 *
 * An XA transaction that was committed in one phase is of kind `rows`.
 */
export interface Transaction {
  readonly kind: 'rows' | 'statement' | 'create-select' | 'mixed' | 'xa' | 'xa-outcome';
  /** null: the source runs without GTIDs. */
  readonly gtid: Gtid | null;
  /** µs since 1970, by the clock of the first source; null before MySQL 8.0. */
  readonly originalCommitMicros: number | null;
  /** µs since 1970, by the clock of the source that we read from; null before MySQL 8.0. */
  readonly immediateCommitMicros: number | null;
  readonly lastCommitted: number;
  readonly sequenceNumber: number;
  readonly file: string;
  /** Offset of its first event in `file`, and of the first event after it; exact beyond 4 GiB. */
  readonly startOffset: number;
  readonly endOffset: number;
  readonly statement: QueryEvent | null;
  /** What its rows were computed under; null: the source did not say. */
  readonly settings: RowSettings | null;
  readonly rows: readonly RowsEvent[];
  /** Of kind `mixed` only: its changes in source order. */
  readonly steps: readonly TransactionStep[];
  /** It ended as only those do that changed no table whose engine cannot roll back. With a tail: not known yet. */
  readonly canRollBack: boolean;
  /** The memory that `rows` lie in; see `releaseTransaction`. */
  readonly slabs: readonly EventSlab[];
  /** Bytes of its events, or of those before its tail. */
  readonly bytes: number;
  /** What its bytes count to. */
  readonly budget: ByteBudget;
  /** What follows `rows` or `steps` when the transaction is larger than may be held; null: they are all. */
  readonly tail: TransactionTail | null;
}

/**
 * Gives back all memory that a transaction holds, or its head if it has a tail: the slabs, and the bytes of the budget. Nothing may read
 * its rows afterwards. The epoch loop calls it once for each transaction; for one with a tail, `drainTail` does.
 */
export function releaseTransaction({ slabs, budget, bytes }: Transaction): void {
  for (const slab of slabs) slab.release();
  budget.release(bytes);
}

/** Bytes of its events: of a transaction with a tail, of those that have been applied so far. */
export function bytesOf({ bytes, tail }: Transaction): number {
  return bytes + (tail?.drainedBytes ?? 0);
}
