import type { Argv } from 'yargs';

/** Where a daemon listens unless it is told otherwise. */
export const statusUrlDefault = 'http://127.0.0.1:9180';

/** Adds the options of `tailrace status`. */
export function addStatusOptions(parser: Argv): Argv {
  return parser
    .options({
      url: {
        describe: `where the daemon listens; its token comes from TAILRACE_READ_TOKEN [default: ${statusUrlDefault}]`,
        requiresArg: true,
        type: 'string',
      },
      config: {
        describe: 'configuration file of the daemon, with its address and token; instead of --url',
        requiresArg: true,
        type: 'string',
      },
      json: { describe: 'print the hints of the daemon as JSON', type: 'boolean' },
    })
    .example('$0 status', `what the daemon at ${statusUrlDefault} is doing`);
}
