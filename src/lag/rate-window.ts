const bucketMicros = 500_000;
const buckets = 20;

/**
 * How much a second, over the last ten seconds: long enough that a number can be read although epochs arrive in bursts, short enough
 * that it follows a change. Adding is a few array writes. Times are microseconds of a clock that never goes back.
 */
export class RateWindow {
  readonly #amounts = new Float64Array(buckets);
  readonly #startMicros: number;
  #newest = 0;

  constructor(startMicros: number) {
    this.#startMicros = startMicros;
  }

  add(nowMicros: number, amount: number): void {
    const bucket = this.#bucketAt(nowMicros);
    this.#forget(bucket);
    this.#amounts[bucket % buckets]! += amount;
  }

  /** A second; null before half a second has passed since the start. */
  perSecond(nowMicros: number): number | null {
    const bucket = this.#bucketAt(nowMicros);
    const elapsed = nowMicros - this.#startMicros;
    if (elapsed < bucketMicros) return null;
    let total = 0;
    // Buckets that nothing was added to since their turn came round again still hold what is too old.
    for (let back = 0; back < buckets; back += 1) {
      const at = bucket - back;
      if (at >= 0 && at <= this.#newest && at > this.#newest - buckets) total += this.#amounts[at % buckets]!;
    }
    const covered = Math.min(elapsed, (buckets - 1) * bucketMicros + (elapsed % bucketMicros));
    return (total * 1e6) / covered;
  }

  #bucketAt(nowMicros: number): number {
    return Math.max(this.#newest, Math.floor((nowMicros - this.#startMicros) / bucketMicros));
  }

  /** Empties what lies between the newest bucket and this one; at most all of them. */
  #forget(bucket: number): void {
    const first = Math.max(this.#newest + 1, bucket - buckets + 1);
    for (let at = first; at <= bucket; at += 1) this.#amounts[at % buckets] = 0;
    this.#newest = bucket;
  }
}
