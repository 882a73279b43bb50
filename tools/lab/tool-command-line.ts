import yargs, { type Argv } from 'yargs';
import { TailraceError } from '../../src/errors/tailrace-error.js';

/** What of a yargs parser is needed to read one command line. */
interface ToolParser<Parsed> {
  fail(tell: (message: string) => void): ToolParser<Parsed>;
  parseAsync(): Promise<Parsed>;
}

/** A parser for what stands behind `npm run SCRIPT --`. */
export function toolParser(script: string, argv: readonly string[]): Argv {
  return yargs([...argv])
    .scriptName(`npm run ${script} --`)
    .strict()
    .version(false)
    .exitProcess(false)
    .wrap(110);
}

/**
 * Reads the command line of `npm run SCRIPT`; null: help was asked for and printed. `read` makes options of what was parsed and adds
 * to the mistakes what is wrong in it. Errors: TR_CONFIG_INVALID with every mistake.
 */
export async function readCommandLine<Parsed extends object, Options>(
  script: string,
  parser: ToolParser<Parsed>,
  read: (parsed: Parsed, mistakes: string[]) => Options,
): Promise<Options | null> {
  const mistakes: string[] = [];
  const parsed = await parser.fail((message) => void mistakes.push(message)).parseAsync();
  if ('help' in parsed && parsed.help === true) return null;
  const options = read(parsed, mistakes);
  if (mistakes.length === 0) return options;
  throw new TailraceError('TR_CONFIG_INVALID', {
    what: `npm run ${script} does not understand its command line: ${[...new Set(mistakes)].join(' ')}`,
    cure: `See npm run ${script} -- --help.`,
  });
}

/** Adds a mistake unless the number lies between the two, both included; one that is not a number never does. */
export function requireNumber(
  option: string,
  value: number,
  [least, most]: readonly [number, number],
  mistakes: string[],
): void {
  if (!(value >= least && value <= most)) mistakes.push(`--${option} is a number from ${least} to ${most}.`);
}

/** The same for a whole number. */
export function requireWholeNumber(
  option: string,
  value: number,
  [least, most]: readonly [number, number],
  mistakes: string[],
): void {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    mistakes.push(`--${option} is a whole number from ${least} to ${most}.`);
}
