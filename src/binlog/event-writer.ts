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

/** A larger image is not copied: it may be a gibibyte. */
const referredBytesMin = 256 * 1024;

/**
 * Writes events one after the other into one growing buffer, as the payload of a `BINLOG` statement: no checksums, every
 * row event preceded by its own table map and closed with STMT_END. A table map that came after rows of an open statement
 * would not be opened by the server and its rows be dropped without an error, so no statement spans two row events.
 */
export class EventWriter {
  #bytes: Buffer;
  #length = 0;
  /** What stands before `#bytes`: it ends with an image that was too large to be copied. */
  #parts: Buffer[] = [];
  #partsBytes = 0;
  /** The row event being written: the memory that its header lies in (null: `#bytes`), where, and behind how much; -1: none. */
  #openIn: Buffer | null = null;
  #openAt = -1;
  #openBehind = 0;

  constructor(initialBytes: number) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  get length(): number {
    return this.#partsBytes + this.#length;
  }

  /**
   * What has been written. One piece is valid until the next call of `clear`; of several each is valid as long as the memory that the
   * images were read from.
   */
  get written(): readonly Buffer[] {
    const rest = this.#bytes.subarray(0, this.#length);
    if (this.#parts.length === 0) return [rest];
    return rest.length === 0 ? this.#parts : [...this.#parts, Buffer.from(rest)];
  }

  clear(): void {
    this.#assertClosed();
    this.reset();
  }

  /** Forgets all that was written, an event that was left open, too. */
  reset(): void {
    this.#openAt = -1;
    this.#length = 0;
    this.#parts = [];
    this.#partsBytes = 0;
  }

  /**
   * Copies a row event as it came, with its table map; flags stay but for STMT_END, which is set. One of version 1, which
   * servers of today do not read any more, becomes one of version 2.
   *
   * Where the source logged what foreign keys did, they are not to do anything again: a REPLACE on 9.7 leaves the children
   * alone, but its events, a delete and a write, would take them along on the replica.
   */
  copyRows({ kind, table, flags, bytes: source, start, end }: RowsEvent): void {
    this.#assertClosed();
    this.#copyTableMap(table);
    // Version 2 has two bytes more after the flags: the length of the extra data, which counts itself.
    const more = source.readUInt8(start + eventTypeAt) < EventType.WriteRows ? 2 : 0;
    const headEnd = start + eventHeaderBytes + 6 + 2;
    this.#reserve(headEnd - start + more);
    const at = this.#length;
    const bytes = this.#bytes;
    this.#length += source.copy(bytes, at, start, headEnd) + more;
    bytes.writeUInt32LE(end - start + more, at + eventLengthAt);
    const logged = (flags & RowsFlag.SqlForeignKey) === 0 ? 0 : RowsFlag.NoForeignKeyChecks;
    bytes.writeUInt16LE(flags | RowsFlag.StatementEnd | logged, at + eventHeaderBytes + 6);
    if (more > 0) {
      bytes.writeUInt8(rowsTypes[kind], at + eventTypeAt);
      bytes.writeUInt16LE(more, this.#length - more);
    }
    this.image(source, headEnd, end);
  }

  /**
   * Starts a row event of complete images for `table`, with its table map before it.
   *
   * @param seconds its time, which columns of the replica alone may default to; as a rule that of the table map, which may be any.
   */
  openRows(table: TableMap, kind: RowsKind, flags: number, seconds = table.event.readUInt32LE(0)): void {
    this.#assertClosed();
    this.#copyTableMap(table);
    const columnCount = table.columns.length;
    const bitmapBytes = (columnCount + 7) >> 3;
    this.#reserve(eventHeaderBytes + 6 + 2 + 2 + 9 + 2 * bitmapBytes);
    const bytes = this.#bytes;
    const at = this.#length;
    this.#openIn = null;
    this.#openAt = at;
    this.#openBehind = this.#partsBytes;
    table.event.copy(bytes, at, 0, eventHeaderBytes);
    bytes.writeUInt32LE(seconds, at);
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

  /** Appends one row image to the open row event, or what follows the head of one that is copied. */
  image(bytes: Buffer, start: number, end: number): void {
    if (end - start >= referredBytesMin) {
      this.#refer(bytes.subarray(start, end));
      return;
    }
    this.#reserve(end - start);
    bytes.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  closeRows(): void {
    const at = this.#openAt;
    if (at < 0) throw new TailraceError('TR_INTERNAL', { what: 'A row event that was not open was closed.' });
    const bytes = this.length - this.#openBehind - at;
    (this.#openIn ?? this.#bytes).writeUInt32LE(bytes, at + eventLengthAt);
    this.#openAt = -1;
  }

  /** Goes on behind `image` without copying it. */
  #refer(image: Buffer): void {
    if (this.#length > 0) {
      const before = Buffer.from(this.#bytes.subarray(0, this.#length));
      if (this.#openAt >= 0) this.#openIn ??= before;
      this.#parts.push(before);
    }
    this.#parts.push(image);
    this.#partsBytes += this.#length + image.length;
    this.#length = 0;
  }

  /** Appends a table map without its checksum and mends its length. */
  #copyTableMap({ event }: TableMap): void {
    this.#reserve(event.length);
    event.copy(this.#bytes, this.#length);
    this.#bytes.writeUInt32LE(event.length, this.#length + eventLengthAt);
    this.#length += event.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #assertClosed(): void {
    if (this.#openAt >= 0) throw new TailraceError('TR_INTERNAL', { what: 'A row event was left open.' });
  }
}
