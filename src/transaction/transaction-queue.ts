import type { Transaction } from './transaction.js';

/**
 * Transactions between the stream and the epochs, and the byte budget over both: bytes count from the arrival of an event
 * until `release`. When they reach the budget, `onFull` asks the stream to pause; when a quarter of it is free again,
 * `onRoom` lets it go on.
 */
export class TransactionQueue {
  #budgetBytes: number;
  readonly #onFull: () => void;
  readonly #onRoom: () => void;
  #waiting: Transaction[] = [];
  #at = 0;
  #heldBytes = 0;
  #full = false;
  #wake: (() => void) | null = null;

  constructor(budgetBytes: number, onFull: () => void, onRoom: () => void) {
    this.#budgetBytes = budgetBytes;
    this.#onFull = onFull;
    this.#onRoom = onRoom;
  }

  /** Another budget from now on. */
  limit(budgetBytes: number): void {
    this.#budgetBytes = budgetBytes;
    this.hold(0);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The budget is used up, and not enough of it is free again. */
  get isFull(): boolean {
    return this.#full;
  }

  get isEmpty(): boolean {
    return this.#at === this.#waiting.length;
  }

  /** An event of so many bytes has arrived. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (!this.#full && this.#heldBytes >= this.#budgetBytes) {
      this.#full = true;
      this.#onFull();
    }
  }

  /** So many bytes are no longer held by anybody. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
    if (this.#full && this.#heldBytes <= this.#budgetBytes * 0.75) {
      this.#full = false;
      this.#onRoom();
    }
  }

  push(transaction: Transaction): void {
    this.#waiting.push(transaction);
    this.notify();
  }

  peek(): Transaction | undefined {
    return this.#waiting[this.#at];
  }

  /** What waits up to the next one that is applied alone. */
  *peekRows(): Generator<Transaction> {
    for (let at = this.#at; at < this.#waiting.length; at++) {
      const transaction = this.#waiting[at];
      if (transaction === undefined || transaction.kind !== 'rows' || transaction.tail !== null) return;
      yield transaction;
    }
  }

  take(): Transaction | undefined {
    const transaction = this.#waiting[this.#at];
    if (transaction === undefined) return undefined;
    this.#at++;
    // Taken ones are let go in bulk: shifting one by one costs as much as the queue is long.
    if (this.#at > 1024 || this.#at === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#at);
      this.#at = 0;
    }
    return transaction;
  }

  /** Resolves at the next `push` or `notify`. One waiter at a time. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Wakes whoever waits, although nothing came: the stream has ended, or the link shall stop. */
  notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
