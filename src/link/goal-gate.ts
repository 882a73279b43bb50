import type { CheckpointEntry } from '../checkpoint/checkpoint-entry.js';
import { GtidSet } from '../gtid/gtid-set.js';
import type { Transaction } from '../transaction/transaction.js';
import { comparePositions, type BinlogPosition } from '../binlog/binlog-position.js';
import type { Goal } from './goal.js';

/**
 * Lets a stream's transactions pass up to the goal and none beyond it: a goal may have been chosen to end before something, and a
 * source that is never idle would otherwise keep a link with a goal running for ever. A broken epoch passes whole, whatever
 * the goal is now. Pure; asked once for each transaction, in the order of the stream.
 */
export class GoalGate {
  readonly #wanted: GtidSet | null;
  readonly #end: BinlogPosition | null;
  /** Transactions of `#wanted` that have not come yet. */
  #missing: number;

  constructor(goal: Goal, applied: GtidSet, broken: CheckpointEntry | null) {
    this.#wanted = goal.kind === 'gtid' ? goal.set.union(GtidSet.parse(broken?.gtids ?? '')) : null;
    this.#missing = this.#wanted?.subtract(applied).count() ?? 0;
    this.#end = goal.kind === 'position' ? laterOf(goal.position, broken?.end ?? goal.position) : null;
  }

  passes({ gtid, file, startOffset }: Transaction): boolean {
    if (this.#end !== null) return comparePositions({ file, offset: startOffset }, this.#end) < 0;
    if (this.#wanted === null || gtid === null) return true;
    if (!this.#wanted.has(gtid.sid, gtid.gno, gtid.tag)) return this.#missing > 0;
    this.#missing--;
    return true;
  }
}

function laterOf(a: BinlogPosition, b: BinlogPosition): BinlogPosition {
  return comparePositions(a, b) < 0 ? b : a;
}
