import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import { urlOf } from '../../lab/url-of.js';
import type { ServerAddress } from '../../../src/mysql/server-address.js';
import { repositoryFile } from '../../repository-file.js';

const program = fileURLToPath(repositoryFile('bin/tailrace.js'));
const readyMsMax = 60_000;
const logTailChars = 4_000;

export interface DaemonOptions {
  readonly source: ServerAddress;
  readonly replicas: readonly { readonly name: string; readonly address: ServerAddress }[];
  /** The same after a restart: clients come back to it. */
  readonly port: number;
  /**
   * The core that the thread which answers is kept to; needs taskset. V8's threads beside it, which collect garbage and compile, may use
   * every core, whichever those are that this process is kept to. By default all are scheduled as this process is.
   */
  readonly core?: number | null;
}

/** `tailrace run --listen` as a process of its own, which may be killed and started again. */
export class DaemonProcess {
  readonly port: number;
  readonly #folder: string;
  readonly #options: DaemonOptions;
  #child: ChildProcess | null = null;
  #logTail = '';

  private constructor(folder: string, options: DaemonOptions) {
    this.#folder = folder;
    this.#options = options;
    this.port = options.port;
  }

  static async start(options: DaemonOptions): Promise<DaemonProcess> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tailrace-bench-'));
    await writeFile(path.join(folder, 'config.yaml'), configuration(options), { mode: 0o600 });
    const daemon = new DaemonProcess(folder, options);
    await daemon.start();
    return daemon;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The last of what it logged; it holds no password. */
  get logTail(): string {
    return this.#logTail;
  }

  /** Starts it, again after `kill`; resolves once it has hints to tell. Throws `TR_BENCH_CONTENDER_FAILED`. */
  async start(): Promise<void> {
    const { core = null, port } = this.#options;
    const config = path.join(this.#folder, 'config.yaml');
    const args = [program, 'run', '--config', config, '--listen', `127.0.0.1:${port}`];
    const command = [
      ...(core === null ? [] : ['taskset', '-c', `0-${cpus().length - 1}`]),
      process.execPath,
      ...args,
    ];
    const child = spawn(command[0]!, command.slice(1), {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#logTail = (this.#logTail + text).slice(-logTailChars);
    });
    this.#child = child;
    for (let waited = 0; waited < readyMsMax; waited += 50) {
      if (hasEnded(child)) break;
      if (await answers(`${this.url}/readyz`)) {
        if (core !== null && child.pid !== undefined) keepFirstThreadTo(core, child.pid);
        return;
      }
      await sleep(50);
    }
    await this.kill();
    throw new TailraceError('TR_BENCH_CONTENDER_FAILED', {
      what: 'The daemon did not come up.',
      why: this.#logTail,
    });
  }

  /** SIGKILL, unless another signal is given; resolves once it is gone. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || hasEnded(child)) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Ends it and removes its files. */
  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A process has the id of its first thread: of Node, the one that runs JavaScript. */
function keepFirstThreadTo(core: number, pid: number): void {
  execFileSync('taskset', ['-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** YAML holds JSON; the file is for its owner only, and the passwords are of servers that live as long as the bench. */
function configuration({ source, replicas }: DaemonOptions): string {
  return JSON.stringify({
    source: { url: urlOf(source) },
    replicas: replicas.map(({ name, address }) => ({ url: urlOf(address), name })),
  });
}
