import type { OwnSchemaGuard } from '../apply/barrier/own-schema-guard.js';
import { withSkipCommand } from '../apply/failure/skip-command.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import { eventTypeAt } from '../binlog/event-header.js';
import { EventType } from '../binlog/event-type.js';
import type { StatementTranslator } from '../dialect/statement-translator.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import { Assembler } from '../source/assembler.js';
import { EventIntake } from '../source/event-intake.js';
import type { EventSink, EventStream, HoldReason, Source, StreamStart } from '../source/source.js';
import { ByteBudget } from '../transaction/byte-budget.js';
import type { EventSlab } from '../transaction/event-slab.js';
import type { Transaction } from '../transaction/transaction.js';
import { TransactionQueue } from '../transaction/transaction-queue.js';

/** A transaction that takes more than this share of the budget is not held but streamed. */
const largeShare = 0.6;
/** Nor is one of more rows: while an epoch is planned each row takes some 300 bytes, which no budget of event bytes counts. */
const largeRows = 200_000;

export interface StreamLineOptions {
  readonly start: StreamStart;
  readonly budgetBytes: number;
  /** Without limits until `limit`: the transactions of a broken epoch are needed together, whatever the budget is now. */
  readonly isUnlimited: boolean;
  readonly guard: OwnSchemaGuard;
  readonly translator: StatementTranslator;
  /** Whether a transaction is wanted; asked once for each, in order. The stream ends at the first one that is not. */
  readonly passes: (transaction: Transaction) => boolean;
  /** The source has nothing more to send. */
  readonly idle: (position: BinlogPosition) => void;
  /** Makes an error of this process one of the stream. */
  readonly failure: (error: unknown) => TailraceError;
}

/**
 * The way from a source to the queue: stream, intake, assembler, and the byte budget over all of them. Serves one connection; what is
 * open when that breaks is dropped with it.
 *
 * @example
 * const line = new StreamLine(options);
 * await line.open(source);
 * const next = line.queue.take();
 */
export class StreamLine implements EventSink {
  readonly queue = new TransactionQueue();
  readonly budget: ByteBudget;
  readonly #options: StreamLineOptions;
  readonly #assembler: Assembler;
  readonly #intake: EventIntake;
  #stream: EventStream | null = null;
  #failure: TailraceError | null = null;
  #isOver = false;

  constructor(options: StreamLineOptions) {
    const { start, isUnlimited, budgetBytes, guard, translator } = options;
    this.#options = options;
    this.budget = new ByteBudget(isUnlimited ? Infinity : budgetBytes, {
      full: () => this.#stream?.hold('budget'),
      room: () => {
        this.#intake.goOn();
        this.#stream?.letGo('budget');
      },
    });
    this.#assembler = new Assembler(
      start.kind === 'position' ? start.file : '',
      {
        transaction: (transaction) => this.#take(transaction),
        // A goal behind the last transaction is reached by reading alone.
        passed: () => this.queue.notify(),
      },
      {
        budget: this.budget,
        transactionBytesMax: isUnlimited ? Infinity : budgetBytes * largeShare,
        transactionRowsMax: isUnlimited ? Infinity : largeRows,
        guard,
        skipBefore: start.kind === 'position' ? start.offset : 0,
        translator,
      },
    );
    this.#intake = new EventIntake(this.#assembler, this.budget, {
      unpacking: (isBusy) => (isBusy ? this.#stream?.hold('unpacking') : this.#stream?.letGo('unpacking')),
      failed: (error) => this.fail(options.failure(error)),
    });
  }

  /** Begins to read. Rejects when the source cannot be read from the start that was given. */
  async open(source: Source): Promise<void> {
    const stream = await source.open(this.#options.start, this);
    this.#stream = stream;
    if (this.#isOver) return stream.stop();
    // Events may have come before this stream could be held.
    const reasons: readonly [HoldReason, boolean][] = [
      ['budget', this.budget.isFull],
      ['unpacking', this.#intake.isUnpacking],
    ];
    for (const [reason, holds] of reasons) if (holds) stream.hold(reason);
  }

  /** The limits of the budget hold from now on, for what is open, too. */
  limit(): void {
    const { budgetBytes } = this.#options;
    this.budget.limit(budgetBytes);
    this.#assembler.limitTransactions(budgetBytes * largeShare, largeRows);
  }

  /** Up to where events have been read; the position is behind a compressed transaction before that is unpacked. */
  get position(): BinlogPosition {
    return this.#assembler.position;
  }

  /** A compressed transaction that is wanted is being unpacked. */
  get isUnpacking(): boolean {
    return !this.#isOver && this.#intake.isUnpacking;
  }

  /** More is on its way than waits. */
  get isBehind(): boolean {
    return this.#stream?.isBehind === true;
  }

  /** Why nothing more will come; null: the stream goes on. */
  get failure(): TailraceError | null {
    return this.#failure;
  }

  event(bytes: Buffer, start: number, end: number, slab: EventSlab | null): void {
    const isHeartbeat = bytes[start + eventTypeAt] === EventType.Heartbeat;
    this.#intake.feed(bytes, start, end, slab);
    if (isHeartbeat && !this.#intake.isUnpacking) this.#options.idle(this.#assembler.position);
  }

  end(error: TailraceError): void {
    const { open } = this.#assembler;
    this.#failure ??= open === null ? error : withSkipCommand(error, open);
    this.#intake.close();
    this.#assembler.abort(error);
    this.queue.notify();
  }

  /** Ends the stream because of something beside it. */
  fail(error: TailraceError): void {
    this.#isOver = true;
    void this.#stream?.stop();
    this.end(error);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#stream?.stop();
    this.#intake.close();
  }

  #take(transaction: Transaction): void {
    if (this.#options.passes(transaction)) this.queue.push(transaction);
    else {
      this.#isOver = true;
      void this.#stream?.stop();
    }
  }
}
