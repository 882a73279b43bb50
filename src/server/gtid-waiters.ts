import { type Hints, isRead } from '../hints/hints.js';
import type { HintsFeed, WaitForGtid, WaitRequest } from './hints-feed.js';

/**
 * Waits for transactions by looking at the GTID sets of the hints: no database connection is held, however many wait. How many may is
 * limited by whoever lets them in.
 */
export class GtidWaiters {
  readonly #feed: HintsFeed;
  readonly #waiting = new Set<(hints: Hints) => void>();
  #unsubscribe: (() => void) | null = null;

  constructor(feed: HintsFeed) {
    this.#feed = feed;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  readonly wait: WaitForGtid = (request) => {
    const hints = this.#feed.current();
    const has = hints === null ? null : whoHas(hints, request);
    if (has !== null || request.timeoutMs <= 0 || request.signal.aborted) return Promise.resolve(has);
    return new Promise((resolve) => {
      const end = (replica: string | null): void => {
        clearTimeout(timer);
        request.signal.removeEventListener('abort', giveUp);
        this.#remove(look);
        resolve(replica);
      };
      const giveUp = (): void => end(null);
      const look = (newer: Hints): void => {
        const found = whoHas(newer, request);
        if (found !== null) end(found);
      };
      const timer = setTimeout(giveUp, request.timeoutMs);
      request.signal.addEventListener('abort', giveUp, { once: true });
      this.#add(look);
    });
  };

  #add(look: (hints: Hints) => void): void {
    this.#waiting.add(look);
    this.#unsubscribe ??= this.#feed.subscribe((hints) => {
      for (const one of [...this.#waiting]) one(hints);
    });
  }

  #remove(look: (hints: Hints) => void): void {
    this.#waiting.delete(look);
    if (this.#waiting.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }
}

/** The replica with the largest weight of those that have them. */
function whoHas(hints: Hints, { gtids, replica }: WaitRequest): string | null {
  let best: { readonly id: string; readonly weight: number } | null = null;
  for (const one of hints.replicas) {
    if (replica === null ? !isRead(one.state) : one.id !== replica) continue;
    if (one.gtidExecuted === null || !one.gtidExecuted.contains(gtids)) continue;
    if (best === null || one.weight > best.weight) best = one;
  }
  return best?.id ?? null;
}
