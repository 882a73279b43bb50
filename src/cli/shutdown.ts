import { exitCodes } from '../errors/exit-codes.js';

/** An epoch boundary is to be reached within this; what is open after it is rolled back by the replica. */
const graceMs = 5_000;

/**
 * SIGINT and SIGTERM abort `signal` once, so that work ends at an epoch boundary; a second one, or five seconds without an
 * end, ends the process at once. That is safe at any moment: what is not committed is read again from the checkpoint.
 */
export class Shutdown {
  readonly #controller = new AbortController();
  readonly #write: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (text: string) => void) {
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
    if (this.signal.aborted) {
      this.#write(`${name} again: ended at once; the next start goes on from the checkpoint.\n`);
      process.exit(exitCodes.stopped);
    }
    this.#write(`${name}: ends at the next epoch boundary; once more ends at once.\n`);
    this.#timer = setTimeout(() => {
      this.#write(
        'The epoch took longer than 5 s: ended inside of it; the next start goes on from the checkpoint.\n',
      );
      process.exit(exitCodes.stopped);
    }, graceMs);
    this.#controller.abort();
  };
}
