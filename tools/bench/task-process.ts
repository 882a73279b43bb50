import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TailraceError } from '../../src/errors/tailrace-error.js';

/** Over the channel between the processes: tasks hold passwords, which are nobody's business on a command line. */
export type ToTaskChild = { readonly kind: 'start'; readonly task: unknown } | { readonly kind: 'stop' };

export type FromTaskChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly text: string };

/** The programs, which call `answerTask`. */
const programs = {
  'watcher-child': './watcher-child.js',
  'check-load-child': './endpoint/check-load-child.js',
  'hint-watcher-child': './endpoint/hint-watcher-child.js',
  'stream-listeners-child': './endpoint/stream-listeners-child.js',
} as const;

/** One task in a process of its own. */
export class TaskProcess<Task, Result> {
  /** Kept once the task has begun. */
  readonly ready: Promise<void>;
  readonly result: Promise<Result>;
  readonly #name: string;
  readonly #child: ChildProcess;

  /** Errors of both promises: TR_BENCH_CONTENDER_FAILED. */
  constructor(program: keyof typeof programs, task: Task) {
    this.#name = program;
    this.#child = fork(fileURLToPath(new URL(programs[program], import.meta.url)), [], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ready = this.#answer((message) => (message.kind === 'ready' ? { value: undefined } : null));
    this.result = this.#answer((message) =>
      message.kind === 'done' ? { value: message.result as Result } : null,
    );
    // Awaited one after the other: until then a failure is not to count as lost.
    for (const promise of [this.ready, this.result]) promise.catch(() => undefined);
    this.#send({ kind: 'start', task });
  }

  /** Asks the task to end; gives what came of it. */
  stop(): Promise<Result> {
    this.#send({ kind: 'stop' });
    return this.result;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #answer<T>(read: (message: FromTaskChild) => { readonly value: T } | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        const what = `A process of the bench, ${this.#name}, did not do its task.`;
        reject(new TailraceError('TR_BENCH_CONTENDER_FAILED', { what, why }));
      };
      this.#child.on('error', (error) => fail(error.message));
      this.#child.on('exit', (code, signal) => fail(`it ended with ${signal ?? code}`));
      this.#child.on('message', (message: FromTaskChild) => {
        const answer = read(message);
        if (answer !== null) resolve(answer.value);
        else if (message.kind === 'failed') fail(message.text);
      });
    });
  }

  #send(message: ToTaskChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
