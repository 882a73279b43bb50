/** Groups held at most: 1.5 MiB. */
const groupsMaxDefault = 65_536;

/**
 * Commit times of what was received and is not applied, in source order: how many wait, and since when the oldest one does.
 *
 * A ring of fixed size and no objects: at 200,000 transactions a second anything else would be garbage to collect. When it is full,
 * neighbours are joined in pairs: a group counts as old as its oldest member, so that lag is never told too small.
 */
export class WaitingCommits {
  readonly #commitMicros: Float64Array;
  /** The same on the server on which they were committed first. */
  readonly #originalMicros: Float64Array;
  readonly #counts: Float64Array;
  #head = 0;
  #groups = 0;
  #count = 0;

  constructor(groupsMax = groupsMaxDefault) {
    this.#commitMicros = new Float64Array(groupsMax);
    this.#originalMicros = new Float64Array(groupsMax);
    this.#counts = new Float64Array(groupsMax);
  }

  /** Transactions that wait. */
  get count(): number {
    return this.#count;
  }

  /** Commit time of the oldest one by the source's clock; NaN: none waits, or the source does not tell commit times. */
  get oldestCommitMicros(): number {
    return this.#groups === 0 ? NaN : this.#commitMicros[this.#head]!;
  }

  /** The same on the server on which it was committed first. */
  get oldestOriginalMicros(): number {
    return this.#groups === 0 ? NaN : this.#originalMicros[this.#head]!;
  }

  /** Both are NaN where the source does not tell them. */
  push(commitMicros: number, originalMicros: number): void {
    if (this.#groups === this.#counts.length) this.#join();
    const at = (this.#head + this.#groups) % this.#counts.length;
    this.#commitMicros[at] = commitMicros;
    this.#originalMicros[at] = originalMicros;
    this.#counts[at] = 1;
    this.#groups += 1;
    this.#count += 1;
  }

  /** The `count` oldest are applied. More than wait: all of them. */
  shift(count: number): void {
    let left = count;
    while (left > 0 && this.#groups > 0) {
      const taken = Math.min(left, this.#counts[this.#head]!);
      this.#counts[this.#head]! -= taken;
      this.#count -= taken;
      left -= taken;
      if (this.#counts[this.#head]! > 0) return;
      this.#head = (this.#head + 1) % this.#counts.length;
      this.#groups -= 1;
    }
  }

  clear(): void {
    this.#groups = 0;
    this.#count = 0;
  }

  /** Halves the number of groups; once in as many pushes, so that a push stays cheap. */
  #join(): void {
    const size = this.#counts.length;
    const pairs = Math.ceil(this.#groups / 2);
    for (let pair = 0; pair < pairs; pair += 1) {
      const first = (this.#head + 2 * pair) % size;
      const second = (this.#head + 2 * pair + 1) % size;
      const to = (this.#head + pair) % size;
      const single = 2 * pair + 1 >= this.#groups;
      const count = this.#counts[first]! + (single ? 0 : this.#counts[second]!);
      const joined = single ? first : second;
      this.#commitMicros[to] = Math.min(this.#commitMicros[first]!, this.#commitMicros[joined]!);
      this.#originalMicros[to] = Math.min(this.#originalMicros[first]!, this.#originalMicros[joined]!);
      this.#counts[to] = count;
    }
    this.#groups = pairs;
  }
}
