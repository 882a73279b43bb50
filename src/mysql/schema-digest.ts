import { createHash } from 'node:crypto';
import type { ServerConnection } from './server-connection.js';
import { ServerError } from './server-error.js';

/** Views of information_schema that together show what a statement other than a change of rows can change. */
const views = [
  'SCHEMATA',
  'TABLES',
  'COLUMNS',
  'STATISTICS',
  'TABLE_CONSTRAINTS',
  'REFERENTIAL_CONSTRAINTS',
  'KEY_COLUMN_USAGE',
  'CHECK_CONSTRAINTS',
  'PARTITIONS',
  'VIEWS',
  'ROUTINES',
  'PARAMETERS',
  'TRIGGERS',
  'EVENTS',
  'USER_PRIVILEGES',
  'SCHEMA_PRIVILEGES',
  'TABLE_PRIVILEGES',
  'COLUMN_PRIVILEGES',
  'INNODB_TABLES',
  'INNODB_TABLESPACES',
] as const;

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
  for (const view of views) {
    try {
      const rows = await connection.query(`SELECT * FROM information_schema.${view}`);
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
