import type { QueryEvent } from '../binlog/query-event.js';
import type { RowsEvent } from '../binlog/rows-event.js';

/** One part of a transaction that holds statements among its row changes, in source order. */
export type TransactionStep =
  | { readonly kind: 'rows'; readonly rows: RowsEvent[] }
  /** A change that was logged as a statement, or `SAVEPOINT`, `RELEASE SAVEPOINT` and `ROLLBACK TO`. */
  | { readonly kind: 'statement'; readonly statement: QueryEvent }
  /** The last one: the source rolled back whatever can be rolled back. */
  | { readonly kind: 'rollback' };

/** A savepoint of a transaction that has held only row changes so far. */
export interface SavepointMark {
  /** So many row events come before it. */
  readonly rowsBefore: number;
  readonly statement: QueryEvent;
}

/** Row events and the savepoints among them as steps. */
export function stepsOf(rows: readonly RowsEvent[], marks: readonly SavepointMark[]): TransactionStep[] {
  const steps: TransactionStep[] = [];
  let from = 0;
  for (const { rowsBefore, statement } of marks) {
    if (rowsBefore > from) steps.push({ kind: 'rows', rows: rows.slice(from, rowsBefore) });
    from = rowsBefore;
    steps.push({ kind: 'statement', statement });
  }
  if (rows.length > from) steps.push({ kind: 'rows', rows: rows.slice(from) });
  return steps;
}

/** Adds a row event behind what is there. */
export function addRows(steps: TransactionStep[], rows: RowsEvent): void {
  const last = steps.at(-1);
  if (last?.kind === 'rows') last.rows.push(rows);
  else steps.push({ kind: 'rows', rows: [rows] });
}
