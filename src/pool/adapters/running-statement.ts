import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { StatementCallback } from './statement-request.js';
import type { StatementAnswer } from './statement-runner.js';

/** What `query` gives, as mysql2's: an emitter of `end` and `error`, which can be made a stream of its rows at once. */
export class RunningStatement extends EventEmitter {
  readonly #run: () => Promise<StatementAnswer>;
  readonly #stream: (options: object) => Readable;
  readonly #onDone: (() => void)[] = [];
  #isTaken = false;

  constructor(run: () => Promise<StatementAnswer>, stream: (options: object) => Readable) {
    super();
    this.#run = run;
    this.#stream = stream;
  }

  /** Runs it at once where there is a callback; else when the caller has had the time to ask for a stream. */
  start(callback: StatementCallback | null): void {
    if (callback === null) {
      queueMicrotask(() => {
        if (!this.#isTaken) this.#runFor(null);
      });
    } else this.#runFor(callback);
  }

  /** Calls back when it is over, however it ended. */
  onDone(callback: () => void): void {
    this.#onDone.push(callback);
  }

  /** The rows as a readable stream of objects; it must be asked for before anything else is awaited. */
  stream(options: object = {}): Readable {
    if (this.#isTaken) throw new Error('the statement runs already');
    this.#isTaken = true;
    const rows = this.#stream(options);
    rows.once('error', (error) => this.#tellError(error));
    rows.once('close', () => {
      // Also when nobody wanted all of the rows, as mysql2 has it.
      if (rows.errored === null) this.emit('end');
      this.#finish();
    });
    return rows;
  }

  #runFor(callback: StatementCallback | null): void {
    this.#isTaken = true;
    this.#run()
      .then(
        ({ result, fields }) => {
          this.emit('result', result);
          this.emit('end');
          callback?.(null, result, fields);
        },
        (error: Error) => (callback === null ? this.#tellError(error) : callback(error)),
      )
      .finally(() => this.#finish());
  }

  #tellError(error: Error): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  #finish(): void {
    for (const callback of this.#onDone.splice(0)) callback();
  }
}
