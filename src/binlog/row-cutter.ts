import { TailraceError } from '../errors/tailrace-error.js';
import type { TableMap } from './table-map.js';

/**
 * Finds where a row image and each of its columns begin and end, without decoding a value.
 *
 * An image is a bitmap of NULLs over the columns present, then the values of the others one after the other
 * (`unpack_row` in MySQL's sql/rpl_record.cc). One cutter serves all images of a table that carry the same columns; what it
 * found stays in `starts` and `ends` until the next call.
 */
export class RowCutter {
  /** By column: offset of the value (with its length prefix), or -1 where it is NULL or not in the image. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #table: TableMap;
  readonly #presentColumns: Int32Array;
  readonly #prefixBytes: Uint8Array;
  readonly #fixedBytes: Uint32Array;
  readonly #bitmapBytes: number;

  constructor(table: TableMap, present: Buffer | null = null) {
    const count = table.columns.length;
    this.#table = table;
    this.starts = new Int32Array(count).fill(-1);
    this.ends = new Int32Array(count).fill(-1);
    const columns: number[] = [];
    for (let i = 0; i < count; i++) {
      if (present === null || ((present[i >> 3] ?? 0) & (1 << (i & 7))) !== 0) columns.push(i);
    }
    this.#presentColumns = Int32Array.from(columns);
    this.#prefixBytes = Uint8Array.from(table.columns, (column) => column.prefixBytes);
    this.#fixedBytes = Uint32Array.from(table.columns, (column) => column.fixedBytes);
    this.#bitmapBytes = (columns.length + 7) >> 3;
  }

  /** Cuts the image at `at` and gives the offset after it. Throws TR_STREAM_CORRUPT when it does not end by `limit`. */
  cut(bytes: Buffer, at: number, limit: number): number {
    const { starts, ends } = this;
    const present = this.#presentColumns;
    const count = present.length;
    let offset = at + this.#bitmapBytes;
    if (offset > limit) throw this.#truncated(at, limit);
    for (let i = 0; i < count; i++) {
      const column = present[i] as number;
      if (((bytes[at + (i >> 3)] as number) & (1 << (i & 7))) !== 0) {
        starts[column] = -1;
        ends[column] = -1;
        continue;
      }
      starts[column] = offset;
      const prefix = this.#prefixBytes[column] as number;
      if (prefix === 0) {
        offset += this.#fixedBytes[column] as number;
      } else {
        if (offset + prefix > limit) throw this.#truncated(at, limit);
        let length = bytes[offset] as number;
        if (prefix > 1) length += (bytes[offset + 1] as number) * 0x100;
        if (prefix > 2) length += (bytes[offset + 2] as number) * 0x10000;
        if (prefix > 3) length += (bytes[offset + 3] as number) * 0x1000000;
        offset += prefix + length;
      }
      if (offset > limit) throw this.#truncated(at, limit);
      ends[column] = offset;
    }
    // A table without columns in the image would never advance and loop for ever.
    if (offset === at) throw this.#truncated(at, limit);
    return offset;
  }

  #truncated(at: number, limit: number): TailraceError {
    return new TailraceError('TR_STREAM_CORRUPT', {
      what: `A row image of ${this.#table.name} is truncated.`,
      why: `It starts at byte ${at} of its event and does not end by byte ${limit}.`,
    });
  }
}
