import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LinkProgress } from '../../src/link/link-progress.js';
import type { LinkSettings } from '../../src/link/link-settings.js';
import type { FromLinkChild, ToLinkChild } from './link-messages.js';

export type LinkOutcome = Extract<FromLinkChild, { kind: 'done' }>;

/** A link running in a process of its own. */
export class LinkProcess {
  /** Kept when the link is done; broken with TR_BENCH_CONTENDER_FAILED when it failed or its process ended before. */
  readonly finished: Promise<LinkOutcome>;
  readonly #child: ChildProcess;
  #progress: LinkProgress | null = null;

  constructor(settings: LinkSettings, until: string | null) {
    const spawnedAtNs = String(process.hrtime.bigint());
    this.#child = fork(fileURLToPath(new URL('./link-child.js', import.meta.url)), [], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.finished = this.#outcome();
    // Whoever follows awaits it only at the end; until then a failure is nobody's yet, and still not to be lost.
    this.finished.catch(() => undefined);
    this.#send({ kind: 'start', settings, until, spawnedAtNs });
  }

  /** The newest progress that the link told of, at most about half a second old; null: none yet. */
  get progress(): LinkProgress | null {
    return this.#progress;
  }

  /** Asks the link to end at its next epoch boundary; `finished` tells when it has. */
  stop(): void {
    this.#send({ kind: 'stop' });
  }

  /** Ends the process at once and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #outcome(): Promise<LinkOutcome> {
    return new Promise((resolve, reject) => {
      this.#child.on('error', (error) => reject(contenderFailed(error.message)));
      this.#child.on('exit', (code, signal) =>
        reject(contenderFailed(`its process ended with ${signal ?? code}`)),
      );
      this.#child.on('message', (message: FromLinkChild) => {
        if (message.kind === 'progress') this.#progress = message.progress;
        else if (message.kind === 'done') resolve(message);
        else reject(contenderFailed(message.text));
      });
    });
  }

  #send(message: ToLinkChild): void {
    if (!this.#child.connected) return;
    // A process that is gone is told of by `finished`.
    this.#child.send(message, () => undefined);
  }
}

function contenderFailed(why: string): TailraceError {
  return new TailraceError('TR_BENCH_CONTENDER_FAILED', {
    what: 'tailrace did not bring its replica level.',
    why,
  });
}
