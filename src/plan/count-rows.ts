import { RowCutter } from '../binlog/row-cutter.js';
import type { RowsEvent } from '../binlog/rows-event.js';

/** What an epoch does to one table: row changes of the source, and rows that are written for them. */
export interface TableRows {
  readonly schema: string;
  readonly table: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
}

/** Rows of an event that is not reduced. One with JSON differences counts as one: its rows are not cut. */
export function countRows(rows: RowsEvent): number {
  if (rows.partialJson) return 1;
  const before = new RowCutter(rows.table, rows.present);
  const after = rows.kind === 'update' ? new RowCutter(rows.table, rows.presentAfter) : null;
  const limit = rows.end;
  let count = 0;
  for (let at = rows.rowsAt; at < limit; count++) {
    at = before.cut(rows.bytes, at, limit);
    if (after !== null) at = after.cut(rows.bytes, at, limit);
  }
  return count;
}
