import { readFileSync } from 'node:fs';
import { exitCodes } from '../errors/exit-codes.js';
import { renderFailure } from '../errors/render-failure.js';

/**
 * The command line. Takes the arguments behind the program's name and returns the exit code: see `exitCodes`. What a command
 * yields goes to stdout; progress, logs and errors to stderr.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // Replaces the arguments in the list of processes: a URL among them may hold a password.
  process.title = 'tailrace';
  // Scripts ask for it often, and it needs nothing else.
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`${packageVersion()}\n`);
    return exitCodes.ok;
  }
  let work = (): Promise<number> => Promise.resolve(exitCodes.ok);
  try {
    const { commandLine } = await import('./command-line.js');
    const parser = commandLine(argv, packageVersion(), (given) => {
      work = given;
    });
    if (argv.length === 0) {
      process.stderr.write(`${await parser.getHelp()}\n`);
      return exitCodes.usage;
    }
    await parser.parseAsync();
    return await work();
  } catch (error) {
    const failure = renderFailure(error);
    // `run` logs, and who reads its log takes a line for an entry.
    if (argv[0] === 'run' && !process.stderr.isTTY) {
      const { createLog } = await import('./log.js');
      createLog(process.stderr).fatal({ err: error }, failure.what);
    } else process.stderr.write(`${failure.text}\n`);
    return failure.exitCode;
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
