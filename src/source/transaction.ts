import type { Gtid } from '../binlog/gtid-event.js';
import type { QueryEvent } from '../binlog/query-event.js';
import type { RowsEvent } from '../binlog/rows-event.js';
import type { EventSlab } from './event-slabs.js';
import type { TransactionTail } from './transaction-tail.js';

/**
 * One transaction of the source, whole: what was committed under one GTID.
 *
 * - `rows`: row changes only; may share an epoch with others.
 * - `statement`: one statement, DDL as a rule; a barrier.
 * - `create-select`: a table created and filled in one transaction; a barrier whose `statement` comes before its rows.
 */
export interface Transaction {
  readonly kind: 'rows' | 'statement' | 'create-select';
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
  readonly rows: readonly RowsEvent[];
  /** The memory that `rows` lie in; see `releaseTransaction`. */
  readonly slabs: readonly EventSlab[];
  /** Bytes of its events. */
  readonly bytes: number;
  /** The row events that follow `rows` when the transaction is larger than may be held; null: `rows` is all. */
  readonly tail: TransactionTail | null;
}

/** The transaction is done and its rows will not be read again: their memory may be used otherwise. Call it once. */
export function releaseTransaction(transaction: Transaction): void {
  for (const slab of transaction.slabs) slab.release();
}
