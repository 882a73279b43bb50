import type { BinlogPosition } from '../../binlog/binlog-position.js';
import type { EpochPlan } from '../../plan/epoch-plan.js';
import type { TableRows } from '../../plan/count-rows.js';
import type { Transaction } from '../../transaction/transaction.js';

/** What the epoch loop reports of its work, once for each epoch or barrier, when it is committed. */
export interface ApplyReport {
  /** Everything that has arrived is applied. */
  caughtUp(): void;
  /** More than one transaction waits. */
  fellBehind(): void;
  /** The plan of an epoch was wrong, and its transactions were replayed one by one. */
  fellBack(): void;
  /** An epoch that reaches up to `end`; `conflicts`: row changes overwritten or skipped since the link started. */
  epoch(plan: EpochPlan, end: BinlogPosition, conflicts: number): void;
  /** A transaction that was applied by itself: `rows` where they were counted. */
  barrier(transaction: Transaction, end: BinlogPosition, rows: readonly TableRows[] | null): void;
}
