/** So few bounds are added where they belong, which costs less than to go over all there are. */
const boundsOneByOne = 32;

/**
 * Whole numbers as sorted, disjoint, non-adjacent half-open intervals in one flat array: `[start, end, start, end, …]`.
 * A GTID set with gaps has few of them, and appending the next number touches one array slot.
 */
export class IntervalList {
  #bounds: number[] = [];
  /** The text of the first intervals, which a set that grows at its end never has to make again; null: not made, or no longer true. */
  #head: { readonly bounds: number; readonly text: string } | null = null;

  static of(bounds: readonly number[]): IntervalList {
    const list = new IntervalList();
    list.#bounds = [...bounds];
    return list;
  }

  /** Flat half-open bounds, sorted. */
  get bounds(): readonly number[] {
    return this.#bounds;
  }

  get isEmpty(): boolean {
    return this.#bounds.length === 0;
  }

  /** How many numbers are in the list. */
  count(): number {
    let total = 0;
    for (let i = 0; i < this.#bounds.length; i += 2) total += this.#bounds[i + 1]! - this.#bounds[i]!;
    return total;
  }

  has(value: number): boolean {
    const at = this.#firstEndAbove(value);
    return at < this.#bounds.length && this.#bounds[at]! <= value;
  }

  add(value: number): void {
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    if (last > 0 && bounds[last] === value) bounds[last] = value + 1;
    else this.addInterval(value, value + 1);
  }

  /** Adds `start` to `end - 1`. */
  addInterval(start: number, end: number): void {
    const bounds = this.#bounds;
    // Intervals that touch [start, end) or are adjacent to it melt into one.
    let from = this.#firstEndAbove(start - 1);
    if (from >= bounds.length) {
      bounds.push(start, end);
      return;
    }
    const first = from;
    if (this.#head !== null && first < this.#head.bounds) this.#head = null;
    let mergedStart = start;
    let mergedEnd = end;
    while (from < bounds.length && bounds[from]! <= end) {
      mergedStart = Math.min(mergedStart, bounds[from]!);
      mergedEnd = Math.max(mergedEnd, bounds[from + 1]!);
      from += 2;
    }
    if (from === first + 2) {
      bounds[first] = mergedStart;
      bounds[first + 1] = mergedEnd;
    } else bounds.splice(first, from - first, mergedStart, mergedEnd);
  }

  /** Adds all of `other`, in one sweep where it has many intervals: each that goes in between moves all behind it. */
  addList(other: IntervalList): void {
    const added = other.#bounds;
    if (added.length > boundsOneByOne) {
      this.#bounds = this.union(other).#bounds;
      this.#head = null;
    } else for (let i = 0; i < added.length; i += 2) this.addInterval(added[i]!, added[i + 1]!);
  }

  contains(other: IntervalList): boolean {
    const inner = other.#bounds;
    // Sets of the same server differ at their ends.
    let i = 0;
    while (i < inner.length && inner[i] === this.#bounds[i] && inner[i + 1] === this.#bounds[i + 1]) i += 2;
    for (; i < inner.length; i += 2) {
      const at = this.#firstEndAbove(inner[i]!);
      if (at >= this.#bounds.length) return false;
      if (this.#bounds[at]! > inner[i]! || this.#bounds[at + 1]! < inner[i + 1]!) return false;
    }
    return true;
  }

  union(other: IntervalList): IntervalList {
    return this.#combine(other, (inThis, inOther) => inThis || inOther);
  }

  subtract(other: IntervalList): IntervalList {
    // Of what a set has grown by, most is at its end.
    const [a, b] = [this.#bounds, other.#bounds];
    let same = 0;
    while (same < a.length && a[same] === b[same] && a[same + 1] === b[same + 1]) same += 2;
    if (same === 0) return this.#combine(other, (inThis, inOther) => inThis && !inOther);
    return IntervalList.of(a.slice(same)).subtract(IntervalList.of(b.slice(same)));
  }

  intersect(other: IntervalList): IntervalList {
    return this.#combine(other, (inThis, inOther) => inThis && inOther);
  }

  equals(other: IntervalList): boolean {
    const a = this.#bounds;
    const b = other.#bounds;
    if (a.length !== b.length) return false;
    // From the end, where sets of the same server differ.
    for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
    return true;
  }

  clone(): IntervalList {
    const copy = IntervalList.of(this.#bounds);
    copy.#head = this.#head;
    return copy;
  }

  /** As MySQL prints them: `1-5:7`. */
  toString(): string {
    const before = this.#bounds.length - 2;
    if (before < 0) return '';
    const known = this.#head ?? { bounds: 0, text: '' };
    let { text } = known;
    for (let i = known.bounds; i < before; i += 2) text += `${this.#intervalText(i)}:`;
    if (before > known.bounds) this.#head = { bounds: before, text };
    return text + this.#intervalText(before);
  }

  #intervalText(at: number): string {
    const first = this.#bounds[at]!;
    const last = this.#bounds[at + 1]! - 1;
    return first === last ? `${first}` : `${first}-${last}`;
  }

  /** Index in the flat array of the first interval whose end is above `value`; the array's length if there is none. */
  #firstEndAbove(value: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#bounds[middle * 2 + 1]! > value) high = middle;
      else low = middle + 1;
    }
    return low * 2;
  }

  /** Sweeps over both lists' bounds once; `keep` says for each stretch whether it is in the result. */
  #combine(other: IntervalList, keep: (inThis: boolean, inOther: boolean) => boolean): IntervalList {
    const a = this.#bounds;
    const b = other.#bounds;
    const result: number[] = [];
    let i = 0;
    let j = 0;
    let inside = false;
    while (i < a.length || j < b.length) {
      const at = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
      if (a[i] === at) i += 1;
      if (b[j] === at) j += 1;
      // After an odd number of bounds the sweep is inside that list.
      const keepHere = keep(i % 2 === 1, j % 2 === 1);
      if (keepHere !== inside) result.push(at);
      inside = keepHere;
    }
    return IntervalList.of(result);
  }
}
