import { type ColumnAttributes, readColumnAttributes } from '../binlog/column-attributes.js';
import type { ColumnLayout } from '../binlog/column-layout.js';
import type { TableMap } from '../binlog/table-map.js';
import { hexText, valueText } from '../binlog/value-text.js';
import type { RowKey } from './row-key.js';

const charactersMax = 200;
const unknownAttributes: ColumnAttributes = { unsigned: null, binary: null };

/**
 * A primary key as a person reads it: `order_id=5, line=2`; at most some 200 characters. `columns` are its columns in the order of
 * the key. What cannot be read is shown as bytes.
 */
export function keyText(
  table: TableMap,
  columns: readonly number[],
  columnNames: readonly string[],
  key: RowKey,
): string {
  const bytes = keyBytes(key);
  try {
    return clipped(valuesText(table, columns, columnNames, bytes));
  } catch {
    return clipped(hexText(bytes));
  }
}

/** The bytes that `rowKey` made the key of; behind a number there may be zeros that do not belong to it. */
function keyBytes(key: RowKey): Buffer {
  if (typeof key === 'string') return Buffer.from(key, 'latin1');
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(key));
  return bytes;
}

function valuesText(
  table: TableMap,
  columns: readonly number[],
  columnNames: readonly string[],
  bytes: Buffer,
): string {
  const attributes = attributesOf(table);
  let at = 0;
  return columns
    .map((column) => {
      const layout = table.columns[column] as ColumnLayout;
      const { prefixBytes, fixedBytes } = layout;
      const length = prefixBytes === 0 ? fixedBytes : prefixBytes + bytes.readUIntLE(at, prefixBytes);
      const value = valueText(
        layout,
        bytes.subarray(at, at + length),
        attributes[column] ?? unknownAttributes,
      );
      at += length;
      return `${columnNames[column] ?? `@${column + 1}`}=${value}`;
    })
    .join(', ');
}

/** The metadata is optional: without it values are still readable. */
function attributesOf(table: TableMap): readonly ColumnAttributes[] {
  try {
    return readColumnAttributes(table);
  } catch {
    return [];
  }
}

function clipped(text: string): string {
  return text.length <= charactersMax
    ? text
    : `${text.slice(0, charactersMax).replace(/[\ud800-\udbff]$/, '')}…`;
}
