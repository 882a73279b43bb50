import { exitCodes } from '../../src/errors/exit-codes.js';
import { runTool } from '../lab/run-tool.js';
import { parseBenchOptions } from './bench-options.js';
import { terminalText } from './results-text.js';
import { runBench, writeResults } from './run-bench.js';

/** `npm run bench`: what it is doing goes to stderr, the results to stdout. */
async function main(argv: readonly string[]): Promise<number> {
  const options = await parseBenchOptions(argv);
  if (options === null) return exitCodes.ok;
  const results = await runBench(options, argv, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`\n${terminalText(results)}\n`);
  await writeResults(results, options);
  return exitCodes.ok;
}

process.exitCode = await runTool(() => main(process.argv.slice(2)));
