import { RowCutter } from '../../binlog/row-cutter.js';
import type { RowsEvent } from '../../binlog/rows-event.js';

/** One row of an event, as an event of its own and as images. */
export interface SingleRow {
  readonly rows: RowsEvent;
  /** Where the images lie in `rows.bytes`; -1: there is none. */
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
  const { bytes, start: eventStart, end, rowsAt, kind } = rows;
  const headBytes = rowsAt - eventStart;
  const first = new RowCutter(rows.table, rows.present);
  const second = kind === 'update' ? new RowCutter(rows.table, rows.presentAfter) : null;
  let at = rowsAt;
  while (at < end) {
    const start = at;
    const middle = first.cut(bytes, at, end);
    at = second === null ? middle : second.cut(bytes, middle, end);
    const single = Buffer.concat([bytes.subarray(eventStart, rowsAt), bytes.subarray(start, at)]);
    const firstEnd = headBytes + middle - start;
    yield {
      rows: { ...rows, bytes: single, start: 0, end: single.length, rowsAt: headBytes },
      beforeStart: kind === 'write' ? -1 : headBytes,
      beforeEnd: kind === 'write' ? -1 : firstEnd,
      afterStart: kind === 'write' ? headBytes : kind === 'update' ? firstEnd : -1,
      afterEnd: kind === 'delete' ? -1 : single.length,
    };
  }
}
