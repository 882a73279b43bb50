import { TailraceError } from '../errors/tailrace-error.js';
import type { CheckpointEntry, CheckpointState } from './checkpoint-entry.js';

/** One lane's row of the checkpoint table. */
export interface CheckpointRow extends CheckpointEntry {
  readonly lane: number;
}

/** What the rows of a link say of its last epoch. Pure. Throws TR_CHECKPOINT_UNREADABLE when they contradict each other. */
export function readCheckpointState(rows: readonly CheckpointRow[]): CheckpointState {
  const last = rows.reduce((highest, row) => Math.max(highest, row.epoch), 0);
  if (last === 0) return { kind: 'none' };
  const committed = rows.filter((row) => row.epoch === last);
  const entry = committed[0] as CheckpointRow;
  for (const row of committed) {
    if (row.lanes !== entry.lanes || row.gtids !== entry.gtids || row.lane >= entry.lanes) {
      throw new TailraceError('TR_CHECKPOINT_UNREADABLE', {
        what: `The checkpoint's rows of epoch ${last} contradict each other.`,
        why: `Lane ${row.lane} and lane ${entry.lane} do not describe the same epoch.`,
      });
    }
  }
  if (committed.length === entry.lanes) return { kind: 'complete', entry };
  return { kind: 'partial', entry, laneZeroCommitted: committed.some((row) => row.lane === 0) };
}
