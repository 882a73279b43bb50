import type { Argv } from 'yargs';
import { exitCodes } from '../errors/exit-codes.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { hintsFromJson } from '../hints/hints-json.js';
import type { Arguments } from './link-options.js';
import { statusText } from './status-text.js';
import { wrongCommandLine } from './wrong-command-line.js';

const urlDefault = 'http://127.0.0.1:9180';
const answerMsMax = 5_000;

/** Adds the options of `tailrace status`. */
export function addStatusOptions(parser: Argv): Argv {
  return parser
    .options({
      url: {
        describe: 'where the daemon listens; a token that it asks for is taken from TAILRACE_READ_TOKEN',
        default: urlDefault,
        requiresArg: true,
        type: 'string',
      },
      json: { describe: 'print the hints as the daemon gives them, as JSON', type: 'boolean' },
    })
    .example('$0 status', `what the daemon at ${urlDefault} is doing`);
}

/** `tailrace status`: what a running daemon says of its replicas. Returns the exit code. */
export async function status(args: Arguments): Promise<number> {
  const url = endpointOf(args.url);
  const told = await ask(url);
  const hints = hintsFromJson(told);
  process.stdout.write(args.json === true ? `${JSON.stringify(told)}\n` : statusText(hints, Date.now()));
  return exitCodes.ok;
}

function endpointOf(given: unknown): URL {
  const text = typeof given === 'string' ? given : '';
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL('/v1/hints', text);
  throw wrongCommandLine([`--url: is written http://HOST:PORT once, such as ${urlDefault}`]);
}

async function ask(url: URL): Promise<unknown> {
  const token = process.env.TAILRACE_READ_TOKEN ?? '';
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, {
      headers,
      signal: AbortSignal.timeout(answerMsMax),
      redirect: 'error',
    });
    if (response.ok) return await response.json();
    throw noAnswer(url, `it answers with status ${response.status}`);
  } catch (error) {
    if (error instanceof TailraceError) throw error;
    const { cause, message } = error as Error;
    throw noAnswer(url, cause instanceof Error ? cause.message : message);
  }
}

function noAnswer(url: URL, why: string): TailraceError {
  return new TailraceError('TR_SERVER_UNREACHABLE', {
    what: `no daemon tells its status at ${url.host}`,
    why,
    cure: 'Start `tailrace run` with --listen, and give its address with --url; its token, if any, in TAILRACE_READ_TOKEN.',
  });
}
