import { readCommandLine, requireWholeNumber, toolParser } from '../lab/tool-command-line.js';

/** What a run of MySQL's own test files does. */
export interface ServerTestsOptions {
  /** `main`, or the name of a folder below the package's `suite/`. */
  readonly suite: string;
  /** Files whose name it does not match are not looked at. */
  readonly match: RegExp;
  /** No file is begun after this time. */
  readonly seconds: number;
  /** How long one file may run; what it has written until then is compared. */
  readonly fileSeconds: number;
  /** How often the replicas are compared within one file; spread evenly when there are more occasions. */
  readonly stopsMax: number;
  /** The source's `binlog_format`. */
  readonly binlogFormat: BinlogFormat;
  /** Where the outcome of every file is written. */
  readonly folder: string;
}

export const binlogFormats = ['row', 'mixed', 'statement'] as const;
export type BinlogFormat = (typeof binlogFormats)[number];

const daySeconds = 86_400;

/** Reads the command line of `npm run server-tests`; null: help was asked for and printed. Errors: TR_CONFIG_INVALID with every mistake. */
export function parseServerTestsOptions(argv: readonly string[]): Promise<ServerTestsOptions | null> {
  return readCommandLine('server-tests', commandLine(argv), (parsed, mistakes) => {
    requireWholeNumber('seconds', parsed.seconds, [1, daySeconds], mistakes);
    requireWholeNumber('file-seconds', parsed['file-seconds'], [1, daySeconds], mistakes);
    requireWholeNumber('stops-max', parsed['stops-max'], [1, 1_000], mistakes);
    const match = patternOf(parsed.match);
    if (match === null) mistakes.push('--match is no regular expression.');
    if (!/^[a-z0-9_]+(\/[a-z0-9_]+)?$/i.test(parsed.suite)) mistakes.push('--suite is no name of a suite.');
    return {
      suite: parsed.suite,
      match: match ?? /^/,
      seconds: parsed.seconds,
      fileSeconds: parsed['file-seconds'],
      stopsMax: parsed['stops-max'],
      binlogFormat: parsed['binlog-format'],
      folder: parsed.folder,
    };
  });
}

function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(text);
  } catch {
    return null;
  }
}

function commandLine(argv: readonly string[]) {
  return toolParser('server-tests', argv)
    .usage(
      "$0 [options]\n\nRuns MySQL's own test files on a real source that two replicas follow, one kept by tailrace and one by MySQL\n" +
        'itself, and compares the two. Exit codes: 0 alike; 1 a difference or a stop that MySQL’s own replica does not show; 2 usage.',
    )
    .option('suite', {
      type: 'string',
      default: 'main',
      requiresArg: true,
      describe: 'main, json, engines/funcs, …',
    })
    .option('match', {
      type: 'string',
      default: '',
      requiresArg: true,
      describe: 'Only files whose name matches this regular expression',
    })
    .option('seconds', { type: 'number', default: 600, describe: 'No file is begun after this time' })
    .option('file-seconds', { type: 'number', default: 60, describe: 'How long one file may run' })
    .option('stops-max', {
      type: 'number',
      default: 12,
      describe: 'Comparisons within one file, before what it drops is gone',
    })
    .option('binlog-format', {
      choices: binlogFormats,
      default: 'row' as const,
      requiresArg: true,
      describe: 'What the source logs for a change of rows',
    })
    .option('folder', {
      type: 'string',
      default: '.',
      requiresArg: true,
      describe: 'Where server-tests-SUITE.jsonl is written, a line for each file',
    })
    .example('$0 --suite gcol', 'all files on generated columns')
    .example("$0 --suite main --match '^(alter|partition)' --seconds 1800", 'half an hour of the main suite');
}
