import { RowCutter } from '../binlog/row-cutter.js';
import type { TableMap } from '../binlog/table-map.js';
import type { Image } from './net-changes.js';
import { rowKey } from './row-key.js';
import type { TableTraits } from '../schema/table-traits.js';

/** Whether a row image holds the value of `image` in some unique key; keys that do not compare as bytes might always. */
export type MeetsImage = (bytes: Buffer, start: number, end: number) => boolean;

export function meetsImage(table: TableMap, traits: TableTraits, image: Image): MeetsImage {
  const { primaryKey, primaryKeyComparable, uniqueKeys } = traits;
  if (!primaryKeyComparable || uniqueKeys.some((key) => key.functional || !key.comparable)) return () => true;
  const keys = uniqueKeys.map((key) => key.columns);
  if (primaryKey !== null) keys.push(primaryKey);
  const cutter = new RowCutter(table);
  cutter.cut(image.bytes, image.start, image.end);
  const values = keys.map((columns) => rowKey(image.bytes, cutter, columns));
  return (bytes, start, end) => {
    cutter.cut(bytes, start, end);
    return keys.some((columns, i) => values[i] !== null && rowKey(bytes, cutter, columns) === values[i]);
  };
}
