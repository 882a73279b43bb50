import { TailraceError } from '../errors/tailrace-error.js';
import { onAbort } from './on-abort.js';

interface Waiter {
  readonly wake: () => void;
}

/** Of those who wait, so many look again at once; then others get their turn. */
const wokenAtOnce = 64;
/** Whatever was not told, such as a budget that fills with time, is found within so long. */
const sweepMs = 100;

/** Those who wait for a connection, first come, first woken. */
export class WaitRoom {
  readonly #max: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiter>();
  #sweep: NodeJS.Timeout | null = null;
  #isWaking = false;

  constructor(max: number) {
    this.#max = max;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Until something may have changed, `ms` at most. Rejects with the reason of `signal`. Throws `TR_POOL_FULL`.
   */
  wait(ms: number, signal: AbortSignal | null): Promise<void> {
    if (this.#waiting.size >= this.#max)
      throw new TailraceError('TR_POOL_FULL', {
        what: `${this.#max} checkouts already wait for a connection`,
      });
    return this.stay(ms, signal);
  }

  /** The same for the pool itself, which always finds a place. */
  stay(ms: number, signal: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        callOff();
        this.#waiting.delete(waiter);
        settle();
      };
      const waiter = { wake: () => end(resolve) };
      let callOff = (): void => undefined;
      const timer = setTimeout(() => end(resolve), ms);
      this.#waiting.add(waiter);
      this.#sweep ??= setInterval(() => this.#sweepOnce(), sweepMs);
      this.#sweep.unref();
      if (signal !== null) callOff = onAbort(signal, () => end(() => reject(signal.reason as Error)));
    });
  }

  /** A connection is free: one can have it, and the second is woken in case that the first one needs another. */
  wakeSome(): void {
    this.#wake(2);
  }

  /** Everything may be different. */
  wakeAll(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.#wakeFrom([...this.#waiting], 0);
  }

  close(): void {
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#sweep = null;
    this.#wake(this.#waiting.size);
  }

  #wakeFrom(waiters: readonly Waiter[], first: number): void {
    for (const { wake } of waiters.slice(first, first + wokenAtOnce)) wake();
    if (first + wokenAtOnce < waiters.length)
      setImmediate(() => this.#wakeFrom(waiters, first + wokenAtOnce));
    else this.#isWaking = false;
  }

  #sweepOnce(): void {
    if (this.#waiting.size > 0) return this.#wake(wokenAtOnce);
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#sweep = null;
  }

  #wake(count: number): void {
    let left = count;
    for (const { wake } of this.#waiting) {
      if (left === 0) return;
      left -= 1;
      wake();
    }
  }
}
