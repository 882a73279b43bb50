import { EventWriter } from '../binlog/event-writer.js';
import type { EventChunk } from './share-encoder.js';
import type { SingleRow } from './single-rows.js';

/**
 * Events that, applied idempotently, leave the row as the source has it whatever the replica had: the old row goes if it is
 * there, the new one comes. null when the images do not carry the whole row.
 */
export function overwritingEvents({
  rows,
  beforeStart,
  beforeEnd,
  afterStart,
  afterEnd,
}: SingleRow): EventChunk | null {
  if (!rows.complete) return null;
  const writer = new EventWriter((rows.end - rows.start) * 2 + rows.table.event.length * 2);
  if (beforeStart >= 0) {
    writer.openRows(rows.table, 'delete', rows.flags);
    writer.image(rows.bytes, beforeStart, beforeEnd);
    writer.closeRows();
  }
  if (afterStart >= 0) {
    writer.openRows(rows.table, 'write', rows.flags);
    writer.image(rows.bytes, afterStart, afterEnd);
    writer.closeRows();
  }
  return writer.written;
}
