import { createHash } from 'node:crypto';
import { quoteIdentifier } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';

/**
 * Views of information_schema that together show what a statement other than a change of rows can change, and which of their
 * columns names the schema; null: their rows belong to none.
 */
const views = {
  SCHEMATA: 'SCHEMA_NAME',
  TABLES: 'TABLE_SCHEMA',
  COLUMNS: 'TABLE_SCHEMA',
  STATISTICS: 'TABLE_SCHEMA',
  TABLE_CONSTRAINTS: 'CONSTRAINT_SCHEMA',
  REFERENTIAL_CONSTRAINTS: 'CONSTRAINT_SCHEMA',
  KEY_COLUMN_USAGE: 'CONSTRAINT_SCHEMA',
  CHECK_CONSTRAINTS: 'CONSTRAINT_SCHEMA',
  PARTITIONS: 'TABLE_SCHEMA',
  VIEWS: 'TABLE_SCHEMA',
  ROUTINES: 'ROUTINE_SCHEMA',
  PARAMETERS: 'SPECIFIC_SCHEMA',
  TRIGGERS: 'TRIGGER_SCHEMA',
  EVENTS: 'EVENT_SCHEMA',
  USER_PRIVILEGES: null,
  SCHEMA_PRIVILEGES: null,
  TABLE_PRIVILEGES: null,
  COLUMN_PRIVILEGES: null,
  INNODB_TABLES: null,
  INNODB_TABLESPACES: null,
} as const;

/** The server's own schemas hold nothing that replicated statements change, and most of the rows. */
const ownSchemas = "'mysql', 'sys', 'information_schema', 'performance_schema', 'tailrace'";

/** Columns that change without a statement: statistics, sizes and times. Some cost the server more than all the rest. */
const volatile =
  /^(TABLE_ROWS|AVG_ROW_LENGTH|DATA_LENGTH|MAX_DATA_LENGTH|INDEX_LENGTH|DATA_FREE|CARDINALITY|UPDATE_TIME|CHECK_TIME|CHECKSUM|AUTO_INCREMENT|FILE_SIZE|ALLOCATED_SIZE|AUTOEXTEND_SIZE|STATE|LAST_EXECUTED)$/;
const accessDenied = 1227;

/**
 * A digest of everything that DDL and account statements can change on a server, but for tailrace's own tables: it differs
 * before and after a statement that had an effect. Views that this server or user does not have are left out.
 */
export async function readSchemaDigest(connection: ServerConnection): Promise<string> {
  const columns = await readKeptColumns(connection);
  const hash = createHash('sha256');
  for (const [view, schemaColumn] of Object.entries(views)) {
    const names = columns.get(view);
    if (names === undefined) continue;
    const where = schemaColumn === null ? '' : ` WHERE ${schemaColumn} NOT IN (${ownSchemas})`;
    try {
      const rows = await connection.query(`SELECT ${names.join()} FROM information_schema.${view}${where}`);
      const lines = rows.map((row) => JSON.stringify(Object.entries(row)));
      hash.update(`${view}\n${lines.sort().join('\n')}\n`);
    } catch (error) {
      if (!(error instanceof ServerError) || error.errno !== accessDenied) throw error;
    }
  }
  return hash.digest('hex');
}

/** By view: the columns that go into the digest, quoted, in the order of `SELECT *`. */
type KeptColumns = ReadonlyMap<string, readonly string[]>;

/** They stay the same for as long as a session lives, and on MySQL 5.6 cost as much as a fifth of a digest. */
const known = new WeakMap<ServerConnection, KeptColumns>();

/**
 * Which columns there are differs from version to version. A digest that an interrupted run wrote down may come from a tailrace
 * that selected all: their order is part of it.
 */
async function readKeptColumns(connection: ServerConnection): Promise<KeptColumns> {
  const before = known.get(connection);
  if (before !== undefined) return before;
  const rows = await connection.query<{ view_name: string; column_name: string }>(
    'SELECT TABLE_NAME AS view_name, COLUMN_NAME AS column_name FROM information_schema.COLUMNS ' +
      "WHERE TABLE_SCHEMA = 'information_schema' ORDER BY TABLE_NAME, ORDINAL_POSITION",
  );
  const kept = new Map<string, string[]>();
  for (const { view_name, column_name: name } of rows) {
    if (volatile.test(name)) continue;
    // A server may keep names in lower case, and a view that is missed would never show a difference.
    const view = view_name.toUpperCase();
    const names = kept.get(view);
    if (names === undefined) kept.set(view, [quoteIdentifier(name)]);
    else names.push(quoteIdentifier(name));
  }
  known.set(connection, kept);
  return kept;
}
