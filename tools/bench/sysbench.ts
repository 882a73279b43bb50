import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import { benchSchema, type SysbenchShape } from './workloads/workload.js';

const threads = 4;
const runAsync = promisify(execFile);

/** The `sysbench` on PATH; null: there is none. */
export async function sysbenchProgram(): Promise<string | null> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder, 'sysbench');
    if (folder !== '' && (await isExecutable(program))) return program;
  }
  return null;
}

/**
 * Runs one of sysbench's own workloads over tables that are already filled. Errors: TR_BENCH_CONTENDER_FAILED with the end
 * of what sysbench printed.
 */
export async function fillWithSysbench(
  program: string,
  source: ServerAddress,
  { script, tables, tableSize }: SysbenchShape,
  { transactions, seed }: { readonly transactions: number; readonly seed: number },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-sysbench-'));
  const settings = {
    'db-driver': 'mysql',
    'mysql-host': source.host,
    'mysql-port': source.port,
    'mysql-user': source.user,
    'mysql-password': source.password,
    'mysql-db': benchSchema,
    threads,
    events: transactions,
    time: 0,
    'rand-type': 'uniform',
    'rand-seed': Math.max(1, seed % 2 ** 31),
  };
  try {
    // A file that only we may read: a password on a command line is everybody's to see.
    const file = join(folder, 'settings');
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(file, lines.join(''), { mode: 0o600 });
    // sysbench takes the options of its scripts from the command line only.
    const shape = [`--tables=${tables}`, `--table-size=${tableSize}`];
    await runAsync(program, [`--config-file=${file}`, script, ...shape, 'run']);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new TailraceError('TR_BENCH_CONTENDER_FAILED', {
      what: `sysbench ${script} did not fill the source.`,
      why: `${stdout}${stderr}`.slice(-1_000) || (error as Error).message,
      cure: 'Mend sysbench, or take it off PATH: the bench then writes the same shape itself.',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
