import type { Socket } from 'node:net';
import mysql from 'mysql2';
import type { Connection, ConnectionOptions } from 'mysql2';
import type { ServerAddress } from './server-address.js';
import { guardIdentity } from './server-identity.js';
import { type DriverTls, tlsOptions } from './tls-options.js';

export interface ConnectOptions {
  readonly database?: string;
  /** Lets one query hold several statements. Off by default. */
  readonly multipleStatements?: boolean;
  /** For connecting and logging in, together. 10,000 by default; a statement may take as long as it needs. */
  readonly timeoutMs?: number;
  /** Says what the connection is for; a DBA sees `tailrace <label>` as program_name in session_connect_attrs. */
  readonly sessionLabel?: string;
}

const connectTimeoutMs = 10_000;
/** A host that is gone is noticed by the operating system when ten probes, one a second behind this, have no answer. */
const keepAliveMs = 10_000;

/**
 * Connects and logs in; the session is as the server's defaults make it. Rejects with the driver's error, of which
 * `connectFailure` makes a coded one. With `tls: 'preferred'` a server that offers no usable TLS is then tried without.
 */
export async function openDriverConnection(
  address: ServerAddress,
  options: ConnectOptions,
): Promise<Connection> {
  try {
    return await connectOnce(driverOptions(address, options, tlsOptions(address)), identityOf(address));
  } catch (error) {
    const { code } = error as { code?: string };
    const noTls = code === 'HANDSHAKE_NO_SSL_SUPPORT' || code === 'HANDSHAKE_SSL_ERROR';
    if (address.tls !== 'preferred' || !noTls) throw error;
  }
  return connectOnce(driverOptions(address, options, null), null);
}

/** The host that the server must prove to be; null: it need not. */
export function identityOf(address: ServerAddress): string | null {
  return address.tls === 'verify' ? address.host : null;
}

/** mysql2's `destroy` only half-closes the socket: a peer that no longer answers would keep it, and the process, alive. */
export function dropSocket(raw: Connection): void {
  raw.destroy();
  (raw as unknown as { readonly stream: Socket }).stream.destroy();
}

/** `VERSION()` of the server, which it told when it greeted. */
export function greetedVersion(raw: Connection): string {
  const { _handshakePacket: greeting } = raw as unknown as {
    readonly _handshakePacket: { readonly serverVersion: string } | null;
  };
  return greeting?.serverVersion ?? '';
}

function connectOnce(options: ConnectionOptions, identity: string | null): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const raw = mysql.createConnection(options);
    if (identity !== null) guardIdentity(raw, identity);
    // mysql2's own limit ends with the first packet of the server; a login that hangs later must end, too.
    const timer = setTimeout(
      () => fail(Object.assign(new Error('the login took too long'), { code: 'ETIMEDOUT' })),
      options.connectTimeout,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      dropSocket(raw);
      reject(error);
    };
    // Stays: an error after a failed login has nobody else to go to.
    raw.on('error', fail);
    raw.once('connect', () => {
      clearTimeout(timer);
      raw.removeListener('error', fail);
      resolve(raw);
    });
  });
}

function driverOptions(
  address: ServerAddress,
  options: ConnectOptions,
  ssl: DriverTls | null,
): ConnectionOptions {
  const label = options.sessionLabel === undefined ? '' : ` ${options.sessionLabel}`;
  return {
    ...(address.socketPath === undefined
      ? { host: address.host, port: address.port }
      : { socketPath: address.socketPath }),
    user: address.user,
    password: address.password,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(ssl === null ? {} : { ssl }),
    multipleStatements: options.multipleStatements ?? false,
    connectTimeout: options.timeoutMs ?? connectTimeoutMs,
    enableKeepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    // Values are in the text already; mysql2 would search every byte of it for placeholders.
    queryFormat: (sql: string) => sql,
    connectAttributes: { program_name: `tailrace${label}` },
  };
}
