import yargs, { type Argv } from 'yargs';
import { TailraceError } from '../errors/tailrace-error.js';
import { addLinkOptions, type Arguments } from './link-options.js';
import { addListenOptions } from './listen-options.js';
import { addSkipOptions } from './skip-options.js';
import { addStatusOptions } from './status-options.js';
import { usageWords } from './usage-words.js';
import { addVerifyOptions } from './verify-options.js';

const helpWidthMax = 110;

type Command = (args: Arguments) => Promise<number>;

/**
 * The parser of the command line: commands, options and help. `given` gets the work of the command that was given. It is loaded only
 * then, because help and mistakes need none. yargs does not run it: for a command that returns a promise, it first makes the help text.
 * Errors: TR_CONFIG_INVALID.
 */
export function commandLine(
  argv: readonly string[],
  version: string,
  given: (work: () => Promise<number>) => void,
): Argv {
  const work = (load: () => Promise<Command>) => (args: Arguments) =>
    given(async () => {
      const command = await load();
      return command(args);
    });
  const parser = yargs([...argv]);
  return parser
    .scriptName('tailrace')
    .locale('en')
    .usage('$0 COMMAND [options]\n\nA parallel replicator for MySQL.')
    .command(
      'catchup',
      'catch up a replica with its source, then exit',
      (parser) => catchupOptions(addLinkOptions(parser, { config: true })),
      work(async () => (await import('./catchup-command.js')).catchup),
    )
    .command(
      'run',
      'keep one or more replicas in sync until SIGTERM',
      (parser) => runOptions(addLinkOptions(parser, { config: true })),
      work(async () => (await import('./run-command.js')).run),
    )
    .command(
      'check',
      'list every problem of a source and its replicas, with its cure, and show the plan; changes nothing',
      (parser) => checkOptions(addLinkOptions(parser, { config: true })),
      work(async () => (await import('./check-command.js')).check),
    )
    .command(
      'verify',
      'compare the data of a replica with its source while both are in use',
      addVerifyOptions,
      work(async () => (await import('./verify-command.js')).verify),
    )
    .command(
      'skip <transaction>',
      'show one transaction of the source and, with --yes, skip it on a replica',
      addSkipOptions,
      work(async () => (await import('./skip-command.js')).skip),
    )
    .command(
      'status',
      'show the state of a running daemon',
      addStatusOptions,
      work(async () => (await import('./status-command.js')).status),
    )
    .command(
      'demo',
      'catch up a replica of real servers under a live workload',
      demoOptions,
      work(async () => (await import('./demo-command.js')).demo),
    )
    .parserConfiguration({ 'dot-notation': false, 'greedy-arrays': false, 'camel-case-expansion': false })
    .demandCommand(1, 1, 'a command is missing', 'only one command is allowed')
    .recommendCommands()
    .strict()
    .epilogue(
      'Exit codes: 0 done or caught up; 1 check found problems, or data differs; 2 usage or configuration;\n' +
        '3 refused, nothing was changed; 4 stopped at its checkpoint; 5 a server could not be reached; 70 a defect.\n' +
        'Passwords: better in TAILRACE_SOURCE_URL, TAILRACE_SOURCE_PASSWORD or a file than on the command line.',
    )
    .version(version)
    .help()
    .wrap(Math.min(helpWidthMax, process.stdout.columns ?? helpWidthMax))
    .showHelpOnFail(false)
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error !== undefined && !isUsageError(error)) throw error;
      throw new TailraceError('TR_CONFIG_INVALID', {
        what: 'The command line was not understood.',
        why: usageWords(message ?? error?.message ?? 'no reason given', optionNames(parser)),
        cure: '`tailrace --help` shows the commands, `tailrace COMMAND --help` the options of one.',
      });
    });
}

/** The options that were declared until the mistake was found: those of the command that was given. */
function optionNames(parser: Argv): readonly string[] {
  const { key } = (
    parser as unknown as { getOptions(): { key: Readonly<Record<string, unknown>> } }
  ).getOptions();
  return Object.keys(key);
}

/** yargs names its own errors so; they carry no code. */
function isUsageError(error: Error): boolean {
  return error.name === 'YError';
}

const handoff = {
  describe: 'stop native replication first and start it again after catching up; native',
  choices: ['native'],
  requiresArg: true,
  type: 'string',
} as const;

function catchupOptions(parser: Argv): Argv {
  return parser
    .options({
      mode: {
        describe: 'how changes are applied',
        choices: ['batch'],
        default: 'batch',
        requiresArg: true,
        type: 'string',
      },
      until: {
        describe: 'now (everything that the source had committed at the start), a GTID set or FILE:POSITION',
        default: 'now',
        requiresArg: true,
        type: 'string',
      },
      handoff,
      json: { describe: 'print one last line on stdout: a JSON object with the results', type: 'boolean' },
    })
    .example(
      '$0 catchup --source mysql://repl@db1 --replica mysql://repl@db2',
      'passwords from the environment',
    )
    .example('$0 catchup --source … --replica … --handoff native', 'native replication continues afterwards')
    .example('$0 catchup --config /etc/tailrace.yaml --name db2', 'one replica of the file')
    .example(
      '$0 catchup --source … --replica … --until 3e11…:1-500 --json',
      'up to a GTID set, figures as JSON',
    );
}

function runOptions(parser: Argv): Argv {
  return addListenOptions(parser)
    .example('$0 run --config /etc/tailrace.yaml', 'one source, the replicas of the file')
    .example('$0 run --source … --replica mysql://repl@db2 --replica mysql://repl@db3', 'two replicas');
}

function checkOptions(parser: Argv): Argv {
  return parser
    .options({
      handoff: { ...handoff, describe: 'check as for catchup --handoff native' },
      tables: { describe: 'also show for each table how it will be handled, and why', type: 'boolean' },
      json: { describe: 'print one line on stdout instead: a JSON object with everything', type: 'boolean' },
    })
    .example('$0 check --config /etc/tailrace.yaml', 'every replica of the file; exit 1 if any is not ready')
    .example('$0 check --source … --replica … --tables', 'one replica, and the plan for each of its tables');
}

function demoOptions(parser: Argv): Argv {
  return parser
    .options({
      seconds: { describe: 'how long the workload runs', default: '30', requiresArg: true, type: 'string' },
    })
    .example('$0 demo --seconds 10', 'a short one');
}
