import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import type { BenchOptions } from './bench-options.js';
import type { BenchEnvironment } from './bench-results.js';
import { repositoryFile } from '../repository-file.js';

/** Describes this machine and this run. `mysql` as the server tells its version. */
export async function describeEnvironment(
  mysql: string,
  argv: readonly string[],
  { scale, seed }: Pick<BenchOptions, 'scale' | 'seed'>,
  program = 'npm run bench',
): Promise<BenchEnvironment> {
  const packageFile = await readFile(repositoryFile('package.json'), 'utf8');
  const { version } = JSON.parse(packageFile) as { version: string };
  const processors = cpus();
  return {
    tailrace: version,
    mysql,
    node: process.versions.node,
    system: `${type()} ${release()}`,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryMib: Math.round(totalmem() / 2 ** 20),
    date: new Date().toISOString(),
    command: [program, ...(argv.length > 0 ? ['--', ...withoutFiles(argv)] : [])].join(' '),
    scale,
    seed,
  };
}

/** Where the figures were written to is nobody's business but this machine's. */
function withoutFiles(argv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    if (argument === '--json' || argument === '--svg') at += 1;
    else if (!/^--(json|svg)=/.test(argument)) kept.push(argument);
  }
  return kept;
}
