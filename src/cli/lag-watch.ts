import { setTimeout as sleep } from 'node:timers/promises';
import { readGtidExecuted } from '../mysql/gtid-executed.js';
import type { ServerConnection } from '../mysql/server-connection.js';

const intervalMs = 250;
/** A quarter of an hour; older values are forgotten. */
const historyMax = 3_600;

/**
 * Counts, a few times a second, the transactions that each replica lacks: by the servers' own `gtid_executed`, whoever applies
 * them.
 */
export class LagWatch {
  readonly #source: ServerConnection;
  readonly #replicas: readonly ServerConnection[];
  readonly #history: number[][];

  constructor(source: ServerConnection, replicas: readonly ServerConnection[]) {
    this.#source = source;
    this.#replicas = replicas;
    this.#history = replicas.map(() => []);
  }

  /** Transactions behind over time, oldest first, four a second. */
  historyOf(replica: number): readonly number[] {
    return this.#history[replica] ?? [];
  }

  /** Transactions behind now; null before the first look. */
  behind(replica: number): number | null {
    return this.historyOf(replica).at(-1) ?? null;
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks once, the replicas first: what the source commits meanwhile counts as lag, and lag is never hidden. */
  async look(): Promise<void> {
    const applied = await Promise.all(this.#replicas.map((replica) => readGtidExecuted(replica)));
    const committed = await readGtidExecuted(this.#source);
    applied.forEach((set, i) => {
      const history = this.#history[i]!;
      history.push(committed.subtract(set).count());
      if (history.length > historyMax) history.shift();
    });
  }
}
