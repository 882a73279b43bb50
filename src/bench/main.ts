import { exitCodes } from '../errors/exit-codes.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { parseBenchOptions } from './bench-options.js';
import { terminalText } from './results-text.js';
import { runBench, writeResults } from './run-bench.js';

/** `npm run bench`: what it is doing goes to stderr, the results to stdout. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = await parseBenchOptions(argv);
    if (options === null) return exitCodes.ok;
    const results = await runBench(options, argv, (line) => process.stderr.write(`${line}\n`));
    process.stdout.write(`\n${terminalText(results)}\n`);
    await writeResults(results, options);
    return exitCodes.ok;
  } catch (error) {
    const known = error instanceof TailraceError;
    process.stderr.write(`${known ? error.render() : String((error as Error).stack)}\n`);
    return known ? error.exitCode : exitCodes.defect;
  }
}

process.exitCode = await main(process.argv.slice(2));
