import { EventWriter } from '../../binlog/event-writer.js';
import { RowCutter } from '../../binlog/row-cutter.js';
import type { RowsKind } from '../../binlog/rows-event.js';
import { rowKey, type RowKey } from '../../plan/row-key.js';
import type { TableTraits } from '../../schema/table-traits.js';
import type { EventChunk } from '../lane/share-encoder.js';
import type { SingleRow } from './single-rows.js';

/**
 * Events that, applied idempotently, leave the row as the source has it whatever the replica had: the old row goes if it is
 * there, the new one comes. null when the images do not carry the whole row.
 *
 * A row that keeps its primary key is written over the one that has it where the replica has columns of its own: they keep their
 * values so, and a delete would reset them.
 *
 * @param traits fitted to the row's table map.
 */
export function overwritingEvents(row: SingleRow, traits: TableTraits): EventChunk | null {
  const { rows, beforeStart, beforeEnd, afterStart, afterEnd } = row;
  if (!rows.complete) return null;
  const writer = new EventWriter((rows.end - rows.start) * 2 + rows.table.event.length * 2);
  const write = (kind: RowsKind, start: number, end: number): void => {
    // Columns of the replica alone may default to the time of the event.
    writer.openRows(rows.table, kind, rows.flags, rows.bytes.readUInt32LE(rows.start));
    writer.image(rows.bytes, start, end);
    writer.closeRows();
  };
  if (beforeStart >= 0 && !(traits.replicaOnly === true && keepsKey(row, traits)))
    write('delete', beforeStart, beforeEnd);
  if (afterStart >= 0) write('write', afterStart, afterEnd);
  return writer.written;
}

function keepsKey({ rows, beforeStart, afterStart }: SingleRow, { primaryKey }: TableTraits): boolean {
  if (primaryKey === null || beforeStart < 0 || afterStart < 0) return false;
  const cutter = new RowCutter(rows.table);
  const keyAt = (start: number): RowKey | null => {
    cutter.cut(rows.bytes, start, rows.end);
    return rowKey(rows.bytes, cutter, primaryKey);
  };
  return keyAt(beforeStart) === keyAt(afterStart);
}
