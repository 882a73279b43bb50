import type { Transaction } from '../transaction/transaction.js';
import type { LaneShare } from './partition.js';

import type { TableRows } from './count-rows.js';

/** The planner cannot be sure that its plan is right; the epoch is then replayed as the source wrote it. */
export interface PlanDoubt {
  readonly table: string;
  readonly why: string;
}

/** Consecutive source transactions that are applied as one unit, and who applies what. */
export interface EpochPlan {
  /** In source order; kept so that they can be replayed as they came. */
  readonly transactions: readonly Transaction[];
  readonly shares: readonly LaneShare[];
  /** Tables whose changes cannot be applied twice, by name; lane 0 has them. */
  readonly strictTables: readonly string[];
  /** The plan may be wrong: replay instead. */
  readonly doubt: PlanDoubt | null;
  /** Bytes of events, rows read and rows to write. */
  readonly bytes: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** The same by table. */
  readonly tables: readonly TableRows[];
}
