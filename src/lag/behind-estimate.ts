import { RateWindow } from './rate-window.js';

/** A measurement older than this says nothing any more: three of the link's own intervals, and some. */
const ageMicrosMax = 10_000_000;
/** Weight of the newest interval in the rate at which the source writes. */
const newestShare = 0.3;

/**
 * How much the source has that the replica has not (transactions or bytes): measured every few seconds, and counted on in between from
 * what is applied. Times are microseconds of a clock that never goes back.
 */
export class BehindEstimate {
  readonly #appliedRate: RateWindow;
  #applied = 0;
  #measuredMicros = -Infinity;
  #measured: number | null = null;
  #appliedWhenMeasured = 0;
  #writtenPerSecond: number | null = null;

  constructor(startMicros: number) {
    this.#appliedRate = new RateWindow(startMicros);
  }

  applied(nowMicros: number, amount: number): void {
    this.#applied += amount;
    this.#appliedRate.add(nowMicros, amount);
  }

  /** null: it could not be measured. */
  measured(nowMicros: number, behind: number | null): void {
    const seconds = (nowMicros - this.#measuredMicros) / 1e6;
    if (behind !== null && this.#measured !== null && seconds > 0 && seconds * 1e6 <= ageMicrosMax) {
      const written = behind + this.#applied - this.#measured - this.#appliedWhenMeasured;
      const rate = Math.max(0, written) / seconds;
      const before = this.#writtenPerSecond ?? rate;
      this.#writtenPerSecond = before + newestShare * (rate - before);
    } else this.#writtenPerSecond = null;
    this.#measured = behind;
    this.#measuredMicros = nowMicros;
    this.#appliedWhenMeasured = this.#applied;
  }

  /** `waiting`: what was received and is not applied; it is never less than that. */
  behind(nowMicros: number, waiting: number): number | null {
    if (this.#measured === null || nowMicros - this.#measuredMicros > ageMicrosMax) return null;
    return Math.max(waiting, this.#measured - (this.#applied - this.#appliedWhenMeasured));
  }

  appliedPerSecond(nowMicros: number): number | null {
    return this.#appliedRate.perSecond(nowMicros);
  }

  /** Until nothing is behind, given that the source goes on writing as it does; null: not known, or never. */
  secondsToLevel(nowMicros: number, waiting: number): number | null {
    const behind = this.behind(nowMicros, waiting);
    const rate = this.appliedPerSecond(nowMicros);
    if (behind === null || rate === null) return null;
    if (behind === 0) return 0;
    const net = rate - (this.#writtenPerSecond ?? 0);
    return net > 0 ? behind / net : null;
  }
}
