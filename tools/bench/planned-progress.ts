/**
 * Says what the bench is doing and about how long it still takes. The plan is a number of steps, each with a weight in
 * whatever unit; how long a unit takes is learnt from the steps that are done.
 */
export class PlannedProgress {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #startedMs: number;
  #weightPlanned = 0;
  #weightDone = 0;

  /** `now` in milliseconds. */
  constructor(write: (line: string) => void, now: () => number = Date.now) {
    this.#write = write;
    this.#now = now;
    this.#startedMs = now();
  }

  plan(weight: number): void {
    this.#weightPlanned += weight;
  }

  /** A line about something that is not a step. */
  readonly note = (line: string): void => this.#write(`  ${line}`);

  /** Runs a planned step, telling that it starts. */
  async step<T>(title: string, weight: number, run: () => Promise<T>): Promise<T> {
    this.#write(`${title}${this.#leftText()}`);
    const result = await run();
    this.#weightDone += weight;
    return result;
  }

  /** Milliseconds until all that was planned is done; null: not yet to be told. */
  get leftMs(): number | null {
    if (this.#weightDone === 0) return null;
    const msPerWeight = (this.#now() - this.#startedMs) / this.#weightDone;
    return Math.max(0, this.#weightPlanned - this.#weightDone) * msPerWeight;
  }

  #leftText(): string {
    const left = this.leftMs;
    if (left === null) return '';
    const seconds = Math.round(left / 1_000);
    return `  (about ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left)`;
  }
}
