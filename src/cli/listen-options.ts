import type { Argv } from 'yargs';
import type { EndpointSettings } from '../daemon/endpoint-settings.js';
import { type ListenAddress, parseListenAddress } from '../daemon/listen-address.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Arguments } from './link-options.js';

/** Adds `--listen` and `--listen-agent`. */
export function addListenOptions(parser: Argv): Argv {
  return parser.options({
    listen: {
      type: 'string',
      requiresArg: true,
      describe:
        'HOST:PORT at which lag and hints are asked for over HTTP; port 0: any that is free. Tokens that it shall ask for: ' +
        'TAILRACE_READ_TOKEN, TAILRACE_ADMIN_TOKEN',
    },
    'listen-agent': {
      type: 'string',
      requiresArg: true,
      describe: "HOST:PORT, on this machine, for HAProxy's agent checks; beside --listen",
    },
  });
}

/** Where to listen; null: nowhere. Throws `TR_CONFIG_INVALID`. */
export function endpointFromArguments(args: Arguments, env: NodeJS.ProcessEnv): EndpointSettings | null {
  const http = addressOf(args, 'listen');
  const agent = addressOf(args, 'listen-agent');
  if (http === null && agent !== null) throw mistake('--listen-agent: stands beside --listen only');
  if (http === null) return null;
  return { http, agent, readToken: tokenOf(env, 'READ'), adminToken: tokenOf(env, 'ADMIN') };
}

function addressOf(args: Arguments, name: string): ListenAddress | null {
  const given = args[name];
  if (given === undefined) return null;
  const address = typeof given === 'string' ? parseListenAddress(given) : null;
  if (address !== null) return address;
  throw mistake(`--${name}: is written HOST:PORT once, such as 127.0.0.1:9180 or [::1]:9180`);
}

function tokenOf(env: NodeJS.ProcessEnv, kind: 'READ' | 'ADMIN'): string | null {
  const token = env[`TAILRACE_${kind}_TOKEN`] ?? '';
  return token === '' ? null : token;
}

function mistake(why: string): TailraceError {
  return new TailraceError('TR_CONFIG_INVALID', {
    what: 'The command line has one mistake.',
    why,
    cure: 'Correct it; `tailrace COMMAND --help` shows every option.',
  });
}
