import { wayOf } from './way-of.js';
import type { Transaction } from './transaction.js';

/** Transactions that were read and not taken yet, in source order. The byte budget limits them; see `ByteBudget`. */
export class TransactionQueue {
  #waiting: Transaction[] = [];
  #at = 0;
  #wake: (() => void) | null = null;

  get isEmpty(): boolean {
    return this.#at === this.#waiting.length;
  }

  push(transaction: Transaction): void {
    this.#waiting.push(transaction);
    if (this.#wake !== null) this.notify();
  }

  peek(): Transaction | undefined {
    return this.#waiting[this.#at];
  }

  /** What waits, up to the next transaction that cannot share an epoch. */
  *peekRows(): Generator<Transaction> {
    for (let at = this.#at; at < this.#waiting.length; at++) {
      const transaction = this.#waiting[at];
      if (transaction === undefined || wayOf(transaction) !== 'epoch') return;
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

  /** Resolves at the next `push` or `notify`, for every caller that waits. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Wakes everybody that waits, although nothing came: the stream has ended, or the link stops. */
  notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
