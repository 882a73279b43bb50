import { quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { readServerVersion } from '../mysql/server-facts.js';
import { isRangeType, type KeyColumn, type RangeKey } from './range-key.js';
import type { DigestColumn } from './row-digest.js';
import type { ServerPair } from './server-pair.js';
import { primaryKeyOf, type TableColumn, tableColumns } from './table-columns.js';
import type { SideTable, TablePair } from './table-pair.js';

interface IndexRow {
  readonly table_name: string;
  readonly index_name: string;
  readonly column_name: string | null;
  readonly prefix: string | number | null;
  readonly direction: string | null;
  readonly visible: 'YES' | 'NO';
}

/** One server's tables of a schema, as far as comparing rows needs them. */
interface SideSchema {
  readonly columns: ReadonlyMap<string, readonly TableColumn[]>;
  readonly indexes: ReadonlyMap<string, readonly (readonly IndexRow[])[]>;
  /** Guessed row counts of the tables that hold rows. */
  readonly rows: ReadonlyMap<string, number>;
}

/** The tables of a schema that both servers have with at least one common column, in name order. */
export async function pairTables(pair: ServerPair, schema: string): Promise<TablePair[]> {
  const [source, replica] = await Promise.all([
    readSideSchema(pair.source, schema),
    readSideSchema(pair.replica, schema),
  ]);
  return [...source.rows.keys()]
    .filter((table) => replica.rows.has(table))
    .map((table) => pairTable(schema, table, source, replica))
    .filter((table) => table.source.columns.length > 0);
}

async function readSideSchema(connection: ServerConnection, schema: string): Promise<SideSchema> {
  const tables = await connection.query<{ name: string; row_count: string | number | null }>(
    'SELECT TABLE_NAME AS name, TABLE_ROWS AS row_count FROM information_schema.TABLES ' +
      `WHERE TABLE_SCHEMA = ${quoteString(schema)} AND TABLE_TYPE <> 'VIEW' ORDER BY name`,
  );
  return {
    columns: await tableColumns(connection, schema),
    indexes: await uniqueIndexes(connection, schema),
    rows: new Map(tables.map(({ name, row_count }) => [name, Number(row_count ?? 0)])),
  };
}

async function uniqueIndexes(
  connection: ServerConnection,
  schema: string,
): Promise<ReadonlyMap<string, readonly (readonly IndexRow[])[]>> {
  const { flavour, major } = await readServerVersion(connection);
  const visible = flavour === 'mysql' && major >= 8 ? 'IS_VISIBLE' : "'YES'";
  const rows = await connection.query<IndexRow>(
    'SELECT TABLE_NAME AS table_name, INDEX_NAME AS index_name, COLUMN_NAME AS column_name, ' +
      `SUB_PART AS prefix, COLLATION AS direction, ${visible} AS visible FROM information_schema.STATISTICS ` +
      `WHERE TABLE_SCHEMA = ${quoteString(schema)} AND NON_UNIQUE = 0 AND INDEX_TYPE = 'BTREE' ` +
      'ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX',
  );
  const tables = new Map<string, Map<string, IndexRow[]>>();
  for (const row of rows) {
    const indexes = tables.get(row.table_name) ?? new Map<string, IndexRow[]>();
    tables.set(row.table_name, indexes);
    const parts = indexes.get(row.index_name);
    if (parts === undefined) indexes.set(row.index_name, [row]);
    else parts.push(row);
  }
  return new Map([...tables].map(([name, indexes]) => [name, [...indexes.values()]]));
}

function pairTable(schema: string, table: string, source: SideSchema, replica: SideSchema): TablePair {
  const columns = sharedColumns(source.columns.get(table) ?? [], replica.columns.get(table) ?? []);
  const keys = sharedKey(
    rangeKeys(source.indexes.get(table) ?? [], columns.source),
    rangeKeys(replica.indexes.get(table) ?? [], columns.replica),
  );
  const primary = sharedPrimaryKey(columns);
  const side = (which: 'source' | 'replica'): SideTable => ({
    schema,
    table,
    columns: columns[which],
    key: keys?.[which] ?? null,
    keyColumns: keys?.[which].columns ?? primary?.[which] ?? [],
  });
  const rowsEstimate = Math.max(source.rows.get(table) ?? 0, replica.rows.get(table) ?? 0);
  return { schema, table, source: side('source'), replica: side('replica'), rowsEstimate };
}

interface BothColumns {
  readonly source: readonly TableColumn[];
  readonly replica: readonly TableColumn[];
}

/**
 * Columns that both tables have by name, in the source's order, so that another order is no other content. Values that neither
 * side stores follow from the others.
 */
function sharedColumns(source: readonly TableColumn[], replica: readonly TableColumn[]): BothColumns {
  const others = new Map(replica.map((column) => [column.name.toLowerCase(), column]));
  const both = source.flatMap((column) => {
    const other = others.get(column.name.toLowerCase());
    return other === undefined || (column.virtual && other.virtual) ? [] : [[column, other] as const];
  });
  return { source: both.map(([column]) => column), replica: both.map(([, other]) => other) };
}

function sharedPrimaryKey(
  columns: BothColumns,
): Record<'source' | 'replica', readonly DigestColumn[]> | null {
  const [source, replica] = [primaryKeyOf(columns.source), primaryKeyOf(columns.replica)];
  const names = (key: readonly TableColumn[]): string =>
    JSON.stringify(key.map(({ name }) => name.toLowerCase()));
  return source.length > 0 && names(source) === names(replica) ? { source, replica } : null;
}

/** Unique keys along which the table can be cut: the primary key first, then those with fewer columns. */
function rangeKeys(
  indexes: readonly (readonly IndexRow[])[],
  columns: readonly TableColumn[],
): RangeKeyCandidate[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return indexes
    .flatMap((parts) => {
      const key = parts.map((part) => rangeKeyColumn(part, byName));
      return key.every((column) => column !== null)
        ? [{ indexName: parts[0]!.index_name, columns: key }]
        : [];
    })
    .sort((a, b) => rank(a) - rank(b));
}

interface RangeKeyCandidate extends RangeKey {
  readonly columns: readonly (KeyColumn & { readonly collation: string | null })[];
}

function rank({ indexName, columns }: RangeKey): number {
  return indexName === 'PRIMARY' ? 0 : columns.length;
}

/** Null for a part of a key that rules the key out: an expression, a prefix, descending, nullable, not stored. */
function rangeKeyColumn(
  part: IndexRow,
  columns: ReadonlyMap<string, TableColumn>,
): RangeKeyCandidate['columns'][number] | null {
  const column = columns.get(part.column_name ?? '');
  const ascendingWhole = part.prefix === null && part.direction === 'A' && part.visible === 'YES';
  if (column === undefined || !ascendingWhole || column.nullable || column.virtual) return null;
  const dataType = column.dataType.toLowerCase();
  if (!isRangeType(dataType)) return null;
  const { name, characterSet, collation } = column;
  return { name, dataType, characterSet, collation, nullable: false };
}

/** The first key of the source that the replica has, too, with the same types and collations. */
function sharedKey(
  source: readonly RangeKeyCandidate[],
  replica: readonly RangeKeyCandidate[],
): Record<'source' | 'replica', RangeKey> | null {
  const text = (key: RangeKeyCandidate): string =>
    JSON.stringify(
      key.columns.map(({ name, dataType, characterSet, collation }) => [
        name.toLowerCase(),
        dataType,
        characterSet,
        collation,
      ]),
    );
  for (const key of source) {
    const other = replica.find((candidate) => text(candidate) === text(key));
    if (other !== undefined) return { source: key, replica: other };
  }
  return null;
}
