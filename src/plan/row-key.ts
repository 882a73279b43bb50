import type { RowCutter } from '../binlog/row-cutter.js';

/** A row's key for maps: equal keys have equal bytes. A number where the bytes are few, else a text of the bytes. */
export type RowKey = number | string;

const highLimit = 2 ** 21;

/**
 * The key over `columns` of the image that `cutter` has just cut, or null when one of them is NULL. Values of variable
 * length carry their length before them, so that the joined bytes of two different keys always differ.
 */
export function rowKey(bytes: Buffer, cutter: RowCutter, columns: readonly number[]): RowKey | null {
  if (columns.length === 1) {
    const column = columns[0] as number;
    const start = cutter.starts[column] as number;
    if (start < 0) return null;
    const end = cutter.ends[column] as number;
    switch (end - start) {
      case 4:
        return bytes.readUInt32LE(start);
      case 8: {
        const high = bytes.readUInt32LE(start + 4);
        if (high < highLimit) return bytes.readUInt32LE(start) + high * 2 ** 32;
        break;
      }
    }
    return bytes.toString('latin1', start, end);
  }
  let key = '';
  for (const column of columns) {
    const start = cutter.starts[column] as number;
    if (start < 0) return null;
    key += bytes.toString('latin1', start, cutter.ends[column]);
  }
  return key;
}
