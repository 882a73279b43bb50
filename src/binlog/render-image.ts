import { type ColumnAttributes, readColumnAttributes } from './column-attributes.js';
import { RowCutter } from './row-cutter.js';
import type { TableMap } from './table-map.js';
import { hexText, valueText } from './value-text.js';

const charactersMax = 2000;
const nameCharactersMax = 64;

/**
 * A row image as text for error messages, at most some 2,000 characters:
 * `id=5, name='O''Brien', blob=x'00ff…' (70000 bytes), price=12.30, at='2026-01-02 03:04:05.678', note=NULL`.
 *
 * ENUM and SET are shown as numbers, TIMESTAMP in UTC, integers as signed unless the table map says otherwise, and text that
 * is not UTF-8 in hexadecimal. `present` is the bitmap of the columns in the image, null for all. Never throws: it
 * describes what went wrong, and must not hide it; an image that cannot be cut is shown as bytes.
 */
export function renderImage(
  table: TableMap,
  columnNames: readonly string[],
  image: Buffer,
  start: number,
  end: number,
  present: Buffer | null = null,
): string {
  try {
    return columnsText(table, columnNames, image, start, end, present);
  } catch {
    return hexText(image.subarray(Math.max(0, start), Math.max(0, end)));
  }
}

function columnsText(
  table: TableMap,
  columnNames: readonly string[],
  image: Buffer,
  start: number,
  end: number,
  present: Buffer | null,
): string {
  const cutter = new RowCutter(table, present);
  cutter.cut(image, start, Math.min(end, image.length));
  const attributes = attributesOf(table);
  const { columns } = table;
  let text = '';
  for (let i = 0; i < columns.length; i++) {
    const layout = columns[i];
    const own = attributes[i];
    if (layout === undefined || own === undefined) continue;
    if (present !== null && ((present[i >> 3] ?? 0) & (1 << (i & 7))) === 0) continue;
    const from = cutter.starts[i] ?? -1;
    const value = from < 0 ? 'NULL' : valueText(layout, image.subarray(from, cutter.ends[i]), own);
    const name = (columnNames[i] ?? `@${i + 1}`).slice(0, nameCharactersMax);
    const part = `${text === '' ? '' : ', '}${name}=${value}`;
    if (text.length + part.length > charactersMax) return `${text}, … (${columns.length} columns)`;
    text += part;
  }
  return text;
}

/** The metadata is not needed to cut the image: without it values are still readable. */
function attributesOf(table: TableMap): readonly ColumnAttributes[] {
  try {
    return readColumnAttributes(table);
  } catch {
    return table.columns.map(() => ({ unsigned: null, binary: null }));
  }
}
