import { isIPv4, isIPv6 } from 'node:net';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerSettings } from './server-settings.js';

/** Throws `TR_LISTEN_OPEN` where other machines could ask without a token and without TLS. */
export function requireGuardedListen(settings: Pick<ServerSettings, 'host' | 'tls' | 'readToken'>): void {
  if (isLoopback(settings.host) || settings.tls !== null || settings.readToken !== null) return;
  throw new TailraceError('TR_LISTEN_OPEN', {
    what: `The lag endpoint would listen on ${settings.host}, where other machines can reach it.`,
    why: 'Anybody could read the names of servers, their load and their GTID sets.',
  });
}

/** The same for a protocol that knows no token: other machines may only use it where that was allowed. */
export function requireOpenProtocol(
  { host, isOpen }: { readonly host: string; readonly isOpen: boolean },
  name: string,
): void {
  if (isOpen || isLoopback(host)) return;
  throw new TailraceError('TR_LISTEN_OPEN', {
    what: `${name} would listen on ${host}, where other machines can reach them.`,
    why: 'Their protocol has no token, so anybody could read the states of servers, their load or their GTID sets.',
    cure: 'Set open_protocols: true in the listen group if a firewall admits only trusted machines, or listen on 127.0.0.1.',
  });
}

/** A name may come to stand for another address: only `localhost` is taken for what it says. */
function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIPv4(host)) return host.startsWith('127.');
  return isIPv6(host) && host === '::1';
}
