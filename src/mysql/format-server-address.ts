import type { ServerAddress } from './server-address.js';

/** The address as a URL that may be shown: without its password, and without saying whether there is one. */
export function formatServerAddress(address: ServerAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const parameters = [
    address.socketPath === undefined ? '' : `socket=${address.socketPath}`,
    address.tls === undefined ? '' : `tls=${address.tls}`,
  ].filter((parameter) => parameter !== '');
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return `mysql://${encodeURIComponent(address.user)}@${host}:${address.port}${query}`;
}
