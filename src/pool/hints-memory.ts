import { type Hints, isNewer } from '../hints/hints.js';

/** Hints as they arrived. Times are those of `performance.now()`. */
export interface RememberedHints {
  readonly hints: Hints;
  /** The daemon that they are from. */
  readonly from: string;
  /** When they were decided, or decided again with the same outcome. */
  readonly decidedMs: number;
}

/**
 * The newest hints, of all daemons. One daemon's are in order by epoch and version (`isNewer`). Two daemons count their versions apart: of
 * one epoch, those are newer that were decided later. What is about an older source is refused, whenever it comes and from whom.
 */
export class HintsMemory {
  readonly #ageMsMax: number;
  #current: RememberedHints | null = null;

  constructor(ageMsMax: number) {
    this.#ageMsMax = ageMsMax;
  }

  get current(): RememberedHints | null {
    return this.#current;
  }

  /** The same if they are young enough to be believed. */
  young(nowMs: number): RememberedHints | null {
    const current = this.#current;
    return current !== null && nowMs - current.decidedMs <= this.#ageMsMax ? current : null;
  }

  /** True when they are taken. */
  offer(arriving: RememberedHints, nowMs: number): boolean {
    const current = this.#current;
    if (current !== null && !this.#isBetter(current, arriving, nowMs)) return false;
    this.#current = arriving;
    return true;
  }

  /** The daemon has decided again, and the same. */
  confirm(from: string, version: number, decidedMs: number): void {
    const current = this.#current;
    if (current === null || current.from !== from || current.hints.version !== version) return;
    this.#current = { ...current, decidedMs: Math.max(decidedMs, current.decidedMs) };
  }

  #isBetter(current: RememberedHints, arriving: RememberedHints, nowMs: number): boolean {
    if (isNewer(current.hints, arriving.hints)) return true;
    if (arriving.hints.epoch < current.hints.epoch) return false;
    // A daemon that was put back to an older state of its clock would else never be heard again.
    if (this.young(nowMs) === null) return arriving.decidedMs > current.decidedMs;
    if (arriving.from === current.from) return false;
    return arriving.decidedMs > current.decidedMs;
  }
}
