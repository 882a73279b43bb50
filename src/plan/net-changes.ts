import type { TableMap } from '../binlog/table-map.js';
import type { RowKey } from './row-key.js';
import type { RowState } from './row-state.js';
import type { TableTraits } from '../schema/table-traits.js';

/** An image inside an event. */
export interface Image {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What one table, or one share of it, becomes within an epoch. Applied in the order deletes, updates, inserts. */
export interface NetChanges {
  readonly table: TableMap;
  readonly traits: TableTraits;
  /** Every row that changes, with its key at the same index. */
  readonly keys: readonly RowKey[];
  readonly states: readonly RowState[];
  /** Rows whose before-image goes; one whose value in another unique key changes stands here and in `inserts`. */
  readonly deletes: readonly RowState[];
  readonly updates: readonly RowState[];
  readonly inserts: readonly RowState[];
  /** A row that came and went and took an AUTO_INCREMENT number that no row that stays has; see AutoIncrementWatch. */
  readonly burnt: Image | null;
  readonly bytes: number;
  /** All in one event: the rows become each other's images, and the server finds those of an event at once. */
  readonly together?: boolean;
}
