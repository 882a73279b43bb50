import { exitCodes } from '../errors/exit-codes.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { parseFuzzOptions } from './fuzz-options.js';
import { runFuzz } from './run-fuzz.js';

/** `npm run fuzz`: everything it says goes to stderr. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = await parseFuzzOptions(argv);
    if (options === null) return exitCodes.ok;
    const clean = await runFuzz(options, (line) => process.stderr.write(`${line}\n`));
    return clean ? exitCodes.ok : exitCodes.problemsFound;
  } catch (error) {
    const known = error instanceof TailraceError;
    process.stderr.write(`${known ? error.render() : String((error as Error).stack)}\n`);
    return known ? error.exitCode : exitCodes.defect;
  }
}

// Ends by way of the listeners of `exit`: the servers end by themselves, and what replicates between them is killed.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}
process.exitCode = await main(process.argv.slice(2));
