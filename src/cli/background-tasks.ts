/**
 * Work that goes on beside the main thread of a command. The first failure aborts `signal`, so that everything ends; `end`
 * then throws it.
 */
export class BackgroundTasks {
  readonly #failure = new AbortController();
  readonly #running: Promise<void>[] = [];
  #error: unknown = null;

  /** Aborted when a task has failed, or `outer` is aborted. */
  readonly signal: AbortSignal;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#failure.signal]);
  }

  add(task: Promise<unknown>): void {
    const watched = task.then(
      () => undefined,
      (error: unknown) => {
        this.#error ??= error;
        this.#failure.abort();
      },
    );
    this.#running.push(watched);
  }

  /** Waits for all of them; the caller has told them to end. Throws the first failure. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#error !== null) throw this.#error as Error;
  }
}
