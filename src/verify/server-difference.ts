/** Columns named for one row in a line for a person. */
const columnsShownMax = 8;

export type DifferenceKind =
  | 'schema'
  | 'table'
  | 'view'
  | 'procedure'
  | 'function'
  | 'trigger'
  | 'event'
  /** Only the number that the next row will get. */
  | 'auto-increment'
  | 'rows';

/** A row that is not the same on both servers. One copy on either side means that its content differs. */
export interface DifferingRow {
  /** `id=5`: the primary key; for a table without one, all columns. Shortened if long. */
  readonly key: string;
  readonly sourceCopies: number;
  readonly replicaCopies: number;
  /** The columns that differ, where that was asked for. */
  readonly columns?: readonly string[];
}

/** One way in which a replica is not like its source. */
export interface ServerDifference {
  readonly kind: DifferenceKind;
  readonly schema: string;
  /** The object's name; for a schema the schema's. */
  readonly name: string;
  /** What differs, for a person. */
  readonly detail: string;
  /** For `rows`: the first differing rows, as many as were asked for. */
  readonly rows: readonly DifferingRow[];
}

/** One line for a person. */
export function describeDifference(difference: ServerDifference): string {
  const { kind, schema, name, detail, rows } = difference;
  const where = kind === 'schema' ? schema : `${schema}.${name}`;
  const listed = rows.map(describeRow).join('; ');
  return `${kind} ${where}: ${detail}${listed === '' ? '' : `: ${listed}`}`;
}

/** `id=5 (missing on the replica)`. */
export function describeRow(row: DifferingRow): string {
  return `${row.key} (${describeCopies(row)})`;
}

function describeCopies({ sourceCopies, replicaCopies, columns = [] }: DifferingRow): string {
  if (sourceCopies === replicaCopies) {
    return columns.length === 0 ? 'content differs' : `content differs in ${listColumns(columns)}`;
  }
  if (replicaCopies === 0) return 'missing on the replica';
  if (sourceCopies === 0) return 'only on the replica';
  return `${sourceCopies} on the source, ${replicaCopies} on the replica`;
}

function listColumns(columns: readonly string[]): string {
  const shown = columns.slice(0, columnsShownMax).join(', ');
  return columns.length > columnsShownMax ? `${shown} and ${columns.length - columnsShownMax} more` : shown;
}
