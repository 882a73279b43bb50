/** A column as information_schema.COLUMNS has it. */
export interface ColumnDefinition {
  readonly column_name: string;
  /** COLUMN_TYPE: `varchar(20)`, `int unsigned`, … */
  readonly column_type: string;
  readonly charset: string | null;
}

/**
 * Why row changes of one table cannot be applied to the other, or null when they can. Rows are applied by the position of
 * their columns: count, types and character sets must agree; names should, or values land in the wrong columns.
 */
export function tableDifference(
  source: readonly ColumnDefinition[],
  replica: readonly ColumnDefinition[],
): string | null {
  if (source.length !== replica.length) return countDifference(source, replica);
  for (const [ordinal, theirs] of source.entries()) {
    const ours = replica[ordinal];
    if (ours === undefined) continue;
    const where = `column ${String(ordinal + 1)}, ${theirs.column_name},`;
    if (theirs.column_name.toLowerCase() !== ours.column_name.toLowerCase()) {
      return `${where} is called ${ours.column_name} on the replica`;
    }
    const [theirType, ourType] = [typeOf(theirs), typeOf(ours)];
    if (theirType !== ourType) {
      return `${where} is ${theirType} on the source and ${ourType} on the replica`;
    }
  }
  return null;
}

function countDifference(source: readonly ColumnDefinition[], replica: readonly ColumnDefinition[]): string {
  const only = (
    some: readonly ColumnDefinition[],
    others: readonly ColumnDefinition[],
    where: string,
  ): string[] => {
    const known = new Set(others.map((column) => column.column_name.toLowerCase()));
    return some
      .filter((column) => !known.has(column.column_name.toLowerCase()))
      .slice(0, 3)
      .map((column) => `${column.column_name} is on the ${where} only`);
  };
  const names = [...only(source, replica, 'source'), ...only(replica, source, 'replica')].join(', ');
  const counts = `the source has ${String(source.length)} columns and the replica ${String(replica.length)}`;
  return names === '' ? counts : `${counts}: ${names}`;
}

/** The same type in the words of every version: 8.0.19 dropped display widths, 8.0.11 renamed a geometry, utf8 is utf8mb3. */
function typeOf(column: ColumnDefinition): string {
  const type = column.column_type
    .replace(/^((?:tiny|small|medium|big)?int|year)\(\d+\)/i, '$1')
    .replace(/^geometrycollection$/i, 'geomcollection')
    .replace(/ \/\* 5\.5 binary format \*\/$/, '');
  if (column.charset === null) return type;
  return `${type} ${column.charset === 'utf8' ? 'utf8mb3' : column.charset}`;
}
