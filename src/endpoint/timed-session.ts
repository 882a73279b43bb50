import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../errors/tailrace-error.js';
import { addressLabel } from '../mysql/connection-failure.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';

/**
 * A session on a server beside the links: opened when it is needed, dropped when anything goes wrong on it, and never waited for longer
 * than `msMax`, neither for the login nor for the answers to one piece of work.
 */
export class TimedSession {
  readonly #address: ServerAddress;
  readonly #label: string;
  readonly #msMax: number;
  #connection: ServerConnection | null = null;
  readonly #end = new AbortController();

  /** `label`: see `ConnectOptions.sessionLabel`. */
  constructor(address: ServerAddress, label: string, msMax: number) {
    this.#address = address;
    this.#label = label;
    this.#msMax = msMax;
  }

  /** `isNew`: it was opened for this piece of work. Errors: as those of connecting, and of the work. One piece at a time. */
  async run<T>(work: (connection: ServerConnection, isNew: boolean) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const isNew = this.#connection === null;
    try {
      this.#connection ??= await this.#open();
      timer = setTimeout(() => this.#drop(), this.#msMax);
      return await work(this.#connection, isNew);
    } catch (error) {
      this.#drop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What runs on it fails, and nothing is opened any more. */
  end(): void {
    this.#end.abort();
    this.#drop();
  }

  /** A server that hangs right behind the login would keep us for ever: that has no limit of its own. */
  async #open(): Promise<ServerConnection> {
    const msMax = this.#msMax;
    const opening = openConnection(this.#address, { sessionLabel: this.#label, timeoutMs: msMax });
    const decided = new AbortController();
    const signal = AbortSignal.any([decided.signal, this.#end.signal]);
    const tooLong = sleep(msMax, null, { signal }).catch(() => null);
    try {
      const opened = await Promise.race([opening, tooLong]);
      if (opened !== null && !this.#end.signal.aborted) return opened;
    } finally {
      decided.abort();
    }
    void opening.then(
      (late) => late.destroy(),
      () => undefined,
    );
    throw this.#unreachable(`no session within ${msMax} ms`);
  }

  #unreachable(why: string): TailraceError {
    return new TailraceError('TR_SERVER_UNREACHABLE', {
      what: `${addressLabel(this.#address)} did not answer in time.`,
      why,
    });
  }

  #drop(): void {
    this.#connection?.destroy();
    this.#connection = null;
  }
}
