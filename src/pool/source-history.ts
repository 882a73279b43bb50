import type { GtidSet } from '../gtid/gtid-set.js';

interface Entry {
  readonly executed: GtidSet;
  /** The source had no more than that when it was asked last, at this time. */
  lastMs: number;
}

/** At one look a second, what is older than this is far beyond any lag that is read. */
const entriesMax = 128;

/**
 * What the source had executed, and when. Whoever has all of that has data no older than that time: this is how the age of a replica's data
 * is known where nobody measures lag.
 */
export class SourceHistory {
  #entries: Entry[] = [];

  /** `askedMs`: just before it was asked, so that an age is never told too small. */
  note(executed: GtidSet, askedMs: number): void {
    const newest = this.#entries.at(-1);
    if (newest !== undefined && newest.executed.equals(executed)) {
      newest.lastMs = askedMs;
      return;
    }
    // Less than before: another server, or one that was reset. What was known of it is void.
    if (newest !== undefined && !executed.contains(newest.executed)) this.#entries = [];
    this.#entries.push({ executed, lastMs: askedMs });
    if (this.#entries.length > entriesMax) this.#entries.shift();
  }

  /** How old, in milliseconds, a replica's data is at most; null: older than is remembered, or nothing is. */
  ageOf(executed: GtidSet, nowMs: number): number | null {
    for (let at = this.#entries.length - 1; at >= 0; at -= 1) {
      const { executed: had, lastMs } = this.#entries[at]!;
      if (executed.contains(had)) return Math.max(0, nowMs - lastMs);
    }
    return null;
  }

  clear(): void {
    this.#entries = [];
  }
}
