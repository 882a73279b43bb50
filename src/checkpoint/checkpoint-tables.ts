import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';

const duplicateColumn = 1060;

const createTables = [
  'CREATE DATABASE IF NOT EXISTS `tailrace` DEFAULT CHARACTER SET utf8mb4',
  `CREATE TABLE IF NOT EXISTS \`tailrace\`.\`link\` (
    name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    version INT UNSIGNED NOT NULL,
    source_uuid VARCHAR(36) NOT NULL,
    owner CHAR(36) NOT NULL,
    intent_start_file VARCHAR(512) NULL,
    intent_start_offset BIGINT UNSIGNED NULL,
    intent_end_file VARCHAR(512) NULL,
    intent_end_offset BIGINT UNSIGNED NULL,
    intent_digest VARCHAR(64) NULL
  ) ENGINE=InnoDB COMMENT='tailrace: one row a link'`,
  `CREATE TABLE IF NOT EXISTS \`tailrace\`.\`checkpoint\` (
    link VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    lane INT UNSIGNED NOT NULL,
    owner CHAR(36) NOT NULL,
    epoch BIGINT UNSIGNED NOT NULL,
    lanes INT UNSIGNED NOT NULL,
    start_file VARCHAR(512) NOT NULL,
    start_offset BIGINT UNSIGNED NOT NULL,
    end_file VARCHAR(512) NOT NULL,
    end_offset BIGINT UNSIGNED NOT NULL,
    gtids LONGTEXT NOT NULL,
    gtids_before LONGTEXT NOT NULL,
    strict_tables LONGTEXT NOT NULL,
    PRIMARY KEY (link, lane)
  ) ENGINE=InnoDB COMMENT='tailrace: what each lane has applied'`,
];

/**
 * Columns that came later. All may be NULL and none is needed to read the others: a version that does not know them goes on with
 * the table as it is, and leaves in them what is still true.
 */
const addedColumns = [
  { table: 'link', name: 'from_file', type: 'VARCHAR(512) NULL' },
  { table: 'link', name: 'from_offset', type: 'BIGINT UNSIGNED NULL' },
  { table: 'link', name: 'native_file', type: 'VARCHAR(512) NULL' },
  { table: 'link', name: 'native_offset', type: 'BIGINT UNSIGNED NULL' },
  { table: 'checkpoint', name: 'known_gtid', type: 'VARCHAR(128) CHARACTER SET ascii NULL' },
  { table: 'checkpoint', name: 'written_at', type: 'BIGINT UNSIGNED NULL' },
];

/** Creates the tables, and the columns that those of an older version lack. The session must have `sql_log_bin=0`. */
export async function prepareTables(connection: ServerConnection, exist: boolean): Promise<void> {
  if (!exist) for (const statement of createTables) await connection.execute(statement);
  const rows = await connection.query<{ name: string }>(
    "SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME) AS name FROM information_schema.COLUMNS " +
      "WHERE TABLE_SCHEMA = 'tailrace' AND TABLE_NAME IN ('link', 'checkpoint')",
  );
  const known = new Set(rows.map(({ name }) => name));
  for (const { table, name, type } of addedColumns) {
    if (known.has(`${table}.${name}`)) continue;
    try {
      await connection.execute(`ALTER TABLE \`tailrace\`.\`${table}\` ADD COLUMN ${name} ${type}`);
    } catch (error) {
      // Another link of the same replica was faster.
      if (!(error instanceof ServerError) || error.errno !== duplicateColumn) throw error;
    }
  }
}
