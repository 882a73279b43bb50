import type { Argv } from 'yargs';
import { verifyLimits } from '../verify/verify-settings.js';
import { serverOptions, serversGroup } from './server-options.js';
import { textOption } from './text-option.js';

const what = 'What is compared:';
const load = 'Load:';

const { parallel, chunkMs, stalledSeconds, rowsNamed } = verifyLimits;

const verifyOptions = {
  schemas: textOption('schema,schema: only these schemas; repeatable', what),
  tables: textOption(
    'schema.table,schema.table: only these tables; repeatable, also together with --schemas',
    what,
  ),
  rows: textOption(`number of differing rows to name for each table [default: ${rowsNamed.default}]`, what),
  parallel: textOption(`chunks compared at a time [default: ${parallel.default}]`, load),
  'chunk-time': textOption(
    `milliseconds that reading a chunk should take [default: ${chunkMs.default}]`,
    load,
  ),
  'max-load': textOption('wait while more threads than this run on either server [default: no limit]', load),
  'replica-wait': textOption(
    `seconds to wait for a replica that does not advance; 0: nobody writes [default: ${stalledSeconds.default}]`,
    load,
  ),
  resume: textOption('FILE that stores the progress and from which to continue', load),
};

/** Where the two servers may come from besides their own options. */
export const fileOptions = {
  config: textOption('configuration file, instead of the options of servers', serversGroup),
  name: textOption(
    'name of a link in the file, if it has several; or its replica, as host:port',
    serversGroup,
  ),
};

/** Adds the options of `tailrace verify`. */
export function addVerifyOptions(parser: Argv): Argv {
  return parser
    .options({ ...fileOptions, ...serverOptions, ...verifyOptions })
    .option('json', {
      describe: 'print one last line on stdout: a JSON object with the result',
      type: 'boolean',
    })
    .example(
      '$0 verify --source mysql://repl@db1 --replica mysql://repl@db2',
      'everything; exit code 1 if it differs',
    )
    .example('$0 verify --source … --replica … --tables shop.orders,shop.items', 'two tables')
    .example('$0 verify --source … --replica … --max-load 40 --chunk-time 200', 'gently, on busy servers')
    .example('$0 verify --source … --replica … --resume /var/tmp/verify.json', 'can be killed and continued');
}
