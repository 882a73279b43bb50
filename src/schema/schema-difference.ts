import type { ColumnDefinition, TableDefinition } from './table-definition.js';

/**
 * What a difference leads to.
 *
 * - `harm`: values of the replica become others than the source's, or the link stops as soon as such rows come.
 * - `doubt`: it depends on the rows.
 * - `note`: nothing but the definition differs, or what happens is what whoever made it wants.
 */
export interface TableDifference {
  readonly weight: 'harm' | 'doubt' | 'note';
  /** The difference and what it leads to, without a full stop. */
  readonly what: string;
}

/** What both servers have in common that decides how much can be compared. */
export interface ComparisonManner {
  /** `replica_type_conversions` of the replica. */
  readonly conversions: string;
  /** Both print expressions in the same words. */
  readonly sameWords: boolean;
}

/** Names of columns in one text. */
const namesShownMax = 5;

const note = (what: string): TableDifference => ({ weight: 'note', what });
const doubt = (what: string): TableDifference => ({ weight: 'doubt', what });
const harm = (what: string): TableDifference => ({ weight: 'harm', what });

/** Where the replica alone has a generated invisible primary key, its columns begin behind that. */
export function columnsInFront(source: TableDefinition, replica: TableDefinition): 0 | 1 {
  return hasGeneratedKey(replica) && !hasGeneratedKey(source) ? 1 : 0;
}

function hasGeneratedKey({ columns: [first] }: TableDefinition): boolean {
  return first?.column_name.toLowerCase() === 'my_row_id' && /\binvisible\b/i.test(first.extra);
}

/** How the columns differ. Row changes go by position: what stands at the end on one side only is allowed, as in MySQL itself. */
export function columnDifferences(
  source: TableDefinition,
  replica: TableDefinition,
  manner: ComparisonManner,
): TableDifference[] {
  const front = columnsInFront(source, replica);
  const ours = replica.columns.slice(front);
  const found: TableDifference[] = [];
  const shared = Math.min(source.columns.length, ours.length);
  for (let at = 0; at < shared; at += 1) {
    const [theirs, own] = [source.columns[at], ours[at]];
    if (theirs !== undefined && own !== undefined) found.push(...columnDifference(at, theirs, own, manner));
  }
  const missing = source.columns.slice(shared);
  if (missing.length > 0) {
    found.push(note(`${names(missing)} on the source only: ${themOrIt(missing)} left out`));
  }
  const extra = ours.slice(shared);
  const stored = extra.filter(({ extra: kind }) => !isGenerated(kind));
  if (stored.length > 0) {
    const filled = stored.length === 1 ? 'new rows get its default' : 'new rows get their defaults';
    found.push(
      note(
        `${names(stored)} on the replica only: ${filled}, and the table goes in source order, in one lane`,
      ),
    );
  }
  if (extra.length > stored.length) {
    found.push(
      note(
        `${names(extra.filter(({ extra: kind }) => isGenerated(kind)))} on the replica only: computed there`,
      ),
    );
  }
  if (front === 1) {
    found.push(
      note(
        'only the replica has a generated invisible primary key: the table goes in source order, in one lane',
      ),
    );
  }
  return found;
}

function columnDifference(
  at: number,
  theirs: ColumnDefinition,
  own: ColumnDefinition,
  manner: ComparisonManner,
): TableDifference[] {
  const where = `column ${String(at + 1)}, ${theirs.column_name},`;
  if (theirs.column_name.toLowerCase() !== own.column_name.toLowerCase()) {
    return [harm(`${where} is called ${own.column_name} on the replica, where its values land`)];
  }
  const [theirType, ownType] = [typeOf(theirs), typeOf(own)];
  if (theirType !== ownType) {
    const both = `${where} is ${theirType} on the source and ${ownType} on the replica`;
    return [harm(`${both}: ${typeOutcome(theirs, own, manner.conversions)}`)];
  }
  const found: TableDifference[] = [];
  if (theirs.nullable === 'YES' && own.nullable === 'NO') {
    found.push(doubt(`${where} is NOT NULL on the replica: a NULL becomes 0, or an empty text`));
  } else if (theirs.nullable !== own.nullable) found.push(note(`${where} may be NULL on the replica`));
  if (theirs.collation !== own.collation && theirs.charset === own.charset) {
    found.push(
      doubt(
        `${where} is ${theirs.collation ?? ''} on the source and ${own.collation ?? ''} on the replica: as part of a key it may take other values for equal`,
      ),
    );
  }
  return [...found, ...expressionDifference(where, theirs, own, manner)];
}

function expressionDifference(
  where: string,
  theirs: ColumnDefinition,
  own: ColumnDefinition,
  { sameWords }: ComparisonManner,
): TableDifference[] {
  const [theirGenerated, ownGenerated] = [isGenerated(theirs.extra), isGenerated(own.extra)];
  if (ownGenerated && !theirGenerated) {
    return [doubt(`${where} is generated on the replica, which does not take the source’s values`)];
  }
  if (theirGenerated && !ownGenerated) {
    return [note(`${where} is generated on the source only: its values are copied`)];
  }
  if (!sameWords) return [];
  if (theirGenerated) {
    if ((theirs.expression ?? '') === (own.expression ?? '')) return [];
    return [doubt(`${where} is generated by another expression on the replica, which gives other values`)];
  }
  return theirs.default_value === own.default_value
    ? []
    : [note(`${where} has another default on the replica, which rows of the source do not use`)];
}

/** What the server's row applier does with such a value. It looks at the type alone; character sets must agree. */
function typeOutcome(theirs: ColumnDefinition, own: ColumnDefinition, conversions: string): string {
  const bare = (column: ColumnDefinition): string => typeOf(column).replace(/ unsigned| zerofill/g, '');
  if (bare(theirs) === bare(own)) return 'the same bytes are another number there';
  const listed = /^(enum|set)\(/i;
  const kinds = [theirs, own].map(({ column_type }) => listed.exec(column_type)?.[1]?.toLowerCase());
  if (kinds[0] !== undefined && kinds[0] === kinds[1] && theirs.charset === own.charset) {
    return 'values go by their number in the list';
  }
  if (theirs.charset !== null && own.charset !== null && charsetOf(theirs) !== charsetOf(own)) {
    return 'the replica refuses its rows, for character sets are not converted';
  }
  return conversions === ''
    ? 'the replica refuses its rows, for replica_type_conversions is empty'
    : `the replica converts what replica_type_conversions (${conversions}) allows, and refuses the rest`;
}

const isGenerated = (extra: string): boolean => /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(extra);

function names(columns: readonly ColumnDefinition[]): string {
  const shown = columns.slice(0, namesShownMax).map(({ column_name }) => column_name);
  const more = columns.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''} ${columns.length === 1 ? 'is' : 'are'}`;
}

const themOrIt = (columns: readonly unknown[]): string =>
  columns.length === 1 ? 'its values are' : 'their values are';

const charsetOf = ({ charset }: ColumnDefinition): string | null =>
  charset === 'utf8' ? 'utf8mb3' : charset;

/** The same type in the words of every version: 8.0.19 dropped display widths, 8.0.11 renamed a geometry, utf8 is utf8mb3. */
function typeOf(column: ColumnDefinition): string {
  const type = column.column_type
    .replace(/^((?:tiny|small|medium|big)?int|year)\(\d+\)/i, '$1')
    .replace(/^geometrycollection$/i, 'geomcollection')
    .replace(/ \/\* 5\.5 binary format \*\/$/, '');
  return column.charset === null ? type : `${type} ${charsetOf(column) ?? ''}`;
}
