import type { Gtid } from '../../binlog/gtid-event.js';
import type { Transaction } from '../../transaction/transaction.js';
import type { EpochPosition } from '../../transaction/epoch-position.js';

/** A transaction that is or begins with a statement, and what goes with applying it. */
export interface StatementWork {
  readonly transaction: Transaction;
  /** null: it is not applied under a GTID of its own. */
  readonly gtid: Gtid | null;
  /** Notes, where there is no GTID, that a statement is about to take effect. */
  readonly announce: (position: EpochPosition) => Promise<void>;
}
