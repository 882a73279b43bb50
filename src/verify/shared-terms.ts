import { quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { type TableColumn, tableColumns } from './table-columns.js';

/**
 * The definition of every table of a schema in terms that servers of all versions share: columns with their types, defaults and comments,
 * every index, foreign keys, partitions, and the table's engine and comment. SHOW CREATE TABLE writes one table in as many ways as there are
 * versions. What has no common form is only said to be there: the text of an expression, the bytes of a binary default.
 */
export async function sharedTerms(
  connection: ServerConnection,
  schema: string,
): Promise<ReadonlyMap<string, string>> {
  const lines = new Map<string, string[]>();
  for (const [table, columns] of await tableColumns(connection, schema)) {
    lines.set(table, describeColumns(columns));
  }
  for (const statement of [indexes(schema), foreignKeys(schema), partitions(schema), options(schema)]) {
    const rows = await connection.query<{ table_name: string; line: string }>(statement);
    for (const { table_name, line } of rows) lines.get(table_name)?.push(inNewerWords(line));
  }
  return new Map([...lines].map(([table, parts]) => [table, parts.join('\n')]));
}

function describeColumns(columns: readonly TableColumn[]): string[] {
  return columns.map((column) => {
    const parts = [column.name, column.type, column.nullable ? 'NULL' : 'NOT NULL'];
    if (column.collation !== null) parts.push(`COLLATE ${column.collation}`);
    if (column.default !== null) parts.push(`DEFAULT ${column.default}`);
    if (column.extra !== '') parts.push(column.extra);
    if (column.comment !== '') parts.push(`COMMENT ${quoteString(column.comment)}`);
    return parts.join(' ');
  });
}

/** Each index on one line, in an order of their own: that of a server is by the time at which they were added. */
function indexes(schema: string): string {
  return (
    "SELECT TABLE_NAME AS table_name, CONCAT(IF(MAX(NON_UNIQUE) = 0, 'UNIQUE ', ''), IF(MAX(INDEX_TYPE) IN ('BTREE', 'HASH'), 'KEY', " +
    "MAX(INDEX_TYPE)), ' ', INDEX_NAME, ' (', GROUP_CONCAT(CONCAT(IFNULL(COLUMN_NAME, 'expression'), IFNULL(CONCAT('(', SUB_PART, ')'), '')) " +
    "ORDER BY SEQ_IN_INDEX SEPARATOR ', '), ')') AS line FROM information_schema.STATISTICS " +
    `WHERE TABLE_SCHEMA = ${quoteString(schema)} GROUP BY TABLE_NAME, INDEX_NAME ORDER BY TABLE_NAME, INDEX_NAME`
  );
}

/** RESTRICT and NO ACTION mean the same, and each family writes the other one where nothing is said. */
function foreignKeys(schema: string): string {
  return (
    "SELECT k.TABLE_NAME AS table_name, CONCAT('FOREIGN KEY ', k.CONSTRAINT_NAME, ' (', GROUP_CONCAT(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION " +
    "SEPARATOR ', '), ') REFERENCES ', MAX(k.REFERENCED_TABLE_SCHEMA), '.', MAX(k.REFERENCED_TABLE_NAME), ' (', GROUP_CONCAT(k.REFERENCED_COLUMN_NAME " +
    "ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ') ON UPDATE ', REPLACE(MAX(r.UPDATE_RULE), 'NO ACTION', 'RESTRICT'), ' ON DELETE ', " +
    "REPLACE(MAX(r.DELETE_RULE), 'NO ACTION', 'RESTRICT')) AS line FROM information_schema.KEY_COLUMN_USAGE k " +
    'JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME ' +
    `AND r.TABLE_NAME = k.TABLE_NAME WHERE k.TABLE_SCHEMA = ${quoteString(schema)} AND k.CONSTRAINT_SCHEMA = ${quoteString(schema)} ` +
    'AND k.REFERENCED_TABLE_NAME IS NOT NULL GROUP BY k.TABLE_NAME, k.CONSTRAINT_NAME ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME'
  );
}

function partitions(schema: string): string {
  return (
    "SELECT TABLE_NAME AS table_name, CONCAT('PARTITION ', PARTITION_NAME, IFNULL(CONCAT(' SUBPARTITION ', SUBPARTITION_NAME), ''), ' BY ', " +
    "PARTITION_METHOD, ' ', IFNULL(PARTITION_DESCRIPTION, '')) AS line FROM information_schema.PARTITIONS " +
    `WHERE TABLE_SCHEMA = ${quoteString(schema)} AND PARTITION_NAME IS NOT NULL ` +
    'ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION'
  );
}

function options(schema: string): string {
  return (
    "SELECT TABLE_NAME AS table_name, CONCAT('ENGINE ', ENGINE, ' COLLATE ', TABLE_COLLATION, ' COMMENT ', QUOTE(TABLE_COMMENT)) AS line " +
    `FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteString(schema)} AND TABLE_TYPE <> 'VIEW' AND ENGINE IS NOT NULL ORDER BY 1`
  );
}

function inNewerWords(line: string): string {
  return line.replace(/ COLLATE utf8_/, ' COLLATE utf8mb3_');
}
