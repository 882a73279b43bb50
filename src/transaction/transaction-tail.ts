import type { QueryEvent } from '../binlog/query-event.js';
import type { RowsEvent } from '../binlog/rows-event.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ByteBudget } from './byte-budget.js';
import { addRows, type TransactionStep } from './transaction-step.js';

/** How a large transaction ended: known only when it has been read whole. */
export interface TransactionEnd {
  readonly endOffset: number;
  /** It was an XA transaction that was committed at once. */
  readonly onePhase: boolean;
  /** Bytes of events after the last step. */
  readonly bytes: number;
}

/** Steps in source order, and the bytes that they and the events around them hold of the budget. */
export interface TailBatch {
  readonly steps: readonly TransactionStep[];
  readonly bytes: number;
}

/** What applies the steps of a tail, each in source order. */
export interface TailSink {
  rows(rows: readonly RowsEvent[]): Promise<void>;
  /** Transactions that cannot hold statements have no use for it. */
  statement?(statement: QueryEvent): Promise<void>;
  rollback?(): Promise<void>;
}

/**
 * The rest of a transaction that is too large to be held: row events and statements in source order, taken in batches while the
 * stream goes on reading under the byte budget.
 */
export class TransactionTail {
  #steps: TransactionStep[] = [];
  #stepsBytes = 0;
  #end: TransactionEnd | null = null;
  #failure: unknown = null;
  #wake: (() => void) | null = null;
  #drainedBytes = 0;
  readonly #budget: ByteBudget;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** By the assembler: one more row event; `bytes` are those of all events since the last one. */
  push(rows: RowsEvent, bytes: number): void {
    addRows(this.#steps, rows);
    this.#stepsBytes += bytes;
    this.#notify();
  }

  /** By the assembler: a step that is no row event; `bytes` as above. */
  pushStep(step: TransactionStep, bytes: number): void {
    this.#steps.push(step);
    this.#stepsBytes += bytes;
    this.#notify();
  }

  /** By the assembler: the transaction was read whole. */
  finish(end: TransactionEnd): void {
    this.#end = end;
    this.#notify();
  }

  /** By the assembler: the stream broke before the end; the transaction will be read again from its start. */
  abort(reason: unknown): void {
    this.#failure = reason;
    this.#notify();
  }

  /** The steps that have come since the last call; null once there are no more. Rejects when the stream broke. */
  async take(): Promise<TailBatch | null> {
    while (this.#steps.length === 0) {
      if (this.#failure !== null) throw this.#failure as Error;
      if (this.#end !== null) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const batch = { steps: this.#steps, bytes: this.#stepsBytes };
    this.#steps = [];
    this.#stepsBytes = 0;
    return batch;
  }

  /** Gives `sink` all steps in order, and their memory back. Rejects when the stream broke. */
  async drain(sink: TailSink): Promise<void> {
    for (let batch = await this.take(); batch !== null; batch = await this.take()) {
      for (const step of batch.steps) await applyStep(step, sink);
      this.#release(batch.bytes);
    }
    this.#release(this.#end?.bytes ?? 0);
  }

  /** Bytes of the events that have been drained. */
  get drainedBytes(): number {
    return this.#drainedBytes;
  }

  /** Once `drain` is through: where the transaction ended. */
  get end(): TransactionEnd | null {
    return this.#end;
  }

  #release(bytes: number): void {
    this.#drainedBytes += bytes;
    this.#budget.release(bytes);
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

/** Applies one step of a transaction. */
export async function applyStep(step: TransactionStep, sink: TailSink): Promise<void> {
  switch (step.kind) {
    case 'rows':
      return sink.rows(step.rows);
    case 'statement':
      if (sink.statement !== undefined) return sink.statement(step.statement);
      break;
    case 'rollback':
      if (sink.rollback !== undefined) return sink.rollback();
      break;
  }
  throw new TailraceError('TR_INTERNAL', { what: `a ${step.kind} came in a transaction that can hold none` });
}
