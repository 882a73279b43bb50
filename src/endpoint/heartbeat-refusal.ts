import { TailraceError } from '../errors/tailrace-error.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { quoteIdentifier, quoteString, quoteTable } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { ServerError } from '../mysql/server-error.js';
import type { HeartbeatSettings } from './endpoint-settings.js';

/** ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR. */
const deniedErrnos = new Set([1044, 1142, 1143, 1227]);
/** ER_OPTION_PREVENTS_STATEMENT, ER_READ_ONLY_MODE. */
const readOnlyErrnos = new Set([1290, 1836]);

/** TR_HEARTBEAT_REFUSED: what a server did not allow, and the statement that cures it. */
export async function heartbeatRefusal(
  connection: ServerConnection,
  settings: HeartbeatSettings,
  error: ServerError,
): Promise<TailraceError> {
  const { schema, table } = settings;
  const cure = deniedErrnos.has(error.errno)
    ? { cure: grants(await currentAccount(connection), settings) }
    : readOnlyErrnos.has(error.errno)
      ? { cure: readOnlyCure(settings) }
      : {};
  return new TailraceError('TR_HEARTBEAT_REFUSED', {
    what: `The heartbeat table ${quoteTable(schema, table)} cannot be written on ${addressLabel(connection.address)}.`,
    why: error.message,
    ...cure,
    cause: error,
  });
}

/** `ON DUPLICATE KEY UPDATE` reads what it was given: it needs SELECT as well. */
function grants(account: string, { schema, table, writeOn }: HeartbeatSettings): string {
  const statements = [
    `GRANT SELECT, INSERT, UPDATE, CREATE ON ${quoteTable(schema, table)} TO ${account};`,
    ...(writeOn === 'source' ? [] : [`GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO ${account};`]),
    `If there is no schema ${quoteIdentifier(schema)} yet: GRANT CREATE ON ${quoteIdentifier(schema)}.* TO ${account};`,
  ];
  return statements.join(' ');
}

function readOnlyCure({ writeOn }: HeartbeatSettings): string {
  return writeOn === 'source'
    ? 'Is this still the source? A server that is read only is written by its own source.'
    : 'SET GLOBAL super_read_only=OFF; with read_only alone the account needs CONNECTION_ADMIN.';
}

async function currentAccount(connection: ServerConnection): Promise<string> {
  const [row] = await connection.query<{ account: string }>('SELECT CURRENT_USER() AS account');
  const account = row?.account ?? '';
  const at = account.lastIndexOf('@');
  return `${quoteString(account.slice(0, at))}@${quoteString(account.slice(at + 1))}`;
}
