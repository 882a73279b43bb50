import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';
import type { FromWatcherChild, ToWatcherChild } from './watcher-messages.js';

/** Watches, in a process of its own, when markers become visible on a replica. */
export class WatcherProcess {
  /** Kept once it has begun. */
  readonly watching: Promise<void>;
  /** By marker: when it was seen first, shared clock, ms; null for one that was not. */
  readonly seenMs: Promise<readonly (number | null)[]>;
  readonly #child: ChildProcess;

  constructor(replica: ServerAddress, count: number) {
    this.#child = fork(fileURLToPath(new URL('./watcher-child.js', import.meta.url)), [], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.watching = this.#answer((message) => (message.kind === 'watching' ? { value: undefined } : null));
    this.seenMs = this.#answer((message) => (message.kind === 'seen' ? { value: message.seenMs } : null));
    // Awaited one after the other: until then a failure is not to count as lost.
    for (const promise of [this.watching, this.seenMs]) promise.catch(() => undefined);
    this.#send({ kind: 'watch', replica, count });
  }

  /** What is not visible now will not be waited for; `seenMs` is kept soon. */
  giveUp(): void {
    this.#send({ kind: 'give-up' });
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #answer<T>(read: (message: FromWatcherChild) => { readonly value: T } | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        const what = 'The process that watches the replica failed.';
        reject(new TailraceError('TR_BENCH_CONTENDER_FAILED', { what, why }));
      };
      this.#child.on('error', (error) => fail(error.message));
      this.#child.on('exit', (code, signal) => fail(`it ended with ${signal ?? code}`));
      this.#child.on('message', (message: FromWatcherChild) => {
        const answer = read(message);
        if (answer !== null) resolve(answer.value);
        else if (message.kind === 'failed') fail(message.text);
      });
    });
  }

  #send(message: ToWatcherChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
