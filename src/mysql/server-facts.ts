import { addressLabel } from './connection-failure.js';
import { quoteIdentifier } from './identifier.js';
import { Privileges } from './privileges.js';
import type { ServerConnection } from './server-connection.js';
import { ServerError } from './server-error.js';
import { isMysqlAtLeast, parseServerVersion, type ServerVersion } from './server-version.js';

export async function readServerVersion(connection: ServerConnection): Promise<ServerVersion> {
  const rows = await connection.query<{ version: string }>('SELECT VERSION() AS version');
  return parseServerVersion(rows[0]?.version ?? '');
}

/** A server that reads this one's binary log, as SHOW REPLICAS names it. */
export interface AttachedReplica {
  readonly serverId: number;
  /** Its report_host, often empty. */
  readonly host: string;
  readonly port: number;
  readonly uuid: string;
}

/** What the preflight checks of a server are made from; read once, nothing is changed. */
export interface ServerFacts {
  readonly role: 'source' | 'replica';
  readonly connection: ServerConnection;
  /** `source 10.0.0.1:3306`. */
  readonly label: string;
  readonly version: ServerVersion;
  /** The account as GRANT names it. */
  readonly account: string;
  readonly privileges: Privileges;
  /** Null when the account may not ask. */
  readonly attachedReplicas: readonly AttachedReplica[] | null;
  /** A global variable's value; empty when the server does not know it. */
  variable(name: string): string;
}

/** ER_DBACCESS_DENIED, ER_ACCESS_DENIED, ER_TABLEACCESS_DENIED, ER_SPECIFIC_ACCESS_DENIED. */
const forbiddenErrnos = new Set([1044, 1045, 1142, 1227]);

/** The answer, or null when the account may not ask. */
export async function ifPermitted<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ServerError && forbiddenErrnos.has(error.errno)) return null;
    throw error;
  }
}

export async function readServerFacts(
  role: ServerFacts['role'],
  connection: ServerConnection,
): Promise<ServerFacts> {
  const rows = await connection.query<{ Variable_name: string; Value: string }>('SHOW GLOBAL VARIABLES');
  const variables = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  const version = parseServerVersion(variables.get('version') ?? '');
  const grants = await connection.query<Record<string, string>>('SHOW GRANTS');
  return {
    role,
    connection,
    label: `${role} ${addressLabel(connection.address)}`,
    version,
    account: await readAccount(connection),
    privileges: Privileges.parse(grants.flatMap((row) => Object.values(row))),
    attachedReplicas: await ifPermitted(readAttachedReplicas(connection, version)),
    variable: (name) => variables.get(name) ?? '',
  };
}

/** The account of a session, as GRANT names it. */
export async function readAccount(connection: ServerConnection): Promise<string> {
  const rows = await connection.query<{ account: string }>('SELECT CURRENT_USER() AS account');
  const account = rows[0]?.account ?? '';
  const at = account.lastIndexOf('@');
  return `${quoteIdentifier(account.slice(0, at))}@${quoteIdentifier(account.slice(at + 1))}`;
}

async function readAttachedReplicas(
  connection: ServerConnection,
  version: ServerVersion,
): Promise<AttachedReplica[]> {
  const modern = isMysqlAtLeast(version, 8, 0, 22);
  const rows = await connection.query<Record<string, string | number | null>>(
    modern ? 'SHOW REPLICAS' : 'SHOW SLAVE HOSTS',
  );
  return rows.map((row) => ({
    serverId: Number(row['Server_Id'] ?? row['Server_id']),
    host: String(row['Host'] ?? ''),
    port: Number(row['Port']),
    uuid: String(row['Replica_UUID'] ?? row['Slave_UUID'] ?? ''),
  }));
}

/** The statement that sets a global variable so that it outlives a restart, where the server can do that. */
export function setGlobal(facts: ServerFacts, name: string, value: string): string {
  return `SET ${isMysqlAtLeast(facts.version, 8, 0) ? 'PERSIST' : 'GLOBAL'} ${name} = ${value};`;
}
