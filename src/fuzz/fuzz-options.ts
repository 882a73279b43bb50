import yargs from 'yargs';
import { TailraceError } from '../errors/tailrace-error.js';

/** What a run of the fuzzer does. */
export interface FuzzOptions {
  /** No round is begun after this time. */
  readonly seconds: number;
  readonly seed: number;
  /** The first round; a later one repeats a round of an earlier run. */
  readonly round: number;
  /** A case to run again in place of rounds; null: rounds. */
  readonly replay: string | null;
  /** How long a failing case may be shortened. */
  readonly shrinkSeconds: number;
  /** Where a failing case is written. */
  readonly folder: string;
}

const daySeconds = 86_400;

/**
 * Reads the command line of `npm run fuzz`; null: help was asked for and printed. Errors: TR_CONFIG_INVALID with every
 * mistake in it.
 */
export async function parseFuzzOptions(argv: readonly string[]): Promise<FuzzOptions | null> {
  const mistakes: string[] = [];
  const parsed = await commandLine(argv)
    .fail((message) => {
      mistakes.push(message);
    })
    .parseAsync();
  if ('help' in parsed && parsed.help === true) return null;
  const whole = (
    name: 'seconds' | 'seed' | 'round' | 'shrink-seconds',
    least: number,
    most: number,
  ): number => {
    const value = parsed[name];
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      mistakes.push(`--${name} is a whole number from ${least} to ${most}.`);
    }
    return value;
  };
  const options = {
    seconds: whole('seconds', 1, daySeconds),
    seed: whole('seed', 0, Number.MAX_SAFE_INTEGER),
    round: whole('round', 1, 1_000_000),
    shrinkSeconds: whole('shrink-seconds', 0, daySeconds),
    replay: parsed.replay ?? null,
    folder: parsed.folder,
  };
  if (mistakes.length === 0) return options;
  throw new TailraceError('TR_CONFIG_INVALID', {
    what: `The fuzzer does not understand its command line: ${[...new Set(mistakes)].join(' ')}`,
    cure: 'See npm run fuzz -- --help.',
  });
}

function commandLine(argv: readonly string[]) {
  return yargs([...argv])
    .scriptName('npm run fuzz --')
    .usage(
      '$0 [options]\n\nWrites random changes on a real source, kills whatever replicates them, and compares the replica.\n' +
        'Exit codes: 0 no difference; 1 a difference or a stop that should not have been, with the case in a file; 2 usage.',
    )
    .option('seconds', { type: 'number', default: 60, describe: 'No round is begun after this time' })
    .option('seed', { type: 'number', default: 1, describe: 'Another seed gives other rounds' })
    .option('round', {
      type: 'number',
      default: 1,
      describe: 'The first round: repeats one of an earlier run',
    })
    .option('replay', { type: 'string', requiresArg: true, describe: 'Run the case of this file instead' })
    .option('shrink-seconds', {
      type: 'number',
      default: 180,
      describe: 'How long a failing case may be shortened',
    })
    .option('folder', {
      type: 'string',
      default: '.',
      requiresArg: true,
      describe: 'Where a failing case is written',
    })
    .example('$0 --seconds 1800 --seed 7', 'half an hour')
    .example('$0 --seed 7 --round 12 --seconds 1', 'round 12 of that once more')
    .strict()
    .version(false)
    .exitProcess(false)
    .wrap(110);
}
