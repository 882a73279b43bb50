/** What information_schema.COLUMNS says of a column that is part of a key. */
export interface KeyColumnType {
  /** DATA_TYPE, lower case: `int`, `varchar`, … */
  readonly dataType: string;
  /** COLLATION_NAME; null for types without a character set. */
  readonly collation: string | null;
}

/**
 * Types whose equal values have equal bytes in a row image. Integers and bit fields are fixed; ENUM and SET are stored as
 * numbers; temporal types have one form for a value (a negative zero TIME is stored as zero); DECIMAL has no negative zero,
 * and InnoDB itself compares its bytes. BINARY loses its trailing zero bytes in an image, always, so that equal values
 * stay equal. FLOAT and DOUBLE are missing because −0 equals 0.
 */
const comparableTypes = new Set([
  'tinyint',
  'smallint',
  'mediumint',
  'int',
  'bigint',
  'decimal',
  'bit',
  'year',
  'date',
  'time',
  'datetime',
  'timestamp',
  'enum',
  'set',
  'binary',
  'varbinary',
]);

/**
 * True when two values of this column that the server holds for equal have the same bytes in a row image.
 *
 * Character columns only where the collation is binary. Most such collations pad with spaces when they compare: for CHAR
 * that does no harm, its trailing spaces are never in an image; a VARCHAR keeps them, so `'a'` and `'a '` would be one key
 * with two spellings. utf8mb4_0900_bin does not pad.
 */
export function isKeyComparable(column: KeyColumnType): boolean {
  if (comparableTypes.has(column.dataType)) return true;
  const { collation } = column;
  if (collation === null) return false;
  if (column.dataType === 'char') return collation === 'binary' || collation.endsWith('_bin');
  if (column.dataType === 'varchar') return collation === 'binary' || collation === 'utf8mb4_0900_bin';
  return false;
}
