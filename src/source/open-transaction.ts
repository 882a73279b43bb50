import type { GtidEvent } from '../binlog/gtid-event.js';
import type { QueryEvent } from '../binlog/query-event.js';
import { type RowSettings, rowSettingsOf } from '../binlog/row-settings.js';
import type { RowsEvent } from '../binlog/rows-event.js';
import { readSessionValue, type SessionValue } from '../binlog/session-value.js';
import { readXaPrepareEvent, readXaStatement } from '../binlog/xa-event.js';
import type { TableMap } from '../binlog/table-map.js';
import { oldTemporalError } from '../dialect/old-temporal.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { countRows } from '../plan/count-rows.js';
import { showStatement } from '../statement/classify-statement.js';
import type { ByteBudget } from '../transaction/byte-budget.js';
import type { EventSlab } from '../transaction/event-slab.js';
import type { Transaction } from '../transaction/transaction.js';
import {
  addRows,
  type SavepointMark,
  stepsOf,
  type TransactionStep,
} from '../transaction/transaction-step.js';
import { TransactionTail } from '../transaction/transaction-tail.js';

/** A transaction of which the end has not been read yet. */
export interface OpenTransaction {
  readonly head: GtidEvent;
  readonly startOffset: number;
  begun: boolean;
  statement: QueryEvent | null;
  /** Of the session of the statement that is to come. */
  values: readonly SessionValue[];
  /** The `XA START` that began it; null: it is no XA transaction. */
  xaStart: QueryEvent | null;
  /** An XA transaction that is committed at once, as any other. */
  onePhase: boolean;
  /** Of its `BEGIN`; null: it has none. */
  settings: RowSettings | null;
  rows: RowsEvent[];
  /** In place of `rows` from its first statement on; null: it has none. */
  steps: TransactionStep[] | null;
  /** As long as it has no `steps`. */
  savepoints: readonly SavepointMark[];
  canRollBack: boolean;
  slabs: readonly EventSlab[];
  bytes: number;
  tail: TransactionTail | null;
  /** Of `rows`: events whose rows have been counted, and their rows. */
  eventsCounted: number;
  rowsCounted: number;
  /** Bytes that have been handed on with the head and the batches of `tail`, or let go. */
  handedBytes: number;
}

/** What stands in for a GTID event where there is none. */
export const anonymousHead: GtidEvent = {
  gtid: null,
  lastCommitted: 0,
  sequenceNumber: 0,
  originalCommitMicros: null,
  immediateCommitMicros: null,
};

const noSlabs: readonly EventSlab[] = [];
const noValues: readonly SessionValue[] = [];
const noSavepoints: readonly SavepointMark[] = [];
const noSteps: readonly TransactionStep[] = [];

/** A transaction of which `bytes` bytes of events have been read. */
export function openTransaction(head: GtidEvent, startOffset: number, bytes: number): OpenTransaction {
  return {
    head,
    startOffset,
    begun: false,
    statement: null,
    values: noValues,
    xaStart: null,
    onePhase: false,
    settings: null,
    rows: [],
    steps: null,
    savepoints: noSavepoints,
    canRollBack: true,
    slabs: noSlabs,
    bytes,
    tail: null,
    eventsCounted: 0,
    rowsCounted: 0,
    handedBytes: 0,
  };
}

/**
 * Throws TR_TABLE_OLD_TEMPORAL where nobody looks at the tables of a transaction before its rows go to the replica, or are counted:
 * in all but those of rows alone that are held whole. Those are refused where the names of their columns are known.
 */
export function refuseUnlessPlain(open: OpenTransaction, table: TableMap, bytesMax: number): void {
  const isAlone =
    open.tail === null && open.steps === null && open.statement === null && open.xaStart === null;
  if (!isAlone || open.bytes > bytesMax) throw oldTemporalError(table, null);
}

/** The rows of the events that it holds; each event is counted once. */
export function countedRows(open: OpenTransaction): number {
  for (; open.eventsCounted < open.rows.length; open.eventsCounted++) {
    open.rowsCounted += countRows(open.rows[open.eventsCounted] as RowsEvent);
  }
  return open.rowsCounted;
}

/** The transaction's rows lie in this slab, too. */
export function holdSlab(open: OpenTransaction, slab: EventSlab): void {
  const { slabs } = open;
  if (slabs.length > 0 && slabs[slabs.length - 1] === slab) return;
  slab.hold();
  open.slabs = slabs.length === 0 ? slab.alone : [...slabs, slab];
}

/** Takes an event with a value that the statement behind it is to find in its session. */
export function holdSessionValue(open: OpenTransaction, event: Buffer, bytes: number): void {
  // A copy, as the value outlives the memory that it lies in.
  open.values = [...open.values, readSessionValue(Buffer.from(event))];
  open.bytes += bytes;
}

