const rowsFirst = 1_000;
const rowsMin = 100;
const rowsMax = 1_000_000;
/** One fast chunk out of the buffer pool says little of the next one from disk. */
const growthMax = 2;
const shrinkMax = 4;

/** How many rows a chunk takes so that reading it takes about `targetMs`; learnt from one chunk to the next. */
export class ChunkPace {
  readonly #targetMs: number;
  #rows = rowsFirst;

  constructor(targetMs: number) {
    this.#targetMs = targetMs;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Takes in what a chunk took. Smaller ones, at the end of a table, say nothing. */
  learn(rows: number, elapsedMs: number): void {
    if (rows < this.#rows / 2) return;
    const wanted = (rows * this.#targetMs) / Math.max(elapsedMs, 1);
    const least = Math.max(rowsMin, this.#rows / shrinkMax);
    const most = Math.min(rowsMax, this.#rows * growthMax);
    this.#rows = Math.round(Math.min(Math.max(wanted, least), most));
  }

  /** A chunk that ran into its time limit. */
  slowDown(): void {
    this.#rows = Math.max(rowsMin, Math.round(this.#rows / shrinkMax));
  }
}
