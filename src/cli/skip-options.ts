import type { Argv } from 'yargs';
import { addLinkOptions } from './link-options.js';

/** Adds the options of `tailrace skip`. */
export function addSkipOptions(parser: Argv): Argv {
  return addLinkOptions(parser, { config: true })
    .positional('transaction', {
      describe: 'its GTID, or FILE:POSITION, from the message that the link stopped with',
      type: 'string',
    })
    .options({
      yes: { describe: 'skip it; without this option it is only shown', type: 'boolean' },
      json: { describe: 'print one line on stdout: a JSON object with its contents', type: 'boolean' },
    })
    .example(
      '$0 skip 3e11fa47-71ca-11e1-9e33-c80aa9429562:57 --source … --replica …',
      'show its contents and change nothing',
    )
    .example('$0 skip 3e11fa47-71ca-11e1-9e33-c80aa9429562:57 --source … --replica … --yes', 'skip it')
    .example(
      '$0 skip binlog.000003:4711 --config /etc/tailrace.yaml --name db2 --yes',
      'without GTIDs: the next one',
    );
}
