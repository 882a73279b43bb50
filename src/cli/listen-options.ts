import type { Argv } from 'yargs';
import type { ListenOverrides } from '../config/config-file.js';
import { parseListenAddress } from '../endpoint/listen-address.js';
import type { Arguments } from './link-options.js';
import { wrongCommandLine } from './wrong-command-line.js';

/** Adds `--listen` and `--listen-agent`. */
export function addListenOptions(parser: Argv): Argv {
  return parser.options({
    listen: {
      type: 'string',
      requiresArg: true,
      describe:
        'HOST:PORT that serves lag and hints over HTTP; port 0: any free port. Tokens that it requires: ' +
        'TAILRACE_READ_TOKEN, TAILRACE_ADMIN_TOKEN. Everything else, such as TLS: the listen group of --config',
    },
    'listen-agent': {
      type: 'string',
      requiresArg: true,
      describe: "HOST:PORT on this machine for HAProxy's agent checks; requires --listen",
    },
  });
}

/** Where to listen, whatever a file says; null: nothing is said here. Throws `TR_CONFIG_INVALID`. */
export function listenFromArguments(args: Arguments): ListenOverrides | null {
  const address = addressOf(args, 'listen');
  const agent = addressOf(args, 'listen-agent');
  if (address === undefined && agent === undefined) return null;
  return { ...(address !== undefined && { address }), ...(agent !== undefined && { agent }) };
}

function addressOf(args: Arguments, name: string): string | undefined {
  const given = args[name];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && parseListenAddress(given) !== null) return given;
  throw wrongCommandLine([`--${name}: must be one HOST:PORT, such as 127.0.0.1:9180 or [::1]:9180`]);
}
