import { quoteIdentifier } from '../mysql/identifier.js';
import { columnText } from './row-digest.js';

/** A column of a key along which a table is cut. */
export interface KeyColumn {
  readonly name: string;
  /** DATA_TYPE, lower case. */
  readonly dataType: string;
  /** Null for a column that holds no text. */
  readonly characterSet: string | null;
  readonly nullable: false;
}

/** A unique key without NULLs, and the index that keeps it. */
export interface RangeKey {
  readonly indexName: string;
  readonly columns: readonly KeyColumn[];
}

/** The exact text of each column of a key: digits, dates, or hexadecimal bytes; as `keyTexts` selects them. */
export type KeyValues = readonly string[];

/** The keys above `after`, up to and with `upTo`; null: no bound. */
export interface KeyRange {
  readonly after: KeyValues | null;
  readonly upTo: KeyValues | null;
}

const hexTypes = new Set(['char', 'varchar', 'binary', 'varbinary']);
const quotedTypes = new Set(['date', 'time', 'datetime', 'timestamp']);
const numberTypes = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'bit', 'year']);

/**
 * Whether a range of this type can be written down exactly and found through an index. Not so for FLOAT and DOUBLE, whose decimal
 * text is not their value, and for ENUM and SET, whose order is not that of their text.
 */
export function isRangeType(dataType: string): boolean {
  return hexTypes.has(dataType) || quotedTypes.has(dataType) || numberTypes.has(dataType);
}

/** `… AS key_0, … AS key_1`. */
export function keyTexts(columns: readonly KeyColumn[]): string {
  return columns.map((column, i) => `${columnText(column)} AS key_${i}`).join(', ');
}

/** The key of a row that was selected with `keyTexts`. */
export function keyOfRow(row: Readonly<Record<string, unknown>>, columns: readonly KeyColumn[]): KeyValues {
  return columns.map((_, i) => String(row[`key_${i}`] as string | number));
}

/** A condition for the keys of a range; empty for all of them. */
export function rangeCondition(columns: readonly KeyColumn[], { after, upTo }: KeyRange): string {
  const parts: string[] = [];
  if (after !== null) parts.push(oneSided(columns, after, '>', '>'));
  if (upTo !== null) parts.push(oneSided(columns, upTo, '<', '<='));
  return parts.join(' AND ');
}

/** The row with this key; under a collation that is not binary also one whose key is only equal to it. */
export function equalCondition(columns: readonly KeyColumn[], values: KeyValues): string {
  return columns
    .map((column, i) => `${quoteIdentifier(column.name)} = ${literal(column, values[i]!)}`)
    .join(' AND ');
}

/**
 * Keys beyond a bound. Written out instead of as a comparison of rows, which the optimizer does not turn into a range of an index.
 */
function oneSided(
  columns: readonly KeyColumn[],
  values: KeyValues,
  comparison: '<' | '>',
  lastComparison: '<=' | '>',
): string {
  const last = columns.length - 1;
  const terms = columns.map((column, i) => {
    const same = equalCondition(columns.slice(0, i), values);
    const beyond = `${quoteIdentifier(column.name)} ${i === last ? lastComparison : comparison} ${literal(column, values[i]!)}`;
    return same === '' ? beyond : `(${same} AND ${beyond})`;
  });
  return terms.length === 1 ? terms[0]! : `(${terms.join(' OR ')})`;
}

/** The value as a literal that compares as the column does, whatever the character set of the session. */
function literal({ dataType, characterSet }: KeyColumn, text: string): string {
  if (quotedTypes.has(dataType)) return `'${text}'`;
  if (!hexTypes.has(dataType)) return text;
  if (characterSet === null || characterSet === 'binary') return `x'${text}'`;
  // utf8mb3 goes by two names, each of them unknown to some servers; its bytes are those of utf8mb4.
  return `_${characterSet === 'utf8mb3' ? 'utf8mb4' : characterSet} x'${text}'`;
}