/** Takes a row event of a transaction that is held whole. */
export function holdRows(open: OpenTransaction, rows: RowsEvent): void {
  if (open.steps !== null) {
    addRows(open.steps, rows);
    open.rowsCounted += countRows(rows);
  }
  // A list that grows begins with room for 16: nearly every transaction has one row event.
  else if (open.rows.length === 0) open.rows = [rows];
  else open.rows.push(rows);
}

/** Takes a savepoint, which counts only if something is rolled back to it later. */
export function holdSavepoint(open: OpenTransaction, statement: QueryEvent): void {
  if (open.xaStart !== null) return;
  if (open.tail !== null || open.steps !== null) holdStep(open, { kind: 'statement', statement });
  else open.savepoints = [...open.savepoints, { rowsBefore: open.rows.length, statement }];
}

/** Takes a statement among the row changes, with the values of its session. Throws TR_STATEMENT_FORMAT where it cannot be applied. */
export function holdStatement(open: OpenTransaction, query: QueryEvent): void {
  if (open.xaStart !== null || open.statement !== null) {
    throw new TailraceError('TR_STATEMENT_FORMAT', {
      what: `the source logged a change as a statement: ${showStatement(query)}`,
      why: `inside of ${open.xaStart === null ? 'a transaction that creates a table and fills it' : 'an XA transaction'}`,
    });
  }
  const { values } = open;
  open.values = noValues;
  holdStep(open, { kind: 'statement', statement: values.length === 0 ? query : { ...query, values } });
}

/** Takes a step of a transaction that does not hold row changes only. */
export function holdStep(open: OpenTransaction, step: TransactionStep): void {
  if (open.tail !== null) {
    open.tail.pushStep(step, open.bytes - open.handedBytes);
    open.handedBytes = open.bytes;
    return;
  }
  toSteps(open).push(step);
}

/** It is too large to be held: what has been read of it is handed on, and the rest follows. */
export function beginTail(open: OpenTransaction, budget: ByteBudget): void {
  if (open.savepoints.length > 0) toSteps(open);
  open.tail = new TransactionTail(budget);
  open.handedBytes = open.bytes;
}

/** Its row changes, and its savepoints among them, as steps. */
function toSteps(open: OpenTransaction): TransactionStep[] {
  if (open.steps === null) {
    for (const { table } of open.rows) if (table.hasOldTemporal) throw oldTemporalError(table, null);
    countedRows(open);
    open.steps = stepsOf(open.rows, open.savepoints);
    open.rows = [];
    open.eventsCounted = 0;
    open.savepoints = noSavepoints;
  }
  return open.steps;
}

/** Notes how the rows of an XA transaction end: `event` is an XA_prepare event. Throws TR_STREAM_CORRUPT. */
export function endXa(open: OpenTransaction, event: Buffer): void {
  const { xid, onePhase } = readXaPrepareEvent(event);
  const started = open.xaStart === null ? null : readXaStatement(open.xaStart);
  if (started?.xid !== xid) {
    throw new TailraceError('TR_STREAM_CORRUPT', {
      what: `XA transaction ${xid} ends where ${started?.xid ?? 'no XA transaction'} began`,
    });
  }
  open.onePhase = onePhase;
}

/** What has been read of a transaction: all of it, or its head when it has a tail. */
export function toTransaction(
  open: OpenTransaction,
  file: string,
  endOffset: number,
  budget: ByteBudget,
): Transaction {
  const { head } = open;
  const kind = kindOf(open);
  return {
    kind,
    gtid: head.gtid,
    originalCommitMicros: head.originalCommitMicros,
    immediateCommitMicros: head.immediateCommitMicros,
    lastCommitted: head.lastCommitted,
    sequenceNumber: head.sequenceNumber,
    file,
    startOffset: open.startOffset,
    endOffset,
    statement: kind === 'xa' ? open.xaStart : statementOf(open, kind),
    settings: open.settings ?? (open.xaStart === null ? null : rowSettingsOf(open.xaStart.context)),
    rows: open.rows,
    steps: open.steps ?? noSteps,
    canRollBack: open.canRollBack,
    slabs: open.slabs,
    bytes: open.bytes,
    budget,
    tail: open.tail,
  };
}

/** Throws TR_STATEMENT_FORMAT for values that no lone statement took: what came behind them may depend on them. */
function statementOf(open: OpenTransaction, kind: Transaction['kind']): QueryEvent | null {
  const { statement, values } = open;
  if (values.length === 0) return statement;
  if (statement !== null && kind === 'statement') return { ...statement, values };
  throw new TailraceError('TR_STATEMENT_FORMAT', {
    what: 'the source logged values of a session for a change that was not logged as a lone statement',
  });
}

function kindOf(open: OpenTransaction): Transaction['kind'] {
  if (open.xaStart !== null && !open.onePhase) return 'xa';
  if (open.steps !== null) return 'mixed';
  if (open.statement === null) return 'rows';
  if (open.begun) return 'create-select';
  return readXaStatement(open.statement) === null ? 'statement' : 'xa-outcome';
}
