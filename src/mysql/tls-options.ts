import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'mysql2';
import type { ServerAddress, ServerTlsFiles } from './server-address.js';

export type DriverTls = Exclude<NonNullable<ConnectionOptions['ssl']>, string>;

/**
 * What the driver needs for the TLS of this server; null: none is asked for. Files are read each time: certificates are replaced
 * while a daemon runs. Throws an error with the code TLS_FILE when one cannot be read.
 */
export function tlsOptions(address: ServerAddress): DriverTls | null {
  switch (address.tls) {
    case 'verify':
      // Of an address, `guardIdentity` verifies it: the driver would take it for localhost.
      return {
        ...read(address.tlsFiles),
        rejectUnauthorized: true,
        verifyIdentity: isIP(address.host) === 0,
      };
    case 'required':
    case 'preferred':
      return { ...read(address.tlsFiles), rejectUnauthorized: false };
    default:
      return null;
  }
}

function read(files: ServerTlsFiles = {}): { ca?: string; cert?: string; key?: string } {
  return {
    ...(files.ca === undefined ? {} : { ca: textOf(files.ca) }),
    ...(files.certificate === undefined ? {} : { cert: textOf(files.certificate) }),
    ...(files.key === undefined ? {} : { key: textOf(files.key) }),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${file} cannot be read (${code})`), { code: 'TLS_FILE' });
  }
}
