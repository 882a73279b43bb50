/** Whether lag gets smaller or larger. */
export type Trend = 'falling' | 'steady' | 'rising';

const sampleMicros = 1_000_000;
const samples = 16;
/** Lag of a replica that stands still rises by a second a second; one that changes by less than this share is steady. */
const steadyShare = 0.02;
/** Below, what changes is the network. */
const noiseMicros = 20_000;

/**
 * Lag over the last ten seconds or so, one sample a second in a ring. Times are microseconds of a clock that never goes back.
 */
export class LagTrend {
  readonly #atMicros = new Float64Array(samples);
  readonly #lagMicros = new Float64Array(samples);
  #next = 0;
  #count = 0;

  /** Whether a second has passed since the last sample. */
  isDue(nowMicros: number): boolean {
    return this.#count === 0 || nowMicros - this.#atMicros[this.#newest]! >= sampleMicros;
  }

  add(nowMicros: number, lagMicros: number): void {
    this.#atMicros[this.#next] = nowMicros;
    this.#lagMicros[this.#next] = lagMicros;
    this.#next = (this.#next + 1) % samples;
    this.#count = Math.min(this.#count + 1, samples);
  }

  /** What was known is about another stream or clock. */
  clear(): void {
    this.#count = 0;
  }

  /** Microseconds by which lag changes a second, from about ten seconds ago to `lagMicros` now; null: too short a time is known. */
  perSecond(nowMicros: number, lagMicros: number): number | null {
    const from = this.#reference(nowMicros);
    if (from === -1) return null;
    return ((lagMicros - this.#lagMicros[from]!) * 1e6) / (nowMicros - this.#atMicros[from]!);
  }

  trend(nowMicros: number, lagMicros: number): Trend | null {
    const from = this.#reference(nowMicros);
    if (from === -1) return null;
    const change = lagMicros - this.#lagMicros[from]!;
    const steady = Math.max(noiseMicros, steadyShare * (nowMicros - this.#atMicros[from]!));
    if (Math.abs(change) <= steady) return 'steady';
    return change < 0 ? 'falling' : 'rising';
  }

  get #newest(): number {
    return (this.#next - 1 + samples) % samples;
  }

  /** The newest sample that is ten seconds old, or else the oldest one that is a second old; -1: none. */
  #reference(nowMicros: number): number {
    let found = -1;
    for (let back = 1; back <= this.#count; back += 1) {
      const at = (this.#next - back + samples) % samples;
      const ageMicros = nowMicros - this.#atMicros[at]!;
      if (ageMicros < sampleMicros) continue;
      found = at;
      if (ageMicros >= 10 * sampleMicros) break;
    }
    return found;
  }
}
