import { exitCodes } from '../../src/errors/exit-codes.js';
import { exitOnSignals, runTool } from '../lab/run-tool.js';
import { parseServerTestsOptions } from './server-tests-options.js';
import { runServerTests } from './run-server-tests.js';

/** `npm run server-tests`: everything it says goes to stderr. */
async function main(argv: readonly string[]): Promise<number> {
  const options = await parseServerTestsOptions(argv);
  if (options === null) return exitCodes.ok;
  const clean = await runServerTests(options, (line) => process.stderr.write(`${line}\n`));
  return clean ? exitCodes.ok : exitCodes.problemsFound;
}

exitOnSignals();
process.exitCode = await runTool(() => main(process.argv.slice(2)));
