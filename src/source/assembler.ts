import { verifyChecksum, withoutLikelyChecksum } from '../binlog/checksum.js';
import {
  artificialFlag,
  checksumBytes,
  eventHeaderBytes,
  eventLengthAt,
  eventTypeAt,
  ignorableFlag,
  offsetBehind,
  readEventHeader,
} from '../binlog/event-header.js';
import { EventType, eventTypeName } from '../binlog/event-type.js';
import { readFormatDescription } from '../binlog/format-description.js';
import { type Gtid, type GtidEvent, readGtidEvent } from '../binlog/gtid-event.js';
import { isBegin, readQueryEvent } from '../binlog/query-event.js';
import { type RowSettings, RowSettingsReader } from '../binlog/row-settings.js';
import { readRotateEvent } from '../binlog/rotate-event.js';
import {
  dummyTableIds,
  isRowsEventType,
  readRowsEvent,
  readRowsTableId,
  RowsFlag,
  type RowsEvent,
} from '../binlog/rows-event.js';
import { isSessionValue } from '../binlog/session-value.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { AnnouncedTables } from './announced-tables.js';
import type { AssemblerOptions, AssemblerSink } from './assembler-options.js';
import { classifyStatement } from '../statement/classify-statement.js';
import type { EventSlab } from '../transaction/event-slab.js';
import {
  anonymousHead,
  beginTail,
  countedRows,
  endXa,
  holdRows,
  holdSavepoint,
  holdSessionValue,
  holdSlab,
  holdStatement,
  holdStep,
  openTransaction,
  type OpenTransaction,
  refuseUnlessPlain,
  toTransaction,
} from './open-transaction.js';
import { misplacedEvent, refuseEvent, unannouncedTable } from './refuse-event.js';

/**
 * Turns the events of one stream into transactions. Synchronous and without I/O; one assembler serves one connection,
 * so that whatever was open when a connection broke is dropped with it. Everything that it does not know stops the link.
 */
export class Assembler {
  readonly #sink: AssemblerSink;
  readonly #options: AssemblerOptions;
  #file: string;
  #firstFile: string;
  #offset = 0;
  #checksums = false;
  #transactionBytesMax: number;
  #transactionRowsMax: number;
  #formatKnown = false;
  readonly #settings = new RowSettingsReader();
  #open: OpenTransaction | null = null;
  readonly #tables: AnnouncedTables;

  constructor(file: string, sink: AssemblerSink, options: AssemblerOptions) {
    this.#file = file;
    this.#firstFile = file;
    this.#sink = sink;
    this.#options = options;
    this.#tables = new AnnouncedTables((table) => options.guard?.owns(table) === true);
    this.#transactionBytesMax = options.transactionBytesMax;
    this.#transactionRowsMax = options.transactionRowsMax;
  }

