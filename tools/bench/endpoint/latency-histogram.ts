const bucketMs = 0.02;
const bucketCount = 100_000;

/** What is told of many delays; milliseconds, NaN where there are none. */
export interface DelayFigures {
  readonly count: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** Counts delays in buckets of 20 µs up to two seconds: as many as there are, in memory that does not grow with them. */
export class LatencyHistogram {
  readonly #buckets = new Uint32Array(bucketCount);
  #count = 0;
  #maxMs = Number.NaN;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const bucket = Math.min(bucketCount - 1, Math.max(0, Math.floor(ms / bucketMs)));
    this.#buckets[bucket]! += 1;
    this.#count += 1;
    if (!(ms <= this.#maxMs)) this.#maxMs = ms;
  }

  figures(): DelayFigures {
    return {
      count: this.#count,
      medianMs: this.#quantile(0.5),
      p99Ms: this.#quantile(0.99),
      p999Ms: this.#quantile(0.999),
      maxMs: this.#maxMs,
    };
  }

  /** The upper end of the bucket that the value lies in, by the nearest-rank method. */
  #quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      seen += this.#buckets[bucket]!;
      if (seen >= rank) return Math.min(this.#maxMs, (bucket + 1) * bucketMs);
    }
    return Number.NaN;
  }
}
