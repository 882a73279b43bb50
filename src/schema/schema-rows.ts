import type { TableTraits, UniqueKey } from './table-traits.js';
import { comparabilityObstacle } from './key-comparability.js';
import type { LinkGroup } from './link-groups.js';

/** A row of information_schema.TABLES. */
export interface TableRow {
  readonly schema_name: string;
  readonly table_name: string;
  readonly engine: string | null;
}

/** A row of information_schema.COLUMNS. */
export interface ColumnRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly data_type: string;
  readonly column_type: string;
  readonly collation_name: string | null;
  readonly extra: string;
}

/** A row of information_schema.STATISTICS with NON_UNIQUE = 0. */
export interface UniqueKeyRow {
  readonly table_name: string;
  readonly index_name: string;
  /** Null for a part that is an expression. */
  readonly column_name: string | null;
  /** Null when the part is the whole column. */
  readonly sub_part: string | number | null;
  /** `YES`, or empty. */
  readonly nullable: string;
}

/** Engines whose changes roll back with their transaction. */
const transactionalEngines = new Set(['innodb', 'ndbcluster', 'ndb']);

/** True for an engine that can roll back; null is the engine of a table that cannot be opened. */
export function isTransactionalEngine(engine: string | null): boolean {
  return engine !== null && transactionalEngines.has(engine.toLowerCase());
}

/**
 * Builds the traits of one table.
 *
 * @param columns its columns in ORDINAL_POSITION order. Row images carry exactly these: generated columns (virtual ones,
 *   too), invisible ones and a generated invisible primary key are in the image, the hidden columns behind functional
 *   key parts are neither there nor in information_schema.
 * @param keyParts the parts of its unique keys, in key order within each key.
 */
export function tableTraits(
  table: TableRow,
  columns: readonly ColumnRow[],
  keyParts: readonly UniqueKeyRow[],
  group: LinkGroup | undefined,
): TableTraits {
  const ordinalOf = new Map(columns.map((column, ordinal) => [column.column_name.toLowerCase(), ordinal]));
  const partsOf = new Map<string, UniqueKeyRow[]>();
  for (const part of keyParts) {
    const parts = partsOf.get(part.index_name);
    if (parts === undefined) partsOf.set(part.index_name, [part]);
    else parts.push(part);
  }
  const keys = [...partsOf].map(([name, parts]) => uniqueKey(name, parts, columns, ordinalOf));
  const primary =
    keys.find((key) => key.name === 'PRIMARY') ??
    keys.find((key) => standsForPrimary(partsOf.get(key.name) ?? [], columns));
  const generatedColumns = [...columns.keys()].filter((ordinal) =>
    /\b(VIRTUAL|STORED) GENERATED\b/i.test(columns[ordinal]?.extra ?? ''),
  );
  const autoIncrement = columns.findIndex((column) => /\bauto_increment\b/i.test(column.extra));
  return {
    schema: table.schema_name,
    table: table.table_name,
    columnNames: columns.map((column) => column.column_name),
    primaryKey: primary?.columns ?? null,
    primaryKeyComparable: primary?.comparable ?? false,
    ...(primary?.obstacle === undefined ? {} : { primaryKeyObstacle: primary.obstacle }),
    uniqueKeys: keys.filter((key) => key !== primary),
    autoIncrementColumn: autoIncrement === -1 ? null : autoIncrement,
    autoIncrementUnsigned: /\bunsigned\b/i.test(columns[autoIncrement]?.column_type ?? ''),
    linkGroup: group?.name ?? `${table.schema_name}.${table.table_name}`,
    linked: group?.linked ?? false,
    referentialActions: group?.referentialActions ?? false,
    ...(generatedColumns.length > 0 ? { generatedColumns } : {}),
    ...(isGeneratedKey(columns[0], primary) ? { generatedKey: true } : {}),
    transactional: isTransactionalEngine(table.engine),
  };
}

/**
 * Whether the server takes this unique key for the primary one where there is none: no part is NULL, a prefix or computed. InnoDB
 * then keeps the rows in its order, and the row applier finds them by it.
 */
function standsForPrimary(parts: readonly UniqueKeyRow[], columns: readonly ColumnRow[]): boolean {
  return parts.every(({ column_name, sub_part, nullable }) => {
    const column = columns.find((each) => each.column_name.toLowerCase() === column_name?.toLowerCase());
    if (column === undefined || sub_part !== null || nullable === 'YES') return false;
    return !/\bVIRTUAL GENERATED\b/i.test(column.extra);
  });
}

/** Whether the server made the key by itself: it then has this name and place, and no user can give it to a column of theirs. */
function isGeneratedKey(first: ColumnRow | undefined, primary: UniqueKey | undefined): boolean {
  if (first === undefined || primary?.columns.length !== 1 || primary.columns[0] !== 0) return false;
  return (
    first.column_name.toLowerCase() === 'my_row_id' &&
    /\bauto_increment\b/i.test(first.extra) &&
    /\binvisible\b/i.test(first.extra)
  );
}

function uniqueKey(
  name: string,
  parts: readonly UniqueKeyRow[],
  columns: readonly ColumnRow[],
  ordinalOf: ReadonlyMap<string, number>,
): UniqueKey {
  const ordinals: number[] = [];
  let functional = false;
  let obstacle: string | null = null;
  for (const part of parts) {
    const ordinal = part.column_name === null ? undefined : ordinalOf.get(part.column_name.toLowerCase());
    const column = ordinal === undefined ? undefined : columns[ordinal];
    if (ordinal === undefined || column === undefined) {
      functional = true;
      obstacle ??= 'a part of it is an expression';
      continue;
    }
    ordinals.push(ordinal);
    const type = { dataType: column.data_type.toLowerCase(), collation: column.collation_name };
    const why = comparabilityObstacle(type);
    if (part.sub_part !== null) {
      obstacle ??= `only the first ${part.sub_part} characters of ${column.column_name} are in it`;
    } else if (why !== null) obstacle ??= `${column.column_name}: ${why}`;
  }
  const comparable = obstacle === null;
  return { name, columns: ordinals, comparable, functional, ...(obstacle === null ? {} : { obstacle }) };
}
