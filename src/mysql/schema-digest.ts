import { createHash } from 'node:crypto';
import type { ServerConnection } from './server-connection.js';
import { ServerError } from './server-error.js';

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

/** Columns that change without a statement: statistics, sizes and times. */
const volatile =
  /^(TABLE_ROWS|AVG_ROW_LENGTH|DATA_LENGTH|MAX_DATA_LENGTH|INDEX_LENGTH|DATA_FREE|CARDINALITY|UPDATE_TIME|CHECK_TIME|CHECKSUM|AUTO_INCREMENT|FILE_SIZE|ALLOCATED_SIZE|AUTOEXTEND_SIZE|STATE|LAST_EXECUTED)$/;
const unknownTable = 1109;
const accessDenied = 1227;

/**
 * A digest of everything that DDL and account statements can change on a server, but for tailrace's own tables: it differs
 * before and after a statement that had an effect. Views that this server or user does not have are left out.
 */
export async function readSchemaDigest(connection: ServerConnection): Promise<string> {
  const hash = createHash('sha256');
  for (const [view, schemaColumn] of Object.entries(views)) {
    const where = schemaColumn === null ? '' : ` WHERE ${schemaColumn} NOT IN (${ownSchemas})`;
    try {
      const rows = await connection.query(`SELECT * FROM information_schema.${view}${where}`);
      const lines = rows.map((row) =>
        JSON.stringify(Object.entries(row).filter(([name]) => !volatile.test(name))),
      );
      hash.update(`${view}\n${lines.sort().join('\n')}\n`);
    } catch (error) {
      if (!(error instanceof ServerError) || ![unknownTable, accessDenied].includes(error.errno)) throw error;
    }
  }
  return hash.digest('hex');
}
