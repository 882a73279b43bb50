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
 * What keeps two values of this column that the server holds for equal from having the same bytes in a row image, for a
 * person to read; null: nothing does.
 *
 * Character columns compare only where the collation is binary. Most such collations pad with spaces when they compare: for
 * CHAR that does no harm, its trailing spaces are never in an image; a VARCHAR keeps them, so `'a'` and `'a '` would be one
 * key with two spellings. utf8mb4_0900_bin does not pad.
 */
export function comparabilityObstacle(column: KeyColumnType): string | null {
  const { dataType, collation } = column;
  if (comparableTypes.has(dataType)) return null;
  if (dataType === 'float' || dataType === 'double')
    return `a ${dataType.toUpperCase()} holds 0 and -0, which are equal`;
  if (collation === null) return `${dataType.toUpperCase()} has no one form for a value`;
  const isBinary = collation === 'binary' || collation.endsWith('_bin');
  if (dataType === 'char' && isBinary) return null;
  if (dataType === 'varchar' && (collation === 'binary' || collation === 'utf8mb4_0900_bin')) return null;
  if (isBinary) return `${collation} passes over trailing spaces when it compares`;
  return `${collation} takes different letters for equal`;
}
