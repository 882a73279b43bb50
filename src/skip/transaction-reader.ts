import { verifyChecksum, withoutLikelyChecksum } from '../binlog/checksum.js';
import {
  artificialFlag,
  eventTypeAt,
  ignorableFlag,
  offsetBehind,
  readEventHeader,
} from '../binlog/event-header.js';
import { EventType, eventTypeName } from '../binlog/event-type.js';
import { readFormatDescription } from '../binlog/format-description.js';
import { readGtidEvent } from '../binlog/gtid-event.js';
import { readIncidentMessage } from '../binlog/incident-event.js';
import { readQueryEvent } from '../binlog/query-event.js';
import { readRotateEvent } from '../binlog/rotate-event.js';
import { isRowsEventType, readRowsEvent, readRowsTableId } from '../binlog/rows-event.js';
import { isSessionValue } from '../binlog/session-value.js';
import { readTableMap, type TableMap } from '../binlog/table-map.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import { countRows } from '../plan/count-rows.js';
import { showStatement } from '../statement/classify-statement.js';
import { PayloadUnpacker } from '../source/payload-unpacker.js';
import { SlabFiller } from '../source/slab-filler.js';
import { ContentsBuilder, type TransactionContents } from './transaction-contents.js';

/** Events between transactions that hold none. */
const betweenTypes = new Set<number>([EventType.PreviousGtids, EventType.Stop]);
const gtidTypes = new Set<number>([EventType.Gtid, EventType.AnonymousGtid, EventType.GtidTagged]);
const passedTypes = new Set<number>([
  EventType.RowsQuery,
  EventType.TransactionContext,
  EventType.ViewChange,
]);

/**
 * Reads from the events of one stream what each transaction holds, and no more than a person is shown of it. What it does not
 * understand it names; only a stream that is damaged stops it.
 */
export class TransactionReader {
  readonly #tables = new Map<number, TableMap>();
  #file: string;
  #offset = 0;
  #checksums = false;
  #open: ContentsBuilder | null = null;
  #isIdle = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Up to where events have been read. */
  get position(): BinlogPosition {
    return { file: this.#file, offset: this.#offset };
  }

  /** The source had nothing more to send when it sent the last event. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Takes one whole event with its checksum; gives the transaction that has come to its end, or null. */
  feed(event: Buffer): TransactionContents | null {
    const { type, flags, nextPosition } = readEventHeader(event);
    this.#isIdle = type === EventType.Heartbeat || type === EventType.HeartbeatV2;
    if (type === EventType.FormatDescription) {
      this.#checksums = readFormatDescription(event).checksums;
      this.#offset = Math.max(this.#offset, nextPosition);
      return null;
    }
    if (type === EventType.Rotate && (flags & artificialFlag) !== 0) {
      this.#rotate(withoutLikelyChecksum(event, this.#checksums));
      return null;
    }
    const body = event.subarray(0, this.#checksums ? verifyChecksum(event) : event.length);
    const startOffset = nextPosition === 0 ? this.#offset : this.#advance(nextPosition, event.length);
    if (type === EventType.TransactionPayload) return this.#payload(body, startOffset);
    return this.#event(type, flags, body, event.length, startOffset);
  }

  #advance(nextPosition: number, length: number): number {
    this.#offset = offsetBehind(this.#offset, nextPosition);
    return this.#offset - length;
  }

  #rotate(event: Buffer): void {
    const { file, offset } = readRotateEvent(event);
    this.#file = file;
    this.#offset = offset;
    this.#tables.clear();
  }

  #event(
    type: number,
    flags: number,
    event: Buffer,
    bytes: number,
    startOffset: number,
  ): TransactionContents | null {
    if (gtidTypes.has(type)) {
      // What came before and was not understood has no end of its own.
      const before = this.#complete(startOffset);
      this.#open = new ContentsBuilder(this.#file, startOffset, readGtidEvent(event), event.readUInt32LE(0));
      this.#open.bytes += bytes;
      return before;
    }
    if (type === EventType.Rotate) {
      const before = this.#complete(startOffset);
      this.#rotate(event);
      return before;
    }
    if (this.#isIdle || betweenTypes.has(type)) return null;
    if (this.#open === null && (flags & ignorableFlag) !== 0) return null;
    const open = (this.#open ??= new ContentsBuilder(this.#file, startOffset, null, event.readUInt32LE(0)));
    open.bytes += bytes;
    return this.#take(open, type, flags, event) ? this.#complete(this.#offset) : null;
  }

  /** Adds an event to the open transaction; true: it was the last one. */
  #take(open: ContentsBuilder, type: number, flags: number, event: Buffer): boolean {
    if (type === EventType.Query) return open.query(readQueryEvent(Buffer.from(event)), showStatement);
    if (type === EventType.Xid) return true;
    if (type === EventType.XaPrepare) {
      open.isXa = true;
      return true;
    }
    if (type === EventType.TableMap) this.#map(open, event);
    else if (isRowsEventType(type)) this.#rows(open, event);
    else if (type === EventType.Incident) {
      open.unknown(`an incident: ${readIncidentMessage(event) || 'the source gave no message'}`);
      return !open.hasBegun;
    } else if (!isSessionValue(type) && !passedTypes.has(type) && (flags & ignorableFlag) === 0) {
      open.unknown(`an event of type ${eventTypeName(type)}`);
      return !open.hasBegun;
    }
    return false;
  }

  #map(open: ContentsBuilder, event: Buffer): void {
    const tableId = readRowsTableId(event);
    this.#tables.delete(tableId);
    try {
      this.#tables.set(tableId, readTableMap(Buffer.from(event)));
    } catch {
      open.unknown('a table with a column of a type that tailrace does not know');
    }
  }

  #rows(open: ContentsBuilder, event: Buffer): void {
    const table = this.#tables.get(readRowsTableId(event));
    if (table === undefined) return;
    try {
      const rows = readRowsEvent(event, table);
      open.rows(table.name, rows.kind, rows.partialJson ? null : countRows(rows));
    } catch {
      // Named without its number: it is shown, and not applied.
      open.rows(table.name, 'write', null);
    }
  }

  #payload(event: Buffer, startOffset: number): TransactionContents | null {
    const filler = new SlabFiller();
    let ended: TransactionContents | null = null;
    const unpacker = new PayloadUnpacker(event, filler, (bytes, start, end) => {
      const inner = bytes.subarray(start, end);
      const flags = inner.readUInt16LE(17);
      ended = this.#event(inner[eventTypeAt] as number, flags, inner, inner.length, startOffset) ?? ended;
    });
    try {
      while (unpacker.step());
    } finally {
      filler.close();
    }
    return ended;
  }

  #complete(endOffset: number): TransactionContents | null {
    const open = this.#open;
    this.#open = null;
    return open?.contents(endOffset) ?? null;
  }
}
