import type { ColumnRow, TableRow, UniqueKeyRow } from './schema-rows.js';
import type { ServerConnection } from '../mysql/server-connection.js';

/** What information_schema says of one table. */
export interface TableRows {
  readonly table: TableRow;
  /** In their order. */
  readonly columns: readonly ColumnRow[];
  /** Of unique keys, in key order within each key. */
  readonly keyParts: readonly UniqueKeyRow[];
}

interface OfTable {
  readonly schema_name: string;
  readonly table_name: string;
}

/** Reads the base tables for which `where` holds, a condition on TABLE_SCHEMA and TABLE_NAME. Three statements, whatever their number. */
export async function readTableRows(
  connection: ServerConnection,
  where: string,
  values: readonly string[],
): Promise<readonly TableRows[]> {
  // All at once: the answers come one after the other, and nobody waits in between.
  const [tables, columns, keyParts] = await Promise.all([
    connection.query<TableRow>(
      `SELECT TABLE_SCHEMA AS schema_name, TABLE_NAME AS table_name, ENGINE AS engine
       FROM information_schema.TABLES WHERE ${where} AND TABLE_TYPE = 'BASE TABLE'`,
      values,
    ),
    connection.query<ColumnRow & OfTable>(
      `SELECT TABLE_SCHEMA AS schema_name, TABLE_NAME AS table_name, COLUMN_NAME AS column_name, DATA_TYPE AS data_type,
              COLUMN_TYPE AS column_type, COLLATION_NAME AS collation_name, EXTRA AS extra
       FROM information_schema.COLUMNS WHERE ${where} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`,
      values,
    ),
    connection.query<UniqueKeyRow & OfTable>(
      `SELECT TABLE_SCHEMA AS schema_name, TABLE_NAME AS table_name, INDEX_NAME AS index_name,
              COLUMN_NAME AS column_name, SUB_PART AS sub_part, NULLABLE AS nullable
       FROM information_schema.STATISTICS WHERE ${where} AND NON_UNIQUE = 0
       ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
      values,
    ),
  ]);
  const columnsOf = byTable(columns);
  const keyPartsOf = byTable(keyParts);
  return tables.map((table) => ({
    table,
    columns: columnsOf.get(keyOf(table)) ?? [],
    keyParts: keyPartsOf.get(keyOf(table)) ?? [],
  }));
}

function byTable<T extends OfTable>(rows: readonly T[]): ReadonlyMap<string, T[]> {
  const map = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const list = map.get(key);
    if (list === undefined) map.set(key, [row]);
    else list.push(row);
  }
  return map;
}

function keyOf({ schema_name, table_name }: OfTable): string {
  return `${schema_name}\0${table_name}`;
}
