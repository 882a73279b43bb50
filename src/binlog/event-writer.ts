import { TailraceError } from '../errors/tailrace-error.js';
import { eventHeaderBytes, eventLengthAt, eventTypeAt } from './event-header.js';
import { EventType } from './event-type.js';
import { RowsFlag, type RowsEvent, type RowsKind } from './rows-event.js';
import type { TableMap } from './table-map.js';

const rowsTypes: Record<RowsKind, number> = {
  write: EventType.WriteRows,
  update: EventType.UpdateRows,
  delete: EventType.DeleteRows,
};

/**
 * Writes events one after the other into one growing buffer, as the payload of a `BINLOG` statement: no checksums, every
 * row event preceded by its own table map and closed with STMT_END. A table map that came after rows of an open statement
 * would not be opened by the server and its rows be dropped without an error, so no statement spans two row events.
 */
export class EventWriter {
  #bytes: Buffer;
  #length = 0;
  /** Start of the row event being written; -1: none. */
  #openAt = -1;

  constructor(initialBytes: number) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What has been written; valid until the next call of `clear`. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#assertClosed();
    this.#length = 0;
  }

  /** Forgets all that was written, an event that was left open, too. */
  reset(): void {
    this.#openAt = -1;
    this.#length = 0;
  }

  /**
   * Copies a row event as it came, with its table map; flags stay but for STMT_END, which is set. One of version 1, which
   * servers of today do not read any more, becomes one of version 2.
   *
   * Where the source logged what foreign keys did, they are not to do anything again: a REPLACE on 9.7 leaves the children
   * alone, but its events, a delete and a write, would take them along on the replica.
   */
  copyRows(rows: RowsEvent): void {
    this.#assertClosed();
    this.#copyEvent(rows.table.event);
    const at =
      rows.bytes.readUInt8(rows.start + eventTypeAt) < EventType.WriteRows
        ? this.#copyOldRows(rows)
        : this.#copyEvent(rows.bytes, rows.start, rows.end);
    const flagsAt = at + eventHeaderBytes + 6;
    const logged = (rows.flags & RowsFlag.SqlForeignKey) === 0 ? 0 : RowsFlag.NoForeignKeyChecks;
    this.#bytes.writeUInt16LE(rows.flags | RowsFlag.StatementEnd | logged, flagsAt);
  }

  /** Starts a row event of complete images for `table`, with its table map before it. */
  openRows(table: TableMap, kind: RowsKind, flags: number): void {
    this.#assertClosed();
    this.#copyEvent(table.event);
    const columnCount = table.columns.length;
    const bitmapBytes = (columnCount + 7) >> 3;
    this.#reserve(eventHeaderBytes + 6 + 2 + 2 + 9 + 2 * bitmapBytes);
    const bytes = this.#bytes;
    const at = this.#length;
    this.#openAt = at;
    table.event.copy(bytes, at, 0, eventHeaderBytes);
    bytes.writeUInt8(rowsTypes[kind], at + eventTypeAt);
    bytes.writeUInt16LE(0, at + 17);
    let offset = bytes.writeUIntLE(table.tableId, at + eventHeaderBytes, 6);
    offset = bytes.writeUInt16LE(flags | RowsFlag.StatementEnd, offset);
    offset = bytes.writeUInt16LE(2, offset);
    if (columnCount < 251) {
      offset = bytes.writeUInt8(columnCount, offset);
    } else {
      offset = bytes.writeUInt8(0xfc, offset);
      offset = bytes.writeUInt16LE(columnCount, offset);
    }
    const images = kind === 'update' ? 2 : 1;
    bytes.fill(0xff, offset, offset + images * bitmapBytes);
    this.#length = offset + images * bitmapBytes;
  }

  /** Appends one row image to the open row event. */
  image(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    bytes.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  closeRows(): void {
    const at = this.#openAt;
    if (at < 0) throw new TailraceError('TR_INTERNAL', { what: 'a row event was closed that was not open' });
    this.#bytes.writeUInt32LE(this.#length - at, at + eventLengthAt);
    this.#openAt = -1;
  }

  /** Appends any event without its checksum and mends its length; gives where it starts. */
  #copyEvent(bytes: Buffer, start = 0, end = bytes.length): number {
    const length = end - start;
    this.#reserve(length);
    const at = this.#length;
    bytes.copy(this.#bytes, at, start, end);
    this.#bytes.writeUInt32LE(length, at + eventLengthAt);
    this.#length = at + length;
    return at;
  }

  /** Version 2 has two bytes more after the flags: the length of the extra data, which counts itself. */
  #copyOldRows({ kind, bytes, start, end }: RowsEvent): number {
    const headEnd = start + eventHeaderBytes + 6 + 2;
    const length = end - start + 2;
    this.#reserve(length);
    const at = this.#length;
    let offset = at + bytes.copy(this.#bytes, at, start, headEnd);
    offset = this.#bytes.writeUInt16LE(2, offset);
    bytes.copy(this.#bytes, offset, headEnd, end);
    this.#bytes.writeUInt8(rowsTypes[kind], at + eventTypeAt);
    this.#bytes.writeUInt32LE(length, at + eventLengthAt);
    this.#length = at + length;
    return at;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #assertClosed(): void {
    if (this.#openAt >= 0) throw new TailraceError('TR_INTERNAL', { what: 'a row event was left open' });
  }
}
