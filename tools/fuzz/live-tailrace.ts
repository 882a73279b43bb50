import { setTimeout as sleep } from 'node:timers/promises';
import { type FuzzFailure, stopFailure } from './fuzz-failure.js';
import { TailraceChild, type TailraceTask } from './tailrace-child.js';

const stopTimeoutMs = 40_000;

/** `tailrace run` under a supervisor that starts it again when it was killed, and keeps what it ended with otherwise. */
export class LiveTailrace {
  readonly #task: TailraceTask;
  #child: TailraceChild | null = null;
  #stopping = false;
  #failure: FuzzFailure | null = null;
  #kills = 0;
  #nextFailpoint: string | null = null;

  constructor(task: TailraceTask) {
    this.#task = task;
  }

  /** Processes that have died by SIGKILL, here or at a failpoint. */
  get kills(): number {
    return this.#kills;
  }

  get failure(): FuzzFailure | null {
    return this.#failure;
  }

  start(): void {
    const child = new TailraceChild('run', this.#task, this.#nextFailpoint);
    this.#nextFailpoint = null;
    this.#child = child;
    void this.#watch(child);
  }

  /** Kills the process; the one that follows it dies at the failpoint, if one is given. */
  kill(failpoint: string | null): void {
    this.#nextFailpoint = failpoint;
    this.#child?.signal('SIGKILL');
  }

  /** Ends it by SIGTERM, as a user does. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    child.signal('SIGTERM');
    const timer = new AbortController();
    const tooLong = sleep(stopTimeoutMs, 'too long', { signal: timer.signal }).catch(() => null);
    const ended = await Promise.race([child.end(), tooLong]);
    timer.abort();
    if (ended === 'too long') {
      this.#failure ??= {
        signature: 'run did not end',
        reasons: ['tailrace run did not end after SIGTERM:', child.stderr.slice(-2_000)],
      };
      child.signal('SIGKILL');
      await child.end();
    }
  }

  async #watch(child: TailraceChild): Promise<void> {
    const code = await child.end();
    if (child.wasKilled) {
      this.#kills += 1;
      if (!this.#stopping) this.start();
      // Null: SIGTERM came before the process had got as far as listening for it.
    } else if (!this.#stopping || (code !== 0 && code !== null)) {
      this.#failure ??= stopFailure('run', code, child.stderr);
    }
  }
}
