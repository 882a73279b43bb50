import { verifyChecksum } from '../binlog/checksum.js';
import {
  artificialFlag,
  checksumBytes,
  eventHeaderBytes,
  ignorableFlag,
  readEventHeader,
} from '../binlog/event-header.js';
import { EventType, eventTypeName } from '../binlog/event-type.js';
import { readFormatDescription } from '../binlog/format-description.js';
import { type GtidEvent, readGtidEvent } from '../binlog/gtid-event.js';
import { isBegin, type QueryEvent, readQueryEvent } from '../binlog/query-event.js';
import { readRotateEvent } from '../binlog/rotate-event.js';
import {
  isRowsEventType,
  readRowsEvent,
  readRowsTableId,
  RowsFlag,
  type RowsEvent,
} from '../binlog/rows-event.js';
import { readTableMap, type TableMap } from '../binlog/table-map.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { classifyStatement } from './classify-statement.js';
import { refuseEvent } from './refuse-event.js';
import type { Transaction } from './transaction.js';
import { type EventSlab, EventSlabs } from './event-slabs.js';
import { TransactionTail } from './transaction-tail.js';

/** Who receives what the assembler makes of the events. */
export interface AssemblerSink {
  /** A whole transaction, or the head of a large one whose `tail` follows. */
  transaction(transaction: Transaction): void;
  /** Bytes of events that were read and are held by nobody: file headers, heartbeats, transactions passed over. */
  passed(bytes: number): void;
}

export interface AssemblerOptions {
  /** A transaction of more bytes is handed on before its end, with a tail; until `limitTransactions` says otherwise. */
  readonly transactionBytesMax: number;
  /** Transactions that begin before this offset of the first file are passed over. */
  readonly skipBefore: number;
}

/** A row event of one of these table ids (older servers, newer servers) carries no rows and only ends a statement. */
const dummyTableIds = new Set([0xffffff, 0xffffffffffff]);
const offsetRange = 2 ** 32;
const anonymous: GtidEvent = {
  gtid: null,
  lastCommitted: 0,
  sequenceNumber: 0,
  originalCommitMicros: null,
  immediateCommitMicros: null,
};

