import { quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { DigestColumn } from './row-digest.js';

/** A column of a table, in terms that servers of all versions share. */
export interface TableColumn extends DigestColumn {
  /** COLUMN_TYPE without the display width of integers, which newer servers no longer have, and by its newer name. */
  readonly type: string;
  readonly nullable: boolean;
  /** Null for a column that holds no text. */
  readonly characterSet: string | null;
  /** COLLATION_NAME, with the newer name of utf8; null for a column that holds no text. */
  readonly collation: string | null;
  /** True for a generated column whose values are not stored. */
  readonly virtual: boolean;
  /** 1-based place in the primary key; null: not part of it. */
  readonly keyPlace: number | null;
}

interface ColumnRow {
  readonly table_name: string;
  readonly name: string;
  readonly dataType: string;
  readonly type: string;
  readonly nullable: 'YES' | 'NO';
  readonly characterSet: string | null;
  readonly collation: string | null;
  readonly extra: string;
  readonly keyPlace: string | null;
}

/** The columns of every table and view of a schema, in table order, invisible and generated ones too. */
export async function tableColumns(
  connection: ServerConnection,
  schema: string,
): Promise<ReadonlyMap<string, readonly TableColumn[]>> {
  const rows = await connection.query<ColumnRow>(
    `SELECT c.TABLE_NAME AS table_name, c.COLUMN_NAME AS name, c.DATA_TYPE AS dataType, c.COLUMN_TYPE AS type, ` +
      `c.IS_NULLABLE AS nullable, c.CHARACTER_SET_NAME AS characterSet, ` +
      `c.COLLATION_NAME AS collation, c.EXTRA AS extra, s.SEQ_IN_INDEX AS keyPlace ` +
      `FROM information_schema.COLUMNS c LEFT JOIN information_schema.STATISTICS s ` +
      `ON s.TABLE_SCHEMA = ${quoteString(schema)} AND s.TABLE_NAME = c.TABLE_NAME AND s.COLUMN_NAME = c.COLUMN_NAME ` +
      `AND s.INDEX_NAME = 'PRIMARY' WHERE c.TABLE_SCHEMA = ${quoteString(schema)} ` +
      `ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`,
  );
  const tables = new Map<string, TableColumn[]>();
  for (const row of rows) {
    const column: TableColumn = {
      name: row.name,
      dataType: row.dataType,
      type: String(row.type)
        .replace(/^((?:tiny|small|medium|big)?int|year)\(\d+\)/, '$1')
        .replace(/^geometrycollection$/, 'geomcollection'),
      nullable: row.nullable === 'YES',
      characterSet: row.characterSet === 'utf8' ? 'utf8mb3' : row.characterSet,
      collation: row.collation === null ? null : row.collation.replace(/^utf8_/, 'utf8mb3_'),
      virtual: /VIRTUAL GENERATED/i.test(row.extra),
      keyPlace: row.keyPlace === null ? null : Number(row.keyPlace),
    };
    const columns = tables.get(row.table_name);
    if (columns === undefined) tables.set(row.table_name, [column]);
    else columns.push(column);
  }
  return tables;
}

/** The primary key's columns in key order; none for a table without one. */
export function primaryKeyOf(columns: readonly TableColumn[]): readonly TableColumn[] {
  const inKey = columns.filter((column) => column.keyPlace !== null);
  return inKey.sort((a, b) => (a.keyPlace ?? 0) - (b.keyPlace ?? 0));
}

/** One line a column, the same on every server version for tables that hold the same values. */
export function describeColumns(columns: readonly TableColumn[]): string {
  const lines = columns.map((column) => {
    const parts = [column.name, column.type, column.nullable ? 'NULL' : 'NOT NULL'];
    if (column.characterSet !== null) parts.push(column.characterSet);
    if (column.keyPlace !== null) parts.push(`primary key part ${column.keyPlace}`);
    return parts.join(' ');
  });
  return lines.join('\n');
}
