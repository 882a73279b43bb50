import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LabServer } from '../../src/lab/lab-server.js';
import { urlOf } from '../lab/url-of.js';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import type { FuzzLink } from './fuzz-case.js';
import { repositoryFile } from '../repository-file.js';

const program = fileURLToPath(repositoryFile('bin/tailrace.js'));
const outputCharactersMax = 200_000;

/** `tailrace run` waits for servers that are gone for ever: none may outlive the fuzzer. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** What a tailrace process replicates, and how. */
export interface TailraceTask {
  readonly source: LabServer;
  readonly replica: ServerAddress;
  readonly link: FuzzLink;
  /** Where to start without GTIDs; null with them. */
  readonly from: string | null;
}

/** A tailrace that runs as a process of its own, so that it can be killed. Its secrets go by the environment. */
export class TailraceChild {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = '';
  #stderr = '';

  constructor(command: 'run' | 'catchup', task: TailraceTask, failpoint: string | null = null) {
    const { lanes, partition, budgetMib, epochRowsMax } = task.link;
    const options = {
      lanes,
      partition,
      'budget-mib': budgetMib,
      'epoch-rows-max': epochRowsMax,
      'epoch-mib-max': Math.min(budgetMib, 16),
      ...(task.from === null ? {} : { from: task.from }),
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    if (command === 'catchup') args.push('--json');
    this.#child = spawn(process.execPath, [program, command, ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TAILRACE_SOURCE_URL: urlOf(task.source.address),
        TAILRACE_REPLICA_URL: urlOf(task.replica),
        ...(failpoint === null ? {} : { TAILRACE_FAILPOINT: failpoint }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (text: string, more: string): string => (text + more).slice(-outputCharactersMax);
    this.#child.stdout
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#stdout = keep(this.#stdout, text)));
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#stderr = keep(this.#stderr, text)));
    alive.add(this.#child);
    this.#closed = once(this.#child, 'close').finally(() => alive.delete(this.#child));
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get wasKilled(): boolean {
    return this.#child.signalCode === 'SIGKILL';
  }

  signal(name: 'SIGKILL' | 'SIGTERM'): void {
    this.#child.kill(name);
  }

  /** Waits for the end; the exit code, or null when a signal ended it. */
  async end(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }
}
