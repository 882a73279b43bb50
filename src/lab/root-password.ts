import { randomBytes } from 'node:crypto';
import type { ServerFlavour } from './server-flavour.js';

/** A password that needs no quoting in SQL or in a URL. */
export function generatePassword(): string {
  return randomBytes(18).toString('base64url');
}

/**
 * The statements, one a line, that give root the password when a server starts on a fresh data folder. They leave no
 * trace in the binary log: a GTID of its own would make a replica's set differ from its source's.
 */
export function rootPasswordStatements(flavour: ServerFlavour, password: string): string {
  const statements =
    flavour === 'mysql56'
      ? [
          "DELETE FROM mysql.user WHERE NOT (User='root' AND Host IN ('localhost', '%'))",
          `UPDATE mysql.user SET Host='%', Password=PASSWORD('${password}')`,
          'FLUSH PRIVILEGES',
        ]
      : [`ALTER USER root@'%' IDENTIFIED BY '${password}'`];
  return `${['SET sql_log_bin=0', ...statements].join(';\n')};\n`;
}
