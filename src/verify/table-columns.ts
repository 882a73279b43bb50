import { quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { readServerVersion } from '../mysql/server-facts.js';
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
  /** What is inserted where nothing is said, as MySQL 8.0 words it; null: NULL or nothing. */
  readonly default: string | null;
  /** AUTO_INCREMENT, ON UPDATE, and whether the value is generated; empty: nothing of these. */
  readonly extra: string;
  readonly comment: string;
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
  readonly defaultText: string | null;
  readonly comment: string;
  readonly extra: string;
  readonly keyPlace: string | null;
}

/** The columns of every table and view of a schema, in table order, invisible and generated ones too. */
export async function tableColumns(
  connection: ServerConnection,
  schema: string,
): Promise<ReadonlyMap<string, readonly TableColumn[]>> {
  const { flavour } = await readServerVersion(connection);
  const rows = await connection.query<ColumnRow>(
    `SELECT c.TABLE_NAME AS table_name, c.COLUMN_NAME AS name, c.DATA_TYPE AS dataType, c.COLUMN_TYPE AS type, ` +
      `c.IS_NULLABLE AS nullable, c.CHARACTER_SET_NAME AS characterSet, ` +
      `c.COLLATION_NAME AS collation, c.EXTRA AS extra, c.COLUMN_DEFAULT AS defaultText, c.COLUMN_COMMENT AS comment, s.SEQ_IN_INDEX AS keyPlace ` +
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
      default: defaultOf(row, flavour === 'mariadb'),
      extra: extraOf(row.extra),
      comment: row.comment,
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

/**
 * MariaDB quotes what is a literal, and writes functions in lower case with parentheses (Knowledge Base, "Information Schema COLUMNS
 * Table"); MySQL writes a literal as it is, and says in EXTRA that a default is an expression.
 */
function defaultOf({ defaultText, dataType, extra }: ColumnRow, isMariadb: boolean): string | null {
  if (defaultText === null || (isMariadb && defaultText === 'NULL')) return null;
  if (/GENERATED/i.test(extra) && !/DEFAULT_GENERATED/i.test(extra)) return null;
  const now = /^(?:current_timestamp|now)(?:\((\d*)\))?$/i.exec(defaultText);
  if (now !== null) return `CURRENT_TIMESTAMP(${now[1] === '' ? 0 : (now[1] ?? 0)})`;
  if (/binary|blob|bit|geometry/i.test(dataType)) return 'a value';
  if (!isMariadb) return /DEFAULT_GENERATED/i.test(extra) ? 'an expression' : quoteString(defaultText);
  const literal = /^'((?:[^'\\]|''|\\.)*)'$/s.exec(defaultText);
  if (literal !== null) return quoteString(literal[1]!.replaceAll("''", "'"));
  return /^-?[\d.]+(?:e[+-]?\d+)?$/i.test(defaultText) ? quoteString(defaultText) : 'an expression';
}

function extraOf(extra: string): string {
  const update = /on update (?:current_timestamp|now)(?:\((\d*)\))?/i.exec(extra);
  const parts = [
    /auto_increment/i.test(extra) ? 'AUTO_INCREMENT' : '',
    update === null ? '' : `ON UPDATE CURRENT_TIMESTAMP(${update[1] === '' ? 0 : (update[1] ?? 0)})`,
    /(?:STORED|PERSISTENT) GENERATED|^PERSISTENT$/i.test(extra) ? 'STORED' : '',
    /VIRTUAL GENERATED|^VIRTUAL$/i.test(extra) ? 'VIRTUAL' : '',
    /INVISIBLE/i.test(extra) ? 'INVISIBLE' : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}
