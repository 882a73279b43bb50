import { quoteIdentifier, quoteTable } from '../mysql/identifier.js';

/** A column as information_schema.COLUMNS tells it. */
export interface DigestColumn {
  readonly name: string;
  /** DATA_TYPE: the bare type name, such as `varchar`. */
  readonly dataType: string;
  /** False spares the test for NULL; true by default. */
  readonly nullable?: boolean;
}

/** The rows to look at, and how to tell one from another. */
export interface DigestTable {
  readonly schema: string;
  readonly table: string;
  /** All columns, invisible and generated ones too, in table order. */
  readonly columns: readonly DigestColumn[];
  /** The primary key's columns in key order; empty: rows are told apart by their whole content, as a multiset. */
  readonly keyColumns: readonly DigestColumn[];
}

/** Cannot be the text of any value below: those are digits, dates, hexadecimal or decimal numbers. */
const nullText = "'N'";

/**
 * A column's value as text that is the same on every server version exactly when the value's bytes are, and holds no
 * comma. Neither the connection's character set nor the column's collation plays a part.
 */
export function columnText(column: DigestColumn): string {
  const text = exactText(quoteIdentifier(column.name), column.dataType.toLowerCase());
  return column.nullable === false ? text : `IFNULL(${text}, ${nullText})`;
}

function exactText(name: string, dataType: string): string {
  switch (dataType) {
    case 'float':
      // A FLOAT prints six digits only, but its sign, that of -0 too. Without a sign and as a DOUBLE it prints all digits:
      // MySQL 9 cuts computed numbers to 22 characters, which is just enough.
      return `CONCAT(${name}, '/', ABS(${name}) * 1e0)`;
    case 'double':
      // A column, unlike an expression or a CAST in MySQL 9, prints as many digits as tell it from its neighbours.
      return `CONCAT(${name})`;
    case 'bit':
    case 'enum':
    case 'set':
      // The number, not the text: the empty text is both a member that was declared and an invalid value.
      return `CAST(CAST(${name} AS UNSIGNED) AS CHAR)`;
    case 'json':
      // The server keeps parsed values; two layouts of one value are no difference. Of a text longer than max_allowed_packet it makes an empty
      // one (or NULL), with no more than a warning: then the statement has to fail, with the error that `isTooLongJson` knows.
      return (
        `IF(${name} IS NULL, NULL, COALESCE(NULLIF(SHA2(CAST(${name} AS CHAR), 256), SHA2('', 256)), ` +
        `CAST(CAST(CONCAT('too long: ', JSON_TYPE(${name})) AS JSON) AS CHAR)))`
      );
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
    case 'vector':
      // Hashed one by one, for a concatenation longer than max_allowed_packet would silently become NULL.
      return `SHA2(${name}, 256)`;
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      // The bytes as stored; a cast or a concatenation would convert them to one character set.
      return `HEX(${name})`;
    default:
      return isGeometry(dataType) ? `SHA2(${name}, 256)` : `CAST(${name} AS CHAR)`;
  }
}

/** Whether a statement failed because a JSON value is too long to be read as text: ER_INVALID_JSON_TEXT(_IN_PARAM) of what is no JSON. */
export function isTooLongJson({ errno }: { readonly errno: number }): boolean {
  return errno === 3140 || errno === 3141;
}

/** The names by which information_schema calls spatial columns; their bytes are SRID and well-known binary. */
function isGeometry(dataType: string): boolean {
  return /^(geometry|point|linestring|polygon|multi\w+|geom(etry)?collection)$/.test(dataType);
}

function textOf(columns: readonly DigestColumn[]): string {
  return `CONCAT_WS(',', ${columns.map(columnText).join(', ')})`;
}

/** 64 hexadecimal digits that stand for the whole row. */
export function rowHash(columns: readonly DigestColumn[]): string {
  return `SHA2(${textOf(columns)}, 256)`;
}

/** What tells one row from the others: the exact text of its primary key, else the hash of the whole row. */
export function rowIdentity(table: DigestTable): string {
  return table.keyColumns.length === 0 ? rowHash(table.columns) : textOf(table.keyColumns);
}

/** 64 bits of a hash as a number. */
function hashPart(hash: string, part: 0 | 1): string {
  return `CAST(CONV(SUBSTRING(${hash}, ${part * 16 + 1}, 16), 16, 10) AS UNSIGNED)`;
}

/**
 * Counts and digest of all rows: `row_count`, `sum_0`, `sum_1`, decimal text. The hashes are summed, so that the order of rows plays
 * no part and a duplicate counts (an exclusive-or would lose pairs).
 */
export function tableDigestStatement(table: DigestTable): string {
  return `SELECT ${digestColumns(table)} FROM ${quoteTable(table.schema, table.table)}`;
}

/**
 * Grouped by places of the list and not by names, here and below: the server takes a column of that name for what is meant.
 *
 * The same as above for each of `buckets` parts of the table, as `bucket`, or only for some of them; a row's bucket depends on its
 * identity only.
 */
export function bucketDigestStatement(
  table: DigestTable,
  buckets: number,
  only: readonly number[] | null = null,
): string {
  const number = bucketNumber(table, buckets);
  const condition = only === null ? '' : ` WHERE ${number} IN (${only.join(', ')})`;
  return (
    `SELECT ${number} AS bucket, ${digestColumns(table)} ` +
    `FROM ${quoteTable(table.schema, table.table)}${condition} GROUP BY 1`
  );
}

/**
 * The rows of one bucket: `identity`, `hash` and `copies`, then `shown_0`, …: the key's columns, or all columns of a table
 * without a key. Needs a session whose sql_mode lacks ONLY_FULL_GROUP_BY.
 */
export function bucketRowsStatement(
  table: DigestTable,
  buckets: number,
  bucket: number,
  rowsMax: number,
): string {
  const shown = shownColumns(table).map(
    (column, index) => `${quoteIdentifier(column.name)} AS shown_${index}`,
  );
  return (
    `SELECT ${rowIdentity(table)} AS identity, ${rowHash(table.columns)} AS hash, COUNT(*) AS copies, ${shown.join(', ')} ` +
    `FROM ${quoteTable(table.schema, table.table)} WHERE ${bucketNumber(table, buckets)} = ${bucket} ` +
    `GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ${rowsMax}`
  );
}

/** The columns that show a person which row is meant. */
export function shownColumns(table: DigestTable): readonly DigestColumn[] {
  return table.keyColumns.length === 0 ? table.columns : table.keyColumns;
}

function digestColumns(table: DigestTable): string {
  const hash = rowHash(table.columns);
  const sums = ([0, 1] as const).map((part) => `COALESCE(SUM(${hashPart(hash, part)}), 0) AS sum_${part}`);
  return `COUNT(*) AS row_count, ${sums.join(', ')}`;
}

function bucketNumber(table: DigestTable, buckets: number): string {
  const hash = table.keyColumns.length === 0 ? rowIdentity(table) : `SHA2(${rowIdentity(table)}, 256)`;
  return `${hashPart(hash, 1)} % ${buckets}`;
}
