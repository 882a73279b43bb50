/** What the source says of its own source is believed for so long: it is asked every two seconds. */
const toldMicrosMax = 10_000_000;

/**
 * How old data is against the server on which it was committed first, where the source that we read from is itself a replica. Told from the
 * commit times that transactions bring from there, and from what the source says of itself for what it has not passed on. Numbers only: it
 * is told of every transaction. NaN: not known. Local times are microseconds of a clock that never goes back.
 *
 * Commit times of the first source are by its clock, and compared with the clock of the source that we read from.
 */
export class OriginAge {
  #newestMicros = NaN;
  #newestLateMicros = NaN;
  #appliedMicros = NaN;
  #lostMicros = NaN;
  #isPassedOn = false;
  /** How far the source was behind when it told; NaN: it is a replica, and did not say. */
  #upstreamMicros = NaN;
  #toldMicros = NaN;

  /** A transaction has come; `sourceNowMicros`: the time by the source's clock. */
  received(sourceNowMicros: number, commitMicros: number, originalMicros: number): void {
    this.#newestMicros = originalMicros;
    this.#newestLateMicros = sourceNowMicros - originalMicros;
    this.#isPassedOn = originalMicros < commitMicros;
    this.#lostMicros = NaN;
  }

  applied(originalMicros: number): void {
    this.#appliedMicros = originalMicros;
  }

  /** `oldestMicros`: of what waited; NaN: nothing did. */
  streamLost(oldestMicros: number): void {
    if (!Number.isNaN(oldestMicros)) this.#lostMicros = oldestMicros;
  }

  caughtUp(): void {
    this.#lostMicros = NaN;
  }

  /** The source has said how far it is behind its own source: 0, it has none, or lacks nothing; null: it has one, and cannot say. */
  told(nowMicros: number, behindMicros: number | null): void {
    this.#upstreamMicros = behindMicros ?? NaN;
    this.#toldMicros = nowMicros;
  }

  /** Of what is known to be missing since the stream was lost. */
  get lostMicros(): number {
    return this.#lostMicros;
  }

  /** By how much the newest transaction was late when it came. */
  get newestLateMicros(): number {
    return this.#newestLateMicros;
  }

  get appliedMicros(): number {
    return this.#appliedMicros;
  }

  /** How far the source is behind its own source; NaN: not known. What it said a while ago may have grown since. */
  upstreamMicros(nowMicros: number): number {
    const sinceMicros = nowMicros - this.#toldMicros;
    if (sinceMicros <= toldMicrosMax)
      return this.#upstreamMicros > 0 ? this.#upstreamMicros + sinceMicros : this.#upstreamMicros;
    // It may not be asked, or is gone: transactions of its own show that it is the first source.
    const isFirst = !this.#isPassedOn && !Number.isNaN(this.#newestMicros);
    return isFirst && !(this.#upstreamMicros > 0) ? 0 : NaN;
  }
}
