import { exitCodes } from '../errors/exit-codes.js';

/** SIGINT and SIGTERM abort `signal` once, so that a comparison ends where it is; a second one ends the process at once. */
export class VerifyInterrupt {
  readonly #controller = new AbortController();
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (this.signal.aborted) process.exit(exitCodes.stopped);
    this.#write(`${name}: ends here; once more ends at once.\n`);
    this.#controller.abort();
  };
}
