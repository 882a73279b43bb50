import { RowCutter } from '../binlog/row-cutter.js';
import type { TableMap } from '../binlog/table-map.js';
import type { Image } from './net-changes.js';
import type { RowState } from './row-state.js';

/**
 * Keeps the AUTO_INCREMENT counter of a table level with the source's although rows that come and go within an epoch are not
 * written: otherwise the replica, once promoted, would hand a number out again. The image with the highest number seen is
 * kept; when no image that stays has that number, the row is inserted and deleted again for its number alone.
 */
export class AutoIncrementWatch {
  readonly #table: TableMap;
  readonly #column: number;
  readonly #unsigned: boolean;
  /** The number read last, and the highest, in two halves of 32 bits: a BIGINT does not fit a double. */
  #high = 0;
  #low = 0;
  #highestHigh = 0;
  #highestLow = 0;
  #image: Image | null = null;

  constructor(table: TableMap, column: number, unsigned: boolean) {
    this.#table = table;
    this.#column = column;
    this.#unsigned = unsigned;
  }

  /** Looks at an after-image that `cutter` has just cut. Negative numbers do not move the counter. */
  see(cutter: RowCutter, bytes: Buffer, start: number, end: number): void {
    if (!this.#read(cutter, bytes) || this.#aboveHighest() <= 0) return;
    this.#highestHigh = this.#high;
    this.#highestLow = this.#low;
    this.#image = { bytes, start, end };
  }

  /** Looks at an image from before the epoch that `cutter` has just cut: the counter has passed its number already. */
  seeBefore(cutter: RowCutter, bytes: Buffer): void {
    if (!this.#read(cutter, bytes) || this.#aboveHighest() < 0) return;
    this.#highestHigh = this.#high;
    this.#highestLow = this.#low;
    this.#image = null;
  }

  /** The image with the highest number, when no image of `states`, from before the epoch or after it, has that number. */
  burnt(states: readonly RowState[]): Image | null {
    if (this.#image === null) return null;
    const cutter = new RowCutter(this.#table);
    const holds = (bytes: Buffer | null, start: number, end: number): boolean => {
      if (bytes === null) return false;
      cutter.cut(bytes, start, end);
      return this.#read(cutter, bytes) && this.#aboveHighest() >= 0;
    };
    // The newest row has the highest number as a rule, and it is the last.
    for (let i = states.length - 1; i >= 0; i--) {
      const { before, beforeStart, beforeEnd, after, afterStart, afterEnd } = states[i] as RowState;
      if (holds(after, afterStart, afterEnd) || holds(before, beforeStart, beforeEnd)) return null;
    }
    return this.#image;
  }

  /** The number read last against the highest: positive above it, 0 equal. */
  #aboveHighest(): number {
    return this.#high - this.#highestHigh || this.#low - this.#highestLow;
  }

  #read(cutter: RowCutter, bytes: Buffer): boolean {
    const start = cutter.starts[this.#column] as number;
    if (start < 0) return false;
    const length = (cutter.ends[this.#column] as number) - start;
    if (length === 0 || (!this.#unsigned && (bytes[start + length - 1] as number) >= 0x80)) return false;
    this.#low = length >= 4 ? bytes.readUInt32LE(start) : bytes.readUIntLE(start, length);
    this.#high = length === 8 ? bytes.readUInt32LE(start + 4) : 0;
    return true;
  }
}