  /** From now on a transaction of more bytes or rows is handed on before its end, the one that is open included. */
  limitTransactions(bytesMax: number, rowsMax: number): void {
    this.#transactionBytesMax = bytesMax;
    this.#transactionRowsMax = rowsMax;
    if (this.#open !== null) this.#handOnIfLarge(this.#open);
  }

  /** The file and offset up to which events have been read. */
  get position(): { readonly file: string; readonly offset: number } {
    return { file: this.#file, offset: this.#offset };
  }

  /** The transaction that is being read; null: none. */
  get open(): { readonly gtid: Gtid | null; readonly file: string; readonly startOffset: number } | null {
    const open = this.#open;
    return open && { gtid: open.head.gtid, file: this.#file, startOffset: open.startOffset };
  }

  /** The stream broke: a large transaction that is being handed on cannot end. */
  abort(reason: unknown): void {
    this.#open?.tail?.abort(reason);
    this.#open = null;
  }

  /**
   * Takes one whole event as it came, checksum included: `bytes` from `start` to `end`, which lie in `slab`, or in memory that
   * nobody will take away (null). Throws coded errors; nothing may be fed after one.
   */
  feed(bytes: Buffer, start = 0, end = bytes.length, slab: EventSlab | null = null): void {
    const length = end - start;
    if (length < eventHeaderBytes || bytes.readUInt32LE(start + eventLengthAt) !== length) {
      readEventHeader(bytes.subarray(start, end));
    }
    const type = bytes[start + eventTypeAt] as number;
    const flags = bytes.readUInt16LE(start + 17);
    if (type === EventType.FormatDescription) {
      this.#formatDescription(bytes.subarray(start, end));
      return;
    }
    if ((flags & artificialFlag) !== 0 && type === EventType.Rotate) {
      this.#artificialRotate(bytes.subarray(start, end));
      return;
    }
    if (!this.#formatKnown) {
      throw new TailraceError('TR_STREAM_CORRUPT', {
        what: `an event of type ${eventTypeName(type)} came before the format description`,
      });
    }
    const bodyEnd = this.#checksums ? verifyChecksum(bytes, start, end) : end;
    const startOffset = this.#advance(bytes.readUInt32LE(start + 13), length);
    // What nearly every transaction consists of goes without a view of its own: it would cost more than the reading.
    if (isRowsEventType(type)) {
      this.#rows(this.#hold(type, length), bytes, start, bodyEnd, slab);
    } else if (type === EventType.TableMap) {
      this.#hold(type, length);
      this.#tables.announce(bytes, start, bodyEnd);
    } else if (type === EventType.Gtid || type === EventType.AnonymousGtid) {
      if (this.#open !== null) throw this.#misplaced(type);
      this.#open = this.#begin(readGtidEvent(bytes, start, bodyEnd), startOffset, length);
    } else if (type === EventType.Query && isBegin(bytes, start, bodyEnd)) {
      this.#beginStatement(startOffset, length, this.#settings.read(bytes, start));
    } else if (type === EventType.Xid) {
      this.#hold(type, length);
      this.#complete();
    } else {
      this.#event(type, flags, bytes.subarray(start, bodyEnd), length, startOffset);
    }
  }

  /**
   * Takes the event of a compressed transaction and gives it without its checksum, to be unpacked; what comes out goes to
   * `feedUnpacked`, and `endPayload` is called behind it.
   */
  feedPayload(bytes: Buffer, start: number, end: number): Buffer {
    readEventHeader(bytes.subarray(start, end));
    const bodyEnd = this.#checksums ? verifyChecksum(bytes, start, end) : end;
    this.#advance(bytes.readUInt32LE(start + 13), end - start);
    if (this.#open === null || this.#open.begun) throw this.#misplaced(EventType.TransactionPayload);
    return bytes.subarray(start, bodyEnd);
  }

  /** Takes an event that was packed. It has no checksum and no place in the file. */
  feedUnpacked(bytes: Buffer, start: number, end: number, slab: EventSlab): void {
    const checksums = this.#checksums;
    this.#checksums = false;
    bytes.writeUInt32LE(0, start + 13);
    this.feed(bytes, start, end, slab);
    this.#checksums = checksums;
  }

  /** All that was packed has been taken: the transaction ends with it. */
  endPayload(): void {
    if (this.#open !== null) throw this.#misplaced(EventType.TransactionPayload);
  }

  #event(type: number, flags: number, event: Buffer, bytes: number, startOffset: number): void {
    const open = this.#open;
    switch (type) {
      case EventType.GtidTagged:
        if (open !== null) throw this.#misplaced(type);
        this.#open = this.#begin(readGtidEvent(event), startOffset, bytes);
        return;
      case EventType.Query:
        return this.#query(event, bytes, startOffset);
      case EventType.XaPrepare:
        endXa(this.#hold(type, bytes), event);
        this.#complete();
        return;
      case EventType.RowsQuery:
      case EventType.TransactionContext:
      case EventType.ViewChange:
        return this.#passOver(bytes);
      case EventType.Rotate:
        if (open !== null) throw this.#misplaced(type);
        this.#rotate(event, bytes);
        return;
      case EventType.Heartbeat:
      case EventType.HeartbeatV2:
      case EventType.PreviousGtids:
      case EventType.Stop:
        this.#passed(bytes);
        return;
      default:
        if (isSessionValue(type)) {
          holdSessionValue((this.#open ??= this.#begin(anonymousHead, startOffset, 0)), event, bytes);
          return;
        }
        if ((flags & ignorableFlag) === 0) {
          this.#open ??= this.#begin(anonymousHead, startOffset, 0);
          throw refuseEvent(type, event, `at ${this.#file}:${this.#offset - bytes}`);
        }
        // Its writer says that it may be passed over, wherever it stands: Amazon Aurora pads transactions so.
        this.#passOver(bytes);
    }
  }

  #passOver(bytes: number): void {
    if (this.#open === null) this.#passed(bytes);
    else this.#open.bytes += bytes;
  }

  /** Moves to the end of an event and gives its start; offsets in headers are modulo 2^32 and 0 outside of files. */
  #advance(next: number, length: number): number {
    if (next === 0) return this.#offset;
    this.#offset = offsetBehind(this.#offset, next);
    return this.#offset - length;
  }

  #formatDescription(raw: Buffer): void {
    if (this.#open !== null) throw this.#misplaced(EventType.FormatDescription);
    const description = readFormatDescription(raw);
    if (description.checksums) verifyChecksum(raw);
    this.#options.translator?.writtenBy(description.serverVersion);
    this.#settings.roundsFractions(this.#options.translator?.isMariadb !== true);
    this.#checksums = description.checksums;
    this.#formatKnown = true;
    // Sent again at the start of a dump from the middle of a file, it does not move the offset back.
    if (raw.readUInt32LE(13) !== 0) this.#offset = Math.max(this.#offset, raw.readUInt32LE(13));
    this.#tables.forget();
    this.#passed(raw.length);
  }

  /** Sent at the start of a dump and between files: outside of any file, with a checksum if the file before it has them, and at the start because one was asked for. */
  #artificialRotate(raw: Buffer): void {
    if (this.#open !== null) throw this.#misplaced(EventType.Rotate);
    this.#rotate(withoutLikelyChecksum(raw, this.#checksums), raw.length);
  }

  #rotate(event: Buffer, bytes: number): void {
    ({ file: this.#file, offset: this.#offset } = readRotateEvent(event));
    if (this.#firstFile === '') this.#firstFile = this.#file;
    this.#passed(bytes);
  }

  #begin(head: GtidEvent, startOffset: number, bytes: number): OpenTransaction {
    this.#tables.endStatement();
    return openTransaction(head, startOffset, bytes);
  }

  /** Counts an event to the open transaction, which must have begun. */
  #hold(type: number, bytes: number): OpenTransaction {
    const open = this.#open;
    if (open === null || !open.begun) throw this.#misplaced(type);
    open.bytes += bytes;
    return open;
  }

  #rows(open: OpenTransaction, bytes: Buffer, start: number, end: number, slab: EventSlab | null): void {
    const tableId = readRowsTableId(bytes, start, end);
    const table = this.#tables.find(tableId);
    if (table === null) {
      if (dummyTableIds.has(tableId)) return;
      throw unannouncedTable(tableId, `at ${this.#file}:${this.#offset}`);
    }
    if (this.#tables.isPassedOver(table)) {
      if (!this.#isPassedOver(open)) this.#options.guard?.leaveOutRows(table);
      const { flags } = readRowsEvent(bytes, table, start, end);
      if ((flags & RowsFlag.StatementEnd) !== 0) this.#tables.endStatement();
      const length = end - start + (this.#checksums ? checksumBytes : 0);
      open.bytes -= length;
      this.#passed(length);
      return;
    }
    const isKept = open.tail === null && !this.#isPassedOver(open);
    let rows: RowsEvent;
    if (isKept || slab === null) {
      if (slab !== null) holdSlab(open, slab);
      rows = readRowsEvent(bytes, table, start, end);
    } else {
      // A tail is not done at a known time: its events lie in memory of their own.
      rows = readRowsEvent(Buffer.from(bytes.subarray(start, end)), table);
    }
    if ((rows.flags & RowsFlag.StatementEnd) !== 0) this.#tables.endStatement();
    if (this.#isPassedOver(open)) {
      this.#passed(open.bytes - open.handedBytes);
      open.handedBytes = open.bytes;
      return;
    }
    if (table.hasOldTemporal) refuseUnlessPlain(open, table, this.#transactionRowsMax);
    if (open.tail !== null) {
      open.tail.push(rows, open.bytes - open.handedBytes);
      open.handedBytes = open.bytes;
      return;
    }
    holdRows(open, rows);
    this.#handOnIfLarge(open);
  }

  #handOnIfLarge(open: OpenTransaction): void {
    if (open.tail !== null || (open.rows.length === 0 && open.steps === null)) return;
    // A row has a byte at least: nearly no transaction has to be counted.
    const hasTooMany = open.bytes > this.#transactionRowsMax && countedRows(open) > this.#transactionRowsMax;
    if (open.bytes <= this.#transactionBytesMax && !hasTooMany) return;
    beginTail(open, this.#options.budget);
    this.#deliver(open, this.#offset);
  }

  /** A plain `BEGIN`, the one statement that every transaction has: of its session context little is looked at. */
  #beginStatement(startOffset: number, bytes: number, settings: RowSettings): void {
    const open = (this.#open ??= this.#begin(anonymousHead, startOffset, 0));
    if (open.begun) throw this.#misplaced(EventType.Query);
    open.begun = true;
    open.settings = settings;
    open.bytes += bytes;
  }

  #query(event: Buffer, bytes: number, startOffset: number): void {
    // A copy, as the statement outlives the memory that it lies in.
    const written = readQueryEvent(Buffer.from(event));
    const query = this.#options.translator?.translate(written) ?? written;
    const open = (this.#open ??= this.#begin(anonymousHead, startOffset, 0));
    open.bytes += bytes;
    const verdict = classifyStatement(query, open.begun);
    switch (verdict) {
      case 'xa-start':
      case 'begin':
        if (verdict === 'xa-start') open.xaStart = query;
        open.begun = true;
        return;
      case 'end':
        return this.#complete();
      case 'commit':
      case 'rollback':
        open.canRollBack = false;
        if (verdict === 'rollback') holdStep(open, { kind: 'rollback' });
        return this.#complete();
      case 'nothing':
        return;
      case 'savepoint':
      case 'change':
        (verdict === 'savepoint' ? holdSavepoint : holdStatement)(open, query);
        this.#handOnIfLarge(open);
        return;
      case 'create-select':
      case 'statement':
        open.statement = query;
        if (verdict === 'statement') this.#complete();
        return;
    }
  }

  #complete(): void {
    const open = this.#open;
    if (open === null)
      throw new TailraceError('TR_INTERNAL', { what: 'a transaction ended that never began' });
    if (open.tail === null) this.#deliver(open, this.#offset);
    else {
      const { onePhase, bytes, handedBytes } = open;
      open.tail.finish({ endOffset: this.#offset, onePhase, bytes: bytes - handedBytes });
    }
    this.#open = null;
  }

  #deliver(open: OpenTransaction, endOffset: number): void {
    if (this.#isPassedOver(open)) {
      this.#passed(open.bytes - open.handedBytes);
      return;
    }
    this.#sink.transaction(toTransaction(open, this.#file, endOffset, this.#options.budget));
  }

  /** Nothing holds these bytes. */
  #passed(bytes: number): void {
    this.#options.budget.release(bytes);
    this.#sink.passed();
  }

  /** Transactions of the first file that lie before the place where reading was to begin. */
  #isPassedOver(open: OpenTransaction): boolean {
    return this.#file === this.#firstFile && open.startOffset < this.#options.skipBefore;
  }

  #misplaced(type: number): TailraceError {
    return misplacedEvent(type, this.#open !== null, `at ${this.#file}:${this.#offset}`);
  }
}
