/** What is known of the source's clock. */
export interface ClockReading {
  /** Microseconds to add to the local clock to get the source's. */
  readonly offsetMicros: number;
  /** The true offset is within this many microseconds of it, either way. */
  readonly uncertaintyMicros: number;
}

/** Clocks of two computers drift apart by less than 100 microseconds a second, or one of them is broken. */
const driftPerMicro = 100e-6;
const samplesMax = 32;
const ageMicrosMax = 600_000_000;

/**
 * The source's clock against the local one, from questions and answers, as NTP does it (RFC 5905, section 8): an answer that came back
 * fast cannot be far off, whatever the load was at other times. The best answer of a window counts; its uncertainty is half of its round
 * trip, and grows with its age.
 *
 * Local times are microseconds of a clock that never goes back. The source's are microseconds since 1970.
 */
export class ClockEstimate {
  readonly #atMicros = new Float64Array(samplesMax);
  readonly #offsetMicros = new Float64Array(samplesMax);
  readonly #halfTripMicros = new Float64Array(samplesMax);
  #next = 0;
  #count = 0;

  /**
   * The source was asked for its time at `sentMicros`, its answer `sourceMicros` was here at `receivedMicros`. Gives whether the sample
   * was taken: one whose answer came before its question is not.
   */
  add(sentMicros: number, sourceMicros: number, receivedMicros: number): boolean {
    const tripMicros = receivedMicros - sentMicros;
    if (!(tripMicros >= 0) || !Number.isFinite(sourceMicros + tripMicros)) return false;
    const offsetMicros = sourceMicros - (sentMicros + tripMicros / 2);
    const known = this.read(receivedMicros);
    // Two intervals that do not meet: a clock was set. What was measured before says nothing any more.
    if (
      known !== null &&
      Math.abs(known.offsetMicros - offsetMicros) > known.uncertaintyMicros + tripMicros / 2
    )
      this.#count = 0;
    this.#atMicros[this.#next] = receivedMicros;
    this.#offsetMicros[this.#next] = offsetMicros;
    this.#halfTripMicros[this.#next] = tripMicros / 2;
    this.#next = (this.#next + 1) % samplesMax;
    this.#count = Math.min(this.#count + 1, samplesMax);
    return true;
  }

  /** null: never asked, or not within the last ten minutes. */
  read(nowMicros: number): ClockReading | null {
    let best = -1;
    let uncertaintyMicros = Infinity;
    for (let back = 1; back <= this.#count; back += 1) {
      const at = (this.#next - back + samplesMax) % samplesMax;
      const ageMicros = Math.max(0, nowMicros - this.#atMicros[at]!);
      if (ageMicros > ageMicrosMax) break;
      const doubt = this.#halfTripMicros[at]! + ageMicros * driftPerMicro;
      if (doubt >= uncertaintyMicros) continue;
      uncertaintyMicros = doubt;
      best = at;
    }
    if (best === -1) return null;
    return { offsetMicros: this.#offsetMicros[best]!, uncertaintyMicros };
  }
}
