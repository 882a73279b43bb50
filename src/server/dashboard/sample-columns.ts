import type { SamplesJson } from './dashboard-json.js';

/** One replica at one time; null: unknown. */
export interface Sample {
  readonly id: string;
  readonly lag_micros: number | null;
  readonly transactions_per_second: number | null;
}

interface Column {
  readonly lagMicros: (number | null)[];
  readonly transactionsPerSecond: (number | null)[];
}

/**
 * Samples of lag and rate over time, one column a replica, the oldest forgotten beyond a limit. With a step longer than the samples are
 * apart, each step keeps its highest values: a peak is not averaged away. Used by daemon and page alike.
 */
export class SampleColumns {
  readonly #stepMs: number;
  readonly #samplesMax: number;
  readonly #atMs: number[] = [];
  readonly #columns = new Map<string, Column>();

  constructor(stepMs: number, samplesMax: number) {
    this.#stepMs = stepMs;
    this.#samplesMax = samplesMax;
  }

  get atMs(): readonly number[] {
    return this.#atMs;
  }

  get ids(): readonly string[] {
    return [...this.#columns.keys()];
  }

  lagMicros(id: string): readonly (number | null)[] {
    return this.#columns.get(id)?.lagMicros ?? [];
  }

  transactionsPerSecond(id: string): readonly (number | null)[] {
    return this.#columns.get(id)?.transactionsPerSecond ?? [];
  }

  /** What is older than what is there is passed over. */
  add(atMs: number, samples: readonly Sample[]): void {
    const last = this.#atMs.at(-1) ?? -Infinity;
    if (atMs <= last) return;
    const step = (ms: number): number => Math.floor(ms / this.#stepMs);
    const isSame = this.#stepMs > 1 && step(atMs) === step(last);
    if (!isSame) this.#push(atMs);
    for (const sample of samples) this.#put(sample);
    if (isSame) this.#atMs[this.#atMs.length - 1] = atMs;
  }

  /** The newest `count` samples. */
  json(count = this.#atMs.length): SamplesJson {
    const from = Math.max(0, this.#atMs.length - count);
    return {
      at_ms: this.#atMs.slice(from),
      replicas: [...this.#columns].map(([id, { lagMicros, transactionsPerSecond }]) => ({
        id,
        lag_micros: lagMicros.slice(from),
        transactions_per_second: transactionsPerSecond.slice(from),
      })),
    };
  }

  /** Takes what `json` gave. */
  load({ at_ms, replicas }: SamplesJson): void {
    for (const [at, atMs] of at_ms.entries()) {
      this.add(
        atMs,
        replicas.map(({ id, lag_micros, transactions_per_second }) => ({
          id,
          lag_micros: lag_micros[at] ?? null,
          transactions_per_second: transactions_per_second[at] ?? null,
        })),
      );
    }
  }

  #push(atMs: number): void {
    this.#atMs.push(atMs);
    const isFull = this.#atMs.length > this.#samplesMax;
    if (isFull) this.#atMs.shift();
    for (const { lagMicros, transactionsPerSecond } of this.#columns.values()) {
      for (const column of [lagMicros, transactionsPerSecond]) {
        column.push(null);
        if (isFull) column.shift();
      }
    }
  }

  #put({ id, lag_micros, transactions_per_second }: Sample): void {
    let column = this.#columns.get(id);
    if (column === undefined) {
      const empty = (): null[] => this.#atMs.map(() => null);
      column = { lagMicros: empty(), transactionsPerSecond: empty() };
      this.#columns.set(id, column);
    }
    const last = this.#atMs.length - 1;
    column.lagMicros[last] = higher(column.lagMicros[last], lag_micros);
    column.transactionsPerSecond[last] = higher(column.transactionsPerSecond[last], transactions_per_second);
  }
}

function higher(a: number | null | undefined, b: number | null): number | null {
  return a === null || a === undefined ? b : b === null ? a : Math.max(a, b);
}
