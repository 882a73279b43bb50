import type { ServerAddress } from '../mysql/server-address.js';

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

/**
 * Takes the passwords out of a text that others wrote, such as a stack trace: every `user:password@` of a URL, and every
 * `password` given. Used where a text goes out whose origin is not known.
 */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(/(\w+:\/\/[^\s:/@]*):[^\s/]*@/g, '$1:***@');
  for (const secret of secrets) {
    // Shorter ones would tear ordinary words apart and protect nothing.
    if (secret.length >= 4) clean = clean.replaceAll(secret, '***');
  }
  return clean;
}
