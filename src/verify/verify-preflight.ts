import { TailraceError } from '../errors/tailrace-error.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { Privileges } from '../mysql/privileges.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { ServerPair } from './server-pair.js';
import { type VerifyFilter, wantsWholeSchema } from './verify-filter.js';

/** The two servers of a comparison, by their server_uuid, or by their address where they have none. */
export interface ServerIdentities {
  readonly source: string;
  readonly replica: string;
  /** Kinds of objects that an account may not see, for a person. */
  readonly notes: readonly string[];
}

/** Objects that a server does not show without a privilege of their own. */
const shownWith = [
  ['TRIGGER', 'Triggers'],
  ['EVENT', 'Events'],
  ['SHOW VIEW', 'Definitions of views'],
] as const;

/**
 * Makes sure that a comparison would see all that it is to compare. Errors: TR_SERVER_SAME; TR_PRIVILEGE_MISSING, for a server
 * shows only tables that the account may read, and what is not shown would pass for equal.
 */
export async function checkBeforeVerify(pair: ServerPair, filter: VerifyFilter): Promise<ServerIdentities> {
  const [source, replica] = [await identity(pair.source), await identity(pair.replica)];
  if (source === replica) {
    throw new TailraceError('TR_SERVER_SAME', {
      what: `Source and replica are the same server: both are ${source}.`,
    });
  }
  await checkPacketSize('source', pair.source);
  await checkPacketSize('replica', pair.replica);
  const notes = [
    ...(await checkPrivileges('source', pair.source, filter)),
    ...(await checkPrivileges('replica', pair.replica, filter)),
  ];
  return { source, replica, notes };
}

/** All columns of a row together, as hexadecimal text and hashes, take half of this at most; beyond the limit the server makes NULL of them. */
const packetBytesMin = 1024 * 1024;

async function checkPacketSize(role: string, connection: ServerConnection): Promise<void> {
  const [row] = await connection.query<{ bytes: string | number }>('SELECT @@max_allowed_packet AS bytes');
  const bytes = Number(row?.bytes);
  if (bytes >= packetBytesMin) return;
  throw new TailraceError('TR_VERIFY_REFUSED', {
    what: `max_allowed_packet of the ${role} ${addressLabel(connection.address)} is ${bytes} bytes.`,
    why: 'Rows are compared as text, and the server turns a longer text into NULL, so rows that differ would look equal.',
    cure: `Run SET GLOBAL max_allowed_packet = ${packetBytesMin}; (or more) on that server, then verify again.`,
  });
}

async function identity(connection: ServerConnection): Promise<string> {
  const [row] = await connection.query<{ Value: string }>("SHOW GLOBAL VARIABLES LIKE 'server_uuid'");
  return row?.Value ?? addressLabel(connection.address);
}

async function checkPrivileges(
  role: string,
  connection: ServerConnection,
  filter: VerifyFilter,
): Promise<string[]> {
  const lines = (await connection.query<Record<string, string>>('SHOW GRANTS')).flatMap((row) =>
    Object.values(row),
  );
  const privileges = Privileges.parse(lines);
  const label = `${role} ${addressLabel(connection.address)}`;
  if (!covers(privileges, 'SELECT', filter)) {
    throw new TailraceError('TR_PRIVILEGE_MISSING', {
      what: `User ${connection.address.user} on ${label} lacks SELECT on data to compare.`,
      why: 'A server shows only what an account may read, and data that it does not show would look equal.',
      cure: 'Run GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, REPLICATION CLIENT ON *.* TO the account; or compare less with --schemas or --tables.',
    });
  }
  if (filter.schemas === null && filter.tables !== null) return [];
  return shownWith
    .filter(([privilege]) => !covers(privileges, privilege, filter))
    .map(
      ([privilege, what]) =>
        `${what} were not all compared: on ${label}, GRANT ${privilege} ON *.* TO '${connection.address.user}'@'…'.`,
    );
}

function covers(privileges: Privileges, privilege: string, filter: VerifyFilter): boolean {
  if (privileges.hasGlobal(privilege)) return true;
  if (filter.schemas === null && filter.tables === null) return false;
  return (
    (filter.schemas ?? []).every((schema) => privileges.hasOnSchema(schema, privilege)) &&
    (filter.tables ?? []).every(
      ({ schema, table }) =>
        wantsWholeSchema(filter, schema) || privileges.hasOnTable(schema, table, privilege),
    )
  );
}
