import { readCommandLine, requireWholeNumber, toolParser } from '../lab/tool-command-line.js';

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

/** Reads the command line of `npm run fuzz`; null: help was asked for and printed. Errors: TR_CONFIG_INVALID with every mistake. */
export function parseFuzzOptions(argv: readonly string[]): Promise<FuzzOptions | null> {
  return readCommandLine('fuzz', commandLine(argv), (parsed, mistakes) => {
    requireWholeNumber('seconds', parsed.seconds, [1, daySeconds], mistakes);
    requireWholeNumber('seed', parsed.seed, [0, Number.MAX_SAFE_INTEGER], mistakes);
    requireWholeNumber('round', parsed.round, [1, 1_000_000], mistakes);
    requireWholeNumber('shrink-seconds', parsed['shrink-seconds'], [0, daySeconds], mistakes);
    return {
      seconds: parsed.seconds,
      seed: parsed.seed,
      round: parsed.round,
      shrinkSeconds: parsed['shrink-seconds'],
      replay: parsed.replay ?? null,
      folder: parsed.folder,
    };
  });
}

function commandLine(argv: readonly string[]) {
  return toolParser('fuzz', argv)
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
    .example('$0 --seed 7 --round 12 --seconds 1', 'round 12 of that once more');
}
