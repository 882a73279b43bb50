import type { RowsEvent } from '../binlog/rows-event.js';

/** How a large transaction ended: known only when it has been read whole. */
export interface TransactionEnd {
  readonly endOffset: number;
  /** It was an XA transaction that was committed at once. */
  readonly onePhase: boolean;
  /** Bytes of events after the last batch. */
  readonly bytes: number;
}

/** Row events in source order, and the bytes that they and the events around them hold of the budget. */
export interface TailBatch {
  readonly rows: readonly RowsEvent[];
  readonly bytes: number;
}

/**
 * The rest of a transaction that is too large to be held: row events in source order, taken in batches while the stream
 * goes on reading under the byte budget.
 */
export class TransactionTail {
  #batch: RowsEvent[] = [];
  #batchBytes = 0;
  #end: TransactionEnd | null = null;
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  /** By the assembler: one more row event; `bytes` are those of all events since the last one. */
  push(rows: RowsEvent, bytes: number): void {
    this.#batch.push(rows);
    this.#batchBytes += bytes;
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

  /** The row events that have come since the last call; null once there are no more. Rejects when the stream broke. */
  async take(): Promise<TailBatch | null> {
    while (this.#batch.length === 0) {
      if (this.#failure !== null) throw this.#failure as Error;
      if (this.#end !== null) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const batch = { rows: this.#batch, bytes: this.#batchBytes };
    this.#batch = [];
    this.#batchBytes = 0;
    return batch;
  }

  /** Gives `apply` all batches in order, and `release` the bytes of each that is applied. Rejects when the stream broke. */
  async drain(
    apply: (rows: readonly RowsEvent[]) => Promise<void>,
    release: (bytes: number) => void,
  ): Promise<void> {
    for (let batch = await this.take(); batch !== null; batch = await this.take()) {
      await apply(batch.rows);
      release(batch.bytes);
    }
    release(this.#end?.bytes ?? 0);
  }

  /** Once `take` gave null: where the transaction ended. */
  get end(): TransactionEnd | null {
    return this.#end;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
