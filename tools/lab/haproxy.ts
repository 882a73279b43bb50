import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import { unpackDebianProgram } from '../../src/lab/debian-program.js';
import { createLabFolder } from '../../src/lab/lab-folder.js';
import { runProgram } from '../../src/lab/run-program.js';
import { SupervisedProcess } from '../../src/lab/supervised-process.js';

const checkTimeoutMs = 30_000;
const killTimeoutMs = 10_000;

/** An HAProxy that runs as a process of this machine, and ends with the process that started it. */
export interface Haproxy {
  /** As it tells it, such as `2.6.12-1+deb12u3`. */
  readonly version: string;
  /** What it has printed: one line for each server that goes up or down. */
  output(): string;
  /** Ends it, at once, and removes its files. */
  stop(): Promise<void>;
}

/**
 * Starts HAProxy, from Debian's package, with this configuration. Ports may not be open yet when it returns. Throws TR_LAB_NO_PROGRAM;
 * TR_LAB_START_FAILED with HAProxy's own words if it refuses the configuration.
 */
export async function startHaproxy(configuration: string, log: (line: string) => void): Promise<Haproxy> {
  const program = await unpackDebianProgram({
    names: ['haproxy'],
    suite: 'own',
    extent: 'missing',
    program: 'usr/sbin/haproxy',
    log,
  });
  const folder = await createLabFolder();
  try {
    const file = path.join(folder, 'haproxy.cfg');
    await writeFile(file, configuration, { mode: 0o600 });
    const run = { environment: program.environment, timeoutMs: checkTimeoutMs };
    const version = /^HAProxy version (\S+)/.exec(await runProgram(program.binary, ['-v'], run))?.[1] ?? '';
    await runProgram(program.binary, ['-c', '-f', file], run);
    // Not in the background: its process must be the one that is ended with us.
    const command = [program.binary, '-db', '-f', file];
    const running = await SupervisedProcess.start(folder, command, program.environment);
    log(`lab: HAProxy is ${version} (${program.origin})`);
    return {
      version,
      output: () => outputOf(folder),
      stop: async () => {
        await running.end('SIGKILL', killTimeoutMs);
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    if (error instanceof TailraceError) throw error;
    throw new TailraceError('TR_LAB_START_FAILED', {
      what: `HAProxy (${program.origin}) did not start.`,
      why: (error as Error).message,
      cause: error,
    });
  }
}

function outputOf(folder: string): string {
  const file = path.join(folder, 'server.out');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
