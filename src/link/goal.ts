import type { GtidSet } from '../gtid/gtid-set.js';
import { comparePositions, type BinlogPosition } from '../binlog/binlog-position.js';

/** When a link is done: never, or once the replica has what the source had at some point. */
export type Until =
  | { readonly kind: 'forever' }
  /** All that the source had committed when the link started. */
  | { readonly kind: 'now' }
  | { readonly kind: 'gtid'; readonly set: GtidSet }
  | { readonly kind: 'position'; readonly position: BinlogPosition };

/** What has to be applied before a link is done; resolved from `Until` against the source as it was at the start. */
export type Goal =
  | { readonly kind: 'never' }
  | { readonly kind: 'gtid'; readonly set: GtidSet }
  | { readonly kind: 'position'; readonly position: BinlogPosition };

/**
 * Whether everything up to the goal is applied. `applied` is what the replica has; `readTo` is how far the stream has been read
 * while nothing of it is waiting or under way: the last transaction before a position need not end exactly there.
 */
export function goalReached(goal: Goal, applied: GtidSet, readTo: BinlogPosition | null): boolean {
  switch (goal.kind) {
    case 'never':
      return false;
    case 'gtid':
      return applied.contains(goal.set);
    case 'position':
      return readTo !== null && comparePositions(readTo, goal.position) >= 0;
  }
}
