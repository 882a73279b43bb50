import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';

export const tlsModes = ['off', 'preferred', 'required', 'verify'] as const;

const portDefault = 3306;

/**
 * Parses `mysql://user:password@host:port?tls=MODE` or `mysql://user@localhost?socket=/path`. Characters that mean something
 * in a URL are percent-encoded in user, password and path; an IPv6 address stands in brackets. Without a password in
 * the URL `password` is empty. Throws `TR_CONFIG_INVALID`, never with the URL in its text: it may hold a password.
 */
export function parseServerUrl(text: string): ServerAddress {
  if (!/^mysql:\/\//i.test(text)) throw mistake('it must begin with mysql://');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw mistake('it cannot be read; write /, ?, # and @ in a user or password as %2F, %3F, %23 and %40');
  }
  if (url.hash !== '') throw mistake('it contains #; in a user or password write %23');
  if (url.pathname !== '' && url.pathname !== '/') {
    throw mistake('it names a database, but a link carries the whole server; in a password write / as %2F');
  }
  const parameters = readParameters(url.searchParams);
  if (url.hostname === '') throw mistake('it names no host');
  if (url.username === '') throw mistake('it names no user');
  return {
    host: decode(url.hostname, 'host').replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? portDefault : readPort(url.port),
    user: decode(url.username, 'user'),
    password: decode(url.password, 'password'),
    ...parameters,
  };
}

function readParameters(parameters: URLSearchParams): Pick<ServerAddress, 'socketPath' | 'tls'> {
  const known: { socketPath?: string; tls?: (typeof tlsModes)[number] } = {};
  for (const [name, value] of parameters) {
    if (name === 'socket' && value.startsWith('/')) known.socketPath = value;
    else if (name === 'socket') throw mistake('socket= needs an absolute path');
    else if (name === 'tls') known.tls = readTlsMode(value);
    else throw mistake('it has a parameter other than socket and tls; in a password write ? as %3F');
  }
  return known;
}

function readTlsMode(value: string): (typeof tlsModes)[number] {
  const mode = tlsModes.find((known) => known === value);
  if (mode === undefined) throw mistake(`tls= must be one of ${tlsModes.join(', ')}`);
  return mode;
}

function readPort(text: string): number {
  const port = Number(text);
  if (port < 1) throw mistake('its port must be 1 to 65535');
  return port;
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw mistake(`its ${part} has a % that encodes nothing; write % itself as %25`);
  }
}

function mistake(why: string): TailraceError {
  return new TailraceError('TR_CONFIG_INVALID', {
    what: 'That is not the URL of a server.',
    why,
    cure: 'Write mysql://user:password@host:port.',
  });
}
