import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { pause } from './pause.js';
import type { ServerPair } from './server-pair.js';

/** The load is looked at this often at most. */
const lookEveryMs = 500;
const waitMsMax = 3_600_000;

/** Lets work pass while Threads_running of both servers is at most `threadsMax`; 0: always. */
export class LoadGate {
  readonly #pair: ServerPair;
  readonly #threadsMax: number;
  #lookedMs = -Infinity;
  #looking: Promise<void> | null = null;
  #busy: string | null = null;

  constructor(pair: ServerPair, threadsMax: number) {
    this.#pair = pair;
    this.#threadsMax = threadsMax;
  }

  /** Which server is too busy, for a person; null: none. */
  get busy(): string | null {
    return this.#busy;
  }

  /** Waits until both servers are below the limit, or for the signal. Errors: TR_VERIFY_OVERLOADED after an hour. */
  async pass(signal: AbortSignal): Promise<void> {
    if (this.#threadsMax === 0) return;
    const endMs = performance.now() + waitMsMax;
    await this.#look();
    while (this.#busy !== null && !signal.aborted) {
      if (performance.now() > endMs) {
        throw new TailraceError('TR_VERIFY_OVERLOADED', { what: `For an hour, ${this.#busy}.` });
      }
      await pause(lookEveryMs, signal);
      await this.#look();
    }
  }

  #look(): Promise<void> {
    if (performance.now() - this.#lookedMs < lookEveryMs) return this.#looking ?? Promise.resolve();
    this.#lookedMs = performance.now();
    this.#looking = this.#read().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #read(): Promise<void> {
    const [source, replica] = await Promise.all([
      threadsRunning(this.#pair.source),
      threadsRunning(this.#pair.replica),
    ]);
    const tell = (server: string, threads: number): string =>
      `the ${server} has ${threads} threads running, more than --max-load ${this.#threadsMax}`;
    if (source > this.#threadsMax) this.#busy = tell('source', source);
    else this.#busy = replica > this.#threadsMax ? tell('replica', replica) : null;
  }
}

async function threadsRunning(connection: ServerConnection): Promise<number> {
  const [row] = await connection.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Threads_running'");
  return Number(row?.Value ?? 0);
}
