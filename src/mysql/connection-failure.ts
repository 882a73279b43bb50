import { TailraceError } from '../errors/tailrace-error.js';
import { lostErrnos } from './lost-errnos.js';
import type { ServerAddress } from './server-address.js';
import { ServerError } from './server-error.js';

/** The parts of mysql2's errors that are read here. */
interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlState?: string;
  readonly sqlMessage?: string;
  readonly message?: string;
  readonly fatal?: boolean;
}

/** The account cannot be used as it is: user, password, host, lock, expiry, authentication plugin. */
const deniedErrnos = new Set([1044, 1045, 1130, 1251, 1524, 1698, 1820, 1862, 3118, 3955, 4151]);

/** `host:port`, or the socket's path, as it is shown to people. */
export function addressLabel(address: ServerAddress): string {
  return address.socketPath ?? `${address.host}:${String(address.port)}`;
}

/** What became of an attempt to connect: TR_SERVER_ACCESS_DENIED or TR_SERVER_UNREACHABLE. */
export function connectFailure(error: unknown, address: ServerAddress): TailraceError {
  const { code, errno, message } = error as DriverError;
  const why = reasonOf(error as DriverError);
  const where = addressLabel(address);
  if (errno !== undefined && deniedErrnos.has(errno)) {
    return new TailraceError('TR_SERVER_ACCESS_DENIED', {
      what: `${where} refused user ${address.user}.`,
      why,
    });
  }
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT' || code === 'HANDSHAKE_SSL_ERROR') {
    return new TailraceError('TR_SERVER_UNREACHABLE', {
      what: `${where} could not be reached over TLS.`,
      why,
      cure: "Check the server's certificate and TLS settings (SHOW STATUS LIKE 'Ssl_server_not_after'), or set tls to preferred or off.",
    });
  }
  if (code === 'TLS_FILE') {
    return new TailraceError('TR_SERVER_UNREACHABLE', {
      what: `${where} could not be reached over TLS: a file of its settings cannot be used.`,
      why: message ?? why,
      cure: 'Let the operating system user of tailrace read the file, or name the right file.',
    });
  }
  if (errno === 1040 || errno === 1203) {
    return new TailraceError('TR_SERVER_UNREACHABLE', {
      what: `${where} accepts no further connection.`,
      why,
      cure: 'Raise max_connections (or max_user_connections) on the server, or use fewer lanes.',
    });
  }
  return new TailraceError('TR_SERVER_UNREACHABLE', {
    what: `${where} did not accept a connection.`,
    why: why === '' ? (message ?? 'no reason given') : why,
  });
}

/** A failed statement: TR_SERVER_LOST when the connection is gone, else the server's refusal as a `ServerError`. */
export function statementFailure(error: unknown, address: ServerAddress): TailraceError | ServerError {
  const driver = error as DriverError;
  const answered = driver.sqlMessage !== undefined && driver.errno !== undefined;
  if (answered && !lostErrnos.has(driver.errno)) {
    return new ServerError({
      errno: driver.errno,
      code: driver.code ?? 'ER_UNKNOWN_ERROR',
      sqlState: driver.sqlState ?? '',
      sqlMessage: driver.sqlMessage,
    });
  }
  return connectionLost(address, reasonOf(driver));
}

/** TR_SERVER_LOST for this server. */
export function connectionLost(address: ServerAddress, why: string): TailraceError {
  return new TailraceError('TR_SERVER_LOST', {
    what: `The connection to ${addressLabel(address)} was lost.`,
    why,
  });
}

function reasonOf(error: DriverError): string {
  const words = error.sqlMessage ?? error.message ?? '';
  if (error.code === undefined || words.includes(error.code)) return words;
  return `${error.code}: ${words}`;
}
