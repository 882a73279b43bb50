import { exitCodes } from '../errors/exit-codes.js';

/** How a command ends when it is interrupted. */
export interface Ending {
  /** Where the work ends after the first signal: `at the next epoch boundary`. */
  readonly where: string;
  /** What becomes of work that is ended at once: `the next start goes on from the checkpoint`. */
  readonly afterwards: string;
  /** How long the way to the end may take, and what is said when it took longer; null: as long as it takes. */
  readonly grace: { readonly ms: number; readonly over: string } | null;
}

/** Ending at once is safe at any moment: what is open is rolled back by the replica, and read again from the checkpoint. */
export const atEpochBoundary: Ending = {
  where: 'at the next epoch boundary',
  afterwards: 'the next start continues from the checkpoint',
  grace: { ms: 5_000, over: 'The epoch took longer than 5 s: ended inside of it' },
};

/**
 * SIGINT and SIGTERM abort `signal` once, so that the work comes to its end; a second one, or a grace that is over, ends the
 * process at once.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #ending: Ending;
  readonly #write: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ending: Ending, write: (text: string) => void) {
    this.#ending = ending;
    this.#write = write;
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** No longer listens to signals, and lifts the time limit. */
  dispose(): void {
    clearTimeout(this.#timer);
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const { where, grace } = this.#ending;
    if (this.signal.aborted) this.#endNow(`${name} again: stopped at once`);
    const again = name === 'SIGINT' ? 'press Ctrl-C again' : 'send it again';
    this.#write(`${name}: stopping ${where}; ${again} to stop at once (safe).\n`);
    if (grace !== null) this.#timer = setTimeout(() => this.#endNow(grace.over), grace.ms);
    this.#controller.abort();
  };

  #endNow(why: string): never {
    this.#write(`${why}; ${this.#ending.afterwards}.\n`);
    process.exit(exitCodes.stopped);
  }
}
