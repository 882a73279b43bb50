import { RowCutter } from '../binlog/row-cutter.js';
import type { RowsEvent } from '../binlog/rows-event.js';

/** One row of an event, as an event of its own and as images. */
export interface SingleRow {
  readonly rows: RowsEvent;
  /** Where the images lie in `rows.event`; -1: there is none. */
  readonly beforeStart: number;
  readonly beforeEnd: number;
  readonly afterStart: number;
  readonly afterEnd: number;
}

/** Cuts an event into events of one row each. One with JSON differences is given back whole. */
export function* singleRows(rows: RowsEvent): Generator<SingleRow, void, undefined> {
  if (rows.partialJson) {
    yield { rows, beforeStart: -1, beforeEnd: -1, afterStart: -1, afterEnd: -1 };
    return;
  }
  const { event, rowsAt, kind } = rows;
  const first = new RowCutter(rows.table, rows.present);
  const second = kind === 'update' ? new RowCutter(rows.table, rows.presentAfter) : null;
  let at = rowsAt;
  while (at < event.length) {
    const start = at;
    const middle = first.cut(event, at, event.length);
    at = second === null ? middle : second.cut(event, middle, event.length);
    const single = Buffer.concat([event.subarray(0, rowsAt), event.subarray(start, at)]);
    const firstEnd = rowsAt + middle - start;
    yield {
      rows: { ...rows, event: single },
      beforeStart: kind === 'write' ? -1 : rowsAt,
      beforeEnd: kind === 'write' ? -1 : firstEnd,
      afterStart: kind === 'write' ? rowsAt : kind === 'update' ? firstEnd : -1,
      afterEnd: kind === 'delete' ? -1 : single.length,
    };
  }
}
