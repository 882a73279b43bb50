import { quoteIdentifier, quoteTable } from '../mysql/identifier.js';
import {
  equalCondition,
  keyTexts,
  type KeyRange,
  type KeyValues,
  rangeCondition,
  type RangeKey,
} from './range-key.js';
import { columnText, rowHash, shownColumns } from './row-digest.js';
import type { SideTable } from './table-pair.js';

/**
 * How a server adds up the hashes of a chunk: MySQL 8.0 and later take binary strings together with BIT_XOR, older ones and MariaDB only
 * numbers of 64 bits.
 */
export type DigestForm = 'binary' | 'numbers';

/** Hexadecimal digits of a digest that both forms give: 128 bits. */
const digestDigits = 32;

export interface DigestRow {
  readonly row_count: string | number;
  readonly part_0: unknown;
  readonly part_1?: unknown;
}

/** Rows and digest of a chunk; two chunks with one digest hold the same rows, but for odds of 2^-128. */
export interface ChunkDigest {
  readonly rows: number;
  readonly digest: string;
}

/**
 * The digest of the rows of a range: an exclusive-or of their SHA-256 hashes. No two rows of a range are the same, since each
 * holds its key, so that none cancel out; a cheaper hash such as CRC32 would let values swapped between rows cancel out.
 *
 * @param timeoutMs after which a server that can (MySQL 5.7.8 and later) gives up with ER_QUERY_TIMEOUT; 0: never.
 */
export function chunkDigestStatement(
  table: SideTable,
  range: KeyRange,
  form: DigestForm,
  timeoutMs: number,
): string {
  const hash = rowHash(table.columns);
  const parts =
    form === 'binary'
      ? `BIT_XOR(UNHEX(${hash})) AS part_0`
      : [0, 1].map((part) => `BIT_XOR(${numberPart(hash, part)}) AS part_${part}`).join(', ');
  const limit = timeoutMs === 0 ? '' : `/*+ MAX_EXECUTION_TIME(${timeoutMs}) */ `;
  return `SELECT ${limit}COUNT(*) AS row_count, ${parts} ${fromRange(table, range)}`;
}

export function readDigest(row: DigestRow | undefined): ChunkDigest {
  const rows = Number(row?.row_count ?? 0);
  if (row === undefined || rows === 0) return { rows: 0, digest: '' };
  if (Buffer.isBuffer(row.part_0)) return { rows, digest: row.part_0.toString('hex').slice(0, digestDigits) };
  const parts = [row.part_0, row.part_1].map((part) =>
    BigInt(part as string)
      .toString(16)
      .padStart(digestDigits / 2, '0'),
  );
  return { rows, digest: parts.join('') };
}

/** The key that stands `rows` rows into the range; no row if the range has fewer. */
export function boundaryStatement(table: SideTable, range: KeyRange, rows: number): string {
  const { columns } = keyOf(table);
  return `SELECT ${keyTexts(columns)} ${fromRange(table, range)} ORDER BY ${keyOrder(table)} LIMIT ${rows - 1}, 1`;
}

/** `key_0`, …, and `hash`, of the rows of a range, `rowsMax` at most. */
export function rowHashesStatement(table: SideTable, range: KeyRange, rowsMax: number): string {
  const { columns } = keyOf(table);
  return (
    `SELECT ${keyTexts(columns)}, ${rowHash(table.columns)} AS hash ${fromRange(table, range)} ` +
    `ORDER BY ${keyOrder(table)} LIMIT ${rowsMax}`
  );
}

/** `place` (which of the keys), `hash` and `shown_0`, …, of the rows with these keys. */
export function lookupStatement(table: SideTable, keys: readonly KeyValues[]): string {
  const { columns } = keyOf(table);
  const conditions = keys.map((key) => `(${equalCondition(columns, key)})`);
  const cases = conditions.map((condition, i) => `WHEN ${condition} THEN ${i}`).join(' ');
  const shown = shownColumns(table).map((column, i) => `${quoteIdentifier(column.name)} AS shown_${i}`);
  return (
    `SELECT CASE ${cases} END AS place, ${rowHash(table.columns)} AS hash, ${shown.join(', ')} ` +
    `FROM ${indexedTable(table)} WHERE ${conditions.join(' OR ')}`
  );
}

/** `column_0`, …: a hash of each column of the row with this key. */
export function columnHashesStatement(table: SideTable, key: KeyValues): string {
  const hashes = table.columns.map((column, i) => `SHA2(${columnText(column)}, 256) AS column_${i}`);
  return `SELECT ${hashes.join(', ')} FROM ${indexedTable(table)} WHERE ${equalCondition(keyOf(table).columns, key)}`;
}

/** With the table before each name: alone, it could be that of a text in the list, which sorts otherwise. */
function keyOrder(table: SideTable): string {
  const columns = keyOf(table).columns.map(({ name }) => quoteIdentifier(name));
  return columns.map((column) => `${quoteTable(table.schema, table.table)}.${column}`).join(', ');
}

function fromRange(table: SideTable, range: KeyRange): string {
  const condition = rangeCondition(keyOf(table).columns, range);
  return `FROM ${indexedTable(table)}${condition === '' ? '' : ` WHERE ${condition}`}`;
}

/** Without the hint the optimizer would now and then read the whole table for a range. */
function indexedTable(table: SideTable): string {
  const index = quoteIdentifier(keyOf(table).indexName);
  return `${quoteTable(table.schema, table.table)} FORCE INDEX (${index})`;
}

function keyOf(table: SideTable): RangeKey {
  if (table.key === null) throw new TypeError(`${table.schema}.${table.table} has no key to be cut along`);
  return table.key;
}

function numberPart(hash: string, part: number): string {
  return `CAST(CONV(SUBSTRING(${hash}, ${part * 16 + 1}, 16), 16, 10) AS UNSIGNED)`;
}
