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
    if (!this.#read(cutter, bytes)) return;
    if (this.#high < this.#highestHigh) return;
    if (this.#high === this.#highestHigh && this.#low <= this.#highestLow) return;
    this.#highestHigh = this.#high;
    this.#highestLow = this.#low;
    this.#image = { bytes, start, end };
  }

  /** The image whose number is in none of the after-images of `states`; null when it is. */
  burnt(states: readonly RowState[]): Image | null {
    if (this.#image === null) return null;
    const cutter = new RowCutter(this.#table);
    // The newest row has the highest number as a rule, and it is the last.
    for (let i = states.length - 1; i >= 0; i--) {
      const { after, afterStart, afterEnd } = states[i] as RowState;
      if (after === null) continue;
      cutter.cut(after, afterStart, afterEnd);
      if (!this.#read(cutter, after)) continue;
      if (this.#high === this.#highestHigh && this.#low === this.#highestLow) return null;
    }
    return this.#image;
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
