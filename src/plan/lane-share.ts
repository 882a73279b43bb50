import type { RowsEvent } from '../binlog/rows-event.js';
import type { NetChanges } from './net-changes.js';

/** What one lane applies of an epoch, in this order. */
export interface LaneShare {
  /**
   * Events that go in as they came, in source order, and changes of tables without a key: what cannot be applied twice. Only
   * lane 0 has any, so that its checkpoint alone says after a crash whether they were applied.
   */
  readonly strict: readonly RowsEvent[];
  /** In this order. */
  readonly keyless: readonly NetChanges[];
  /** Keyed net changes, which may be applied again. */
  readonly nets: readonly NetChanges[];
  /** Rough cost, for balancing and for telling small shares from large ones. */
  readonly weight: number;
}
