import type { LinkProgress } from '../link/link-progress.js';
import { SampleWindow } from './sample-window.js';

/** What a link does per second, over the last few seconds. */
export interface LinkRates {
  readonly transactions: number;
  readonly rows: number;
  readonly bytes: number;
  /** It has been measured for long enough that an end can be told from it. */
  readonly settled: boolean;
}

/** From the start: before that a link connects, reads and waits more than it applies. */
const settledMs = 5_000;

/** How much there was by then. */
interface Sample {
  readonly atMs: number;
  readonly transactions: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Rates over a sliding window. Times are milliseconds of a clock that never goes back. */
export class RateMeter {
  readonly #window = new SampleWindow<Sample>();

  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#window.add({ atMs: startMs, transactions: 0, rows: 0, bytes: 0 });
  }

  /** Takes a snapshot in and gives the rates up to it; zero until time has passed. */
  measure(atMs: number, progress: LinkProgress): LinkRates {
    const now = {
      atMs,
      transactions: progress.transactions,
      rows: progress.rowsIn,
      bytes: progress.bytesApplied,
    };
    const first = this.#window.add(now);
    const seconds = (atMs - first.atMs) / 1_000;
    const settled = atMs - this.#startMs >= settledMs;
    if (seconds <= 0) return { transactions: 0, rows: 0, bytes: 0, settled };
    return {
      transactions: (now.transactions - first.transactions) / seconds,
      rows: (now.rows - first.rows) / seconds,
      bytes: (now.bytes - first.bytes) / seconds,
      settled,
    };
  }
}

/** Seconds until nothing is behind at this rate; null while that cannot be said: a rate of less than some seconds says nothing. */
export function secondsLeft(progress: LinkProgress, rates: LinkRates): number | null {
  if (progress.bytesBehind === null) return null;
  if (progress.bytesBehind === 0) return 0;
  return rates.settled && rates.bytes > 0 ? progress.bytesBehind / rates.bytes : null;
}
