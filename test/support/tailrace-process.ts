import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { patienceMs, waitFor } from './wait-for.js';

export { urlOf } from '../../tools/lab/url-of.js';

const program = fileURLToPath(new URL('../../bin/tailrace.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tailrace that runs as a process of its own, as a user starts it. Needs `npm run build`. */
export class TailraceProcess {
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#ended = once(this.child, 'close');
  }

  get pid(): number {
    return this.child.pid!;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** By itself or by a signal. */
  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until stderr holds this text. */
  async says(text: string | RegExp, timeoutMs = patienceMs): Promise<void> {
    const found = (): boolean =>
      typeof text === 'string' ? this.#stderr.includes(text) : text.test(this.#stderr);
    await waitFor(() => found() || this.hasEnded, { timeoutMs, what: String(text) });
    // Its last words may still be in the pipe.
    if (!found()) await this.#ended;
    if (!found()) throw new Error(`tailrace ended without saying ${String(text)}:\n${this.#stderr}`);
  }

  /** Waits until it has been stopped with SIGSTOP, as by a failpoint. */
  async stops(timeoutMs = patienceMs): Promise<void> {
    const isStopped = async (): Promise<boolean> => {
      // proc(5): the state follows the program's name, which is in parentheses.
      const stat = await readFile(`/proc/${this.pid}/stat`, 'utf8').catch(() => '');
      return /\) T /.test(stat);
    };
    await waitFor(async () => this.hasEnded || (await isStopped()), { timeoutMs, what: 'tailrace to stop' });
    if (this.hasEnded) throw new Error(`tailrace ended instead of stopping:\n${this.#stderr}`);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<Ended> {
    await this.#ended;
    return { code: this.child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }
}

/** Runs tailrace to its end. */
export function tailrace(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new TailraceProcess(args, env).end();
}
