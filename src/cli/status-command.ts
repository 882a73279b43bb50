import { loadConfigFile } from '../config/config-file.js';
import { exitCodes } from '../errors/exit-codes.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { hintsFromJson } from '../hints/hints-json.js';
import type { Arguments } from './link-options.js';
import { statusUrlDefault } from './status-options.js';
import { statusText } from './status-text.js';
import { wrongCommandLine } from './wrong-command-line.js';

const answerMsMax = 5_000;

/** `tailrace status`: what a running daemon says of its replicas. Returns the exit code. */
export async function status(args: Arguments): Promise<number> {
  const { url, token } = endpointOf(args, process.env);
  const told = await ask(url, token);
  const hints = hintsFromJson(told);
  process.stdout.write(args.json === true ? `${JSON.stringify(told)}\n` : statusText(hints, Date.now()));
  return exitCodes.ok;
}

interface Endpoint {
  readonly url: URL;
  /** null: none is asked for, as far as is known. */
  readonly token: string | null;
}

/** Throws TR_CONFIG_INVALID. */
export function endpointOf({ url, config }: Arguments, env: NodeJS.ProcessEnv): Endpoint {
  const token = env.TAILRACE_READ_TOKEN ?? '';
  if (typeof config === 'string') {
    if (url !== undefined) throw wrongCommandLine(['--url: cannot stand beside --config']);
    return endpointOfFile(config, env);
  }
  const text = url === undefined ? statusUrlDefault : typeof url === 'string' ? url : '';
  if (/^https?:\/\//.test(text) && URL.canParse(text))
    return { url: new URL('/v1/hints', text), token: token === '' ? null : token };
  throw wrongCommandLine([`--url: is written http://HOST:PORT once, such as ${statusUrlDefault}`]);
}

/** One that listens for all addresses is asked on this machine. */
function endpointOfFile(file: string, env: NodeJS.ProcessEnv): Endpoint {
  const { endpoint } = loadConfigFile(file, env);
  if (endpoint === null) throw wrongCommandLine(['--config: the file has no listen group']);
  const { http, tls, readToken } = endpoint;
  const any = http.host === '0.0.0.0' || http.host === '::';
  const host = any ? '127.0.0.1' : http.host.includes(':') ? `[${http.host}]` : http.host;
  const url = new URL(`${tls === null ? 'http' : 'https'}://${host}:${http.port}/v1/hints`);
  return { url, token: readToken };
}

async function ask(url: URL, token: string | null): Promise<unknown> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
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
    what: `No daemon answers at ${url.host}.`,
    why,
    cure: 'Start `tailrace run` with --listen. Pass its address with --url, and its token, if any, in TAILRACE_READ_TOKEN.',
  });
}