interface OpenTransaction {
  readonly head: GtidEvent;
  readonly startOffset: number;
  begun: boolean;
  statement: QueryEvent | null;
  rows: RowsEvent[];
  readonly slabs: EventSlab[];
  bytes: number;
  tail: TransactionTail | null;
  /** Bytes that have been handed on with the head and the batches of `tail`, or let go. */
  handedBytes: number;
}

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
  #formatKnown = false;
  #open: OpenTransaction | null = null;
  /** Table maps of the statement being read, by table id. */
  readonly #mapped = new Map<number, TableMap>();
  /** Table maps seen before, so that a repeated one is not read again. */
  readonly #known = new Map<number, TableMap>();
  readonly #slabs = new EventSlabs();

  constructor(file: string, sink: AssemblerSink, options: AssemblerOptions) {
    this.#file = file;
    this.#firstFile = file;
    this.#sink = sink;
    this.#options = options;
    this.#transactionBytesMax = options.transactionBytesMax;
  }

  /** From now on a transaction of more bytes is handed on before its end, the one that is open included. */
  limitTransactions(bytesMax: number): void {
    this.#transactionBytesMax = bytesMax;
    if (this.#open !== null) this.#handOnIfLarge(this.#open);
  }

  /** The file and offset up to which events have been read. */
  get position(): { readonly file: string; readonly offset: number } {
    return { file: this.#file, offset: this.#offset };
  }

  /** The stream broke: a large transaction that is being handed on cannot end. */
  abort(reason: unknown): void {
    this.#open?.tail?.abort(reason);
    this.#open = null;
  }

  /**
   * Takes one whole event as it came, checksum included: `bytes` from `start` to `end`. Throws coded errors; nothing may be
   * fed after one.
   */
  feed(bytes: Buffer, start = 0, end = bytes.length): void {
    const length = end - start;
    if (length < eventHeaderBytes || bytes.readUInt32LE(start + 9) !== length) {
      readEventHeader(bytes.subarray(start, end));
    }
    const type = bytes[start + 4] as number;
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
    const event = this.#checksums ? verifyChecksum(bytes, start, end) : bytes.subarray(start, end);
    const startOffset = this.#advance(bytes.readUInt32LE(start + 13), length);
    if (isRowsEventType(type)) {
      this.#rows(this.#hold(type, length), bytes, start, start + event.length);
    } else {
      this.#event(type, flags, event, length, startOffset);
    }
  }

  #event(type: number, flags: number, event: Buffer, bytes: number, startOffset: number): void {
    const open = this.#open;
    switch (type) {
      case EventType.TableMap:
        this.#hold(type, bytes);
        this.#tableMap(event);
        return;
      case EventType.Gtid:
      case EventType.GtidTagged:
      case EventType.AnonymousGtid:
        if (open !== null) throw this.#unfinished(type);
        this.#open = this.#begin(readGtidEvent(event), startOffset, bytes);
        return;
      case EventType.Query:
        this.#query(event, bytes, startOffset);
        return;
      case EventType.Xid:
        this.#hold(type, bytes);
        this.#complete();
        return;
      case EventType.RowsQuery:
      case EventType.TransactionContext:
      case EventType.ViewChange:
        if (open === null) this.#sink.passed(bytes);
        else open.bytes += bytes;
        return;
      case EventType.Rotate:
        if (open !== null) throw this.#unfinished(type);
        this.#rotate(event, bytes);
        return;
      case EventType.Heartbeat:
      case EventType.HeartbeatV2:
      case EventType.PreviousGtids:
      case EventType.Stop:
        this.#sink.passed(bytes);
        return;
      default:
        if ((flags & ignorableFlag) === 0 || open !== null) {
          throw refuseEvent(type, event, `at ${this.#file}:${this.#offset - bytes}`);
        }
        this.#sink.passed(bytes);
    }
  }

  /** Moves to the end of an event and gives its start; offsets in headers are modulo 2^32 and 0 outside of files. */
  #advance(next: number, length: number): number {
    if (next === 0) return this.#offset;
    let end = Math.floor(this.#offset / offsetRange) * offsetRange + next;
    if (end < this.#offset) end += offsetRange;
    this.#offset = end;
    return end - length;
  }

  #formatDescription(raw: Buffer): void {
    if (this.#open !== null) throw this.#unfinished(EventType.FormatDescription);
    const description = readFormatDescription(raw);
    if (description.checksums) verifyChecksum(raw);
    this.#checksums = description.checksums;
    this.#formatKnown = true;
    // Sent again at the start of a dump from the middle of a file, it does not move the offset back.
    if (raw.readUInt32LE(13) !== 0) this.#offset = Math.max(this.#offset, raw.readUInt32LE(13));
    this.#known.clear();
    this.#sink.passed(raw.length);
  }

  /** Sent at the start of a dump and between files: outside of any file, with a checksum if the file before it has them, and at the start because one was asked for. */
  #artificialRotate(raw: Buffer): void {
    if (this.#open !== null) throw this.#unfinished(EventType.Rotate);
    const body = raw.subarray(0, raw.length - checksumBytes);
    let event = raw;
    try {
      event = verifyChecksum(raw);
    } catch (error) {
      // Without a checksum the last bytes belong to the name; a name that is cut short by four bytes is then taken whole.
      if (this.#checksums || body.length < eventHeaderBytes) throw error;
    }
    this.#rotate(event, raw.length);
  }

  #rotate(event: Buffer, bytes: number): void {
    const { file, offset } = readRotateEvent(event);
    if (this.#firstFile === '') this.#firstFile = file;
    this.#file = file;
    this.#offset = offset;
    this.#sink.passed(bytes);
  }

  #begin(head: GtidEvent, startOffset: number, bytes: number): OpenTransaction {
    this.#mapped.clear();
    return {
      head,
      startOffset,
      begun: false,
      statement: null,
      rows: [],
      slabs: [],
      bytes,
      tail: null,
      handedBytes: 0,
    };
  }

  /** Counts an event to the open transaction, which must have begun. */
  #hold(type: number, bytes: number): OpenTransaction {
    const open = this.#open;
    if (open === null || !open.begun) {
      throw new TailraceError('TR_STREAM_CORRUPT', {
        what: `an event of type ${eventTypeName(type)} came outside of a transaction`,
        why: `at ${this.#file}:${this.#offset - bytes}`,
      });
    }
    open.bytes += bytes;
    return open;
  }

  #tableMap(event: Buffer): void {
    const tableId = readRowsTableId(event);
    let table = this.#known.get(tableId);
    if (
      table === undefined ||
      table.event.compare(event, eventHeaderBytes, event.length, eventHeaderBytes) !== 0
    ) {
      // A copy: the event is a slice of a network buffer that would be kept alive as long as the table is known.
      table = readTableMap(Buffer.from(event));
      this.#known.set(tableId, table);
    }
    this.#mapped.set(tableId, table);
  }

  #rows(open: OpenTransaction, bytes: Buffer, start: number, end: number): void {
    const tableId = readRowsTableId(bytes, start, end);
    const table = this.#mapped.get(tableId);
    if (table === undefined) {
      if (dummyTableIds.has(tableId)) return;
      throw new TailraceError('TR_STREAM_CORRUPT', {
        what: `a row event names table id ${tableId}, which no table map announced`,
        why: `at ${this.#file}:${this.#offset}`,
      });
    }
    const isKept = open.tail === null && !this.#isPassedOver(open);
    const rows = isKept
      ? this.#keep(open, table, bytes, start, end)
      : readRowsEvent(bytes, table, start, end);
    if ((rows.flags & RowsFlag.StatementEnd) !== 0) this.#mapped.clear();
    if (this.#isPassedOver(open)) {
      this.#sink.passed(open.bytes - open.handedBytes);
      open.handedBytes = open.bytes;
      return;
    }
    if (open.tail !== null) {
      open.tail.push(rows, open.bytes - open.handedBytes);
      open.handedBytes = open.bytes;
      return;
    }
    open.rows.push(rows);
    this.#handOnIfLarge(open);
  }

  /** Reads a row event that waits for its epoch, from memory that is ours. */
  #keep(open: OpenTransaction, table: TableMap, bytes: Buffer, start: number, end: number): RowsEvent {
    const { slab, at } = this.#slabs.copy(bytes, start, end);
    if (open.slabs.at(-1) !== slab) {
      slab.hold();
      open.slabs.push(slab);
    }
    return readRowsEvent(slab.bytes, table, at, at + end - start);
  }

  #handOnIfLarge(open: OpenTransaction): void {
    if (open.tail !== null || open.rows.length === 0 || open.bytes <= this.#transactionBytesMax) return;
    open.tail = new TransactionTail();
    open.handedBytes = open.bytes;
    this.#deliver(open, this.#offset);
  }

  #query(event: Buffer, bytes: number, startOffset: number): void {
    if (isBegin(event)) {
      if (this.#open?.begun === true) throw this.#unfinished(EventType.Query);
      // The one statement that every transaction has: its session context is never looked at.
      (this.#open ??= this.#begin(anonymous, startOffset, 0)).begun = true;
      this.#open.bytes += bytes;
      return;
    }
    const query = readQueryEvent(event);
    const open = (this.#open ??= this.#begin(anonymous, startOffset, 0));
    open.bytes += bytes;
    const verdict = classifyStatement(query, open.begun);
    switch (verdict) {
      case 'begin':
        open.begun = true;
        return;
      case 'commit':
        this.#complete();
        return;
      case 'nothing':
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
    this.#open = null;
    if (open.tail === null) this.#deliver(open, this.#offset);
    else open.tail.finish({ endOffset: this.#offset, bytes: open.bytes - open.handedBytes });
  }

  #deliver(open: OpenTransaction, endOffset: number): void {
    if (this.#isPassedOver(open)) {
      this.#sink.passed(open.bytes - open.handedBytes);
      return;
    }
    const { head, statement } = open;
    this.#sink.transaction({
      kind: statement === null ? 'rows' : open.begun ? 'create-select' : 'statement',
      gtid: head.gtid,
      originalCommitMicros: head.originalCommitMicros,
      immediateCommitMicros: head.immediateCommitMicros,
      lastCommitted: head.lastCommitted,
      sequenceNumber: head.sequenceNumber,
      file: this.#file,
      startOffset: open.startOffset,
      endOffset,
      statement,
      rows: open.rows,
      slabs: open.slabs,
      bytes: open.bytes,
      tail: open.tail,
    });
  }

  /** Transactions of the first file that lie before the place where reading was to begin. */
  #isPassedOver(open: OpenTransaction): boolean {
    return this.#file === this.#firstFile && open.startOffset < this.#options.skipBefore;
  }

  #unfinished(type: number): TailraceError {
    return new TailraceError('TR_STREAM_CORRUPT', {
      what: `an event of type ${eventTypeName(type)} came inside of a transaction`,
      why: `at ${this.#file}:${this.#offset}; the transaction before it has no end`,
    });
  }
}
