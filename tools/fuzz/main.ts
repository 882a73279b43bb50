import { exitCodes } from '../../src/errors/exit-codes.js';
import { exitOnSignals, runTool } from '../lab/run-tool.js';
import { parseFuzzOptions } from './fuzz-options.js';
import { runFuzz } from './run-fuzz.js';

/** `npm run fuzz`: everything it says goes to stderr. */
async function main(argv: readonly string[]): Promise<number> {
  const options = await parseFuzzOptions(argv);
  if (options === null) return exitCodes.ok;
  const clean = await runFuzz(options, (line) => process.stderr.write(`${line}\n`));
  return clean ? exitCodes.ok : exitCodes.problemsFound;
}

exitOnSignals();
process.exitCode = await runTool(() => main(process.argv.slice(2)));
