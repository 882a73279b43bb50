import type { Argv } from 'yargs';
import { parseTableName, splitNames, type VerifyFilter } from '../verify/verify-filter.js';
import { verifyLimits, type VerifySettings } from '../verify/verify-settings.js';
import type { Arguments } from './link-options.js';
import { oneLinkFromArguments } from './one-link.js';
import { serverOptions, serversGroup } from './server-options.js';
import { textOption, textsOf } from './text-option.js';
import { wrongCommandLine } from './wrong-command-line.js';

const what = 'What is compared:';
const load = 'Load:';

const { parallel, chunkMs, threads, stalledSeconds, rowsNamed } = verifyLimits;

const verifyOptions = {
  schemas: textOption('schema,schema: only these, and all that is in them; repeatable', what),
  tables: textOption('schema.table,schema.table: only these; repeatable, also beside --schemas', what),
  rows: textOption(`differing rows of each table that are named [default: ${rowsNamed.default}]`, what),
  parallel: textOption(`chunks compared at one time [default: ${parallel.default}]`, load),
  'chunk-time': textOption(
    `milliseconds that reading a chunk should take [default: ${chunkMs.default}]`,
    load,
  ),
  'max-load': textOption('wait while more threads than this run on either server [default: no limit]', load),
  'replica-wait': textOption(
    `seconds to wait for a replica that does not advance; 0: nobody writes [default: ${stalledSeconds.default}]`,
    load,
  ),
  resume: textOption('FILE that keeps how far it is, and that it goes on from', load),
};

const fileOptions = {
  config: textOption('configuration file, instead of the options of servers', serversGroup),
  name: textOption('which link of the file, when it has several; or its replica, as host:port', serversGroup),
};

/** Adds the options of `tailrace verify`. */
export function addVerifyOptions(parser: Argv): Argv {
  return parser
    .options({ ...fileOptions, ...serverOptions, ...verifyOptions })
    .option('json', {
      describe: 'print one last line on stdout: a JSON object with the outcome',
      type: 'boolean',
    })
    .example(
      '$0 verify --source mysql://repl@db1 --replica mysql://repl@db2',
      'everything; exit 1 if it differs',
    )
    .example('$0 verify --source … --replica … --tables shop.orders,shop.items', 'two tables')
    .example('$0 verify --source … --replica … --max-load 40 --chunk-time 200', 'gently, on busy servers')
    .example(
      '$0 verify --source … --replica … --resume /var/tmp/verify.json',
      'can be killed and gone on with',
    );
}

/** What the options ask for. Throws TR_CONFIG_INVALID. */
export function verifySettings(args: Arguments, env: NodeJS.ProcessEnv): VerifySettings {
  const named = [...Object.keys(serverOptions), ...Object.keys(fileOptions)].map((name) => [
    name,
    args[name],
  ]);
  const { source, replica } = oneLinkFromArguments(Object.fromEntries(named) as Arguments, env);
  const mistakes: string[] = [];
  const number = (name: string, limits: { default: number; min: number; max: number }): number => {
    const value = one(args, name, mistakes);
    if (value === undefined) return limits.default;
    if (/^\d{1,9}$/.test(value) && Number(value) >= limits.min && Number(value) <= limits.max)
      return Number(value);
    mistakes.push(`--${name}: must be a whole number from ${limits.min} to ${limits.max}`);
    return limits.default;
  };
  const settings: VerifySettings = {
    source,
    replica,
    filter: readFilter(args),
    parallel: number('parallel', parallel),
    chunkMs: number('chunk-time', chunkMs),
    threadsMax: number('max-load', threads),
    stalledMsMax: number('replica-wait', stalledSeconds) * 1_000,
    rowsNamedMax: number('rows', rowsNamed),
    stateFile: one(args, 'resume', mistakes) ?? null,
  };
  if (mistakes.length === 0) return settings;
  throw wrongCommandLine(mistakes, 'Correct each of them; `tailrace verify --help` shows every option.');
}

function readFilter(args: Arguments): VerifyFilter {
  const schemas = textsOf(args.schemas).flatMap(splitNames).map(unquoted);
  const tables = textsOf(args.tables).flatMap(splitNames).map(parseTableName);
  return {
    schemas: schemas.length === 0 ? null : schemas,
    tables: tables.length === 0 ? null : tables,
  };
}

function unquoted(name: string): string {
  return /^`.*`$/s.test(name) ? name.slice(1, -1).replaceAll('``', '`') : name;
}

function one(args: Arguments, name: string, mistakes: string[]): string | undefined {
  const values = textsOf(args[name]);
  if (values.length > 1) mistakes.push(`--${name}: is given more than once`);
  return values[0];
}
