import type { ServerAddress } from '../../src/mysql/server-address.js';

/**
 * The URL of a server, password and all: for the environment or a private file of a tailrace that is started as a process, never
 * for arguments, logs or errors.
 */
export function urlOf({ host, port, user, password }: ServerAddress): string {
  return `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;
}
