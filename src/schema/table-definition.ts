import type { ServerFacts } from '../mysql/server-facts.js';
import { isMysqlAtLeast } from '../mysql/server-version.js';

/** A column as information_schema.COLUMNS has it. */
export interface ColumnDefinition {
  readonly column_name: string;
  /** COLUMN_TYPE: `varchar(20)`, `int unsigned`, … */
  readonly column_type: string;
  readonly charset: string | null;
  readonly collation: string | null;
  readonly nullable: 'YES' | 'NO';
  readonly default_value: string | null;
  readonly extra: string;
  /** Empty: it is not a generated one, or the server has none. */
  readonly expression: string | null;
}

/** A unique key, the primary one included. */
export interface KeyDefinition {
  readonly name: string;
  /** Names of columns, `name(10)` for a prefix, `(…)` for an expression; in key order. */
  readonly parts: readonly string[];
}

export interface ForeignKeyDefinition {
  readonly name: string;
  /** Such as `(tid) → shop.t (id)`. */
  readonly refers: string;
  /** Such as `ON UPDATE RESTRICT ON DELETE CASCADE`. */
  readonly rules: string;
}

/** What decides how row changes of a table are applied, on one server. */
export interface TableDefinition {
  readonly name: string;
  readonly isView: boolean;
  readonly engine: string | null;
  readonly columns: readonly ColumnDefinition[];
  readonly keys: readonly KeyDefinition[];
  readonly foreignKeys: readonly ForeignKeyDefinition[];
  /** CHECK constraints that are enforced, by their clause. */
  readonly checks: readonly string[];
  /** Method, expression and bounds; empty: it is not partitioned. */
  readonly partitions: string;
}

/** Mutable while it is read. */
interface Draft extends TableDefinition {
  readonly columns: ColumnDefinition[];
  readonly keys: { readonly name: string; readonly parts: string[] }[];
  readonly foreignKeys: ForeignKeyDefinition[];
  readonly checks: string[];
  partitions: string;
}

interface Named {
  readonly table_schema: string;
  readonly table_name: string;
}

/** Whether the server prints expressions, defaults and CHECK clauses in the words of today's MySQL, so that they compare. */
export function speaksToday({ version }: Pick<ServerFacts, 'version'>): boolean {
  return isMysqlAtLeast(version, 8, 0, 16);
}

/**
 * The tables and views of some schemas, by `schema\0table` after `fold`. Six queries whatever the number of tables; `tablesMax` bounds
 * them.
 */
export async function readDefinitions(
  facts: ServerFacts,
  schemas: readonly string[],
  fold: (name: string) => string,
  tablesMax: number,
): Promise<ReadonlyMap<string, TableDefinition>> {
  const found = new Map<string, Draft>();
  if (schemas.length === 0) return found;
  const reading: Reading = {
    speaks: speaksToday(facts),
    within: `IN (${schemas.map(() => '?').join(', ')})`,
    ask: (statement) => facts.connection.query(statement, [...schemas]),
    draft: ({ table_schema, table_name }) => found.get(fold(`${table_schema}\0${table_name}`)),
  };
  const tables = await reading.ask<{
    engine: string | null;
    table_type: string;
  }>(
    `SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, ENGINE AS engine, TABLE_TYPE AS table_type
     FROM information_schema.TABLES WHERE TABLE_SCHEMA ${reading.within}
     ORDER BY TABLE_SCHEMA, TABLE_NAME LIMIT ${String(tablesMax)}`,
  );
  for (const { table_schema, table_name, engine, table_type } of tables) {
    found.set(fold(`${table_schema}\0${table_name}`), {
      name: table_name,
      isView: table_type !== 'BASE TABLE',
      engine,
      columns: [],
      keys: [],
      foreignKeys: [],
      checks: [],
      partitions: '',
    });
  }
  await readColumns(reading);
  await readKeys(reading);
  await readForeignKeys(reading);
  if (reading.speaks) await readChecks(reading);
  await readPartitions(reading);
  return found;
}

interface Reading {
  readonly speaks: boolean;
  readonly within: string;
  readonly ask: <T>(statement: string) => Promise<(T & Named)[]>;
  /** undefined: there are more tables than are read. */
  readonly draft: (row: Named) => Draft | undefined;
}

async function readColumns({ speaks, within, ask, draft }: Reading): Promise<void> {
  const rows = await ask<ColumnDefinition>(
    `SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, COLUMN_NAME AS column_name,
            COLUMN_TYPE AS column_type, CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation,
            IS_NULLABLE AS nullable, COLUMN_DEFAULT AS default_value, EXTRA AS extra,
            ${speaks ? 'GENERATION_EXPRESSION' : "''"} AS expression
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA ${within}
     ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`,
  );
  for (const row of rows) draft(row)?.columns.push(row);
}

async function readKeys({ speaks, within, ask, draft }: Reading): Promise<void> {
  const rows = await ask<{
    index_name: string;
    part: string | null;
    sub_part: string | number | null;
  }>(
    `SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, INDEX_NAME AS index_name,
            ${speaks ? "COALESCE(COLUMN_NAME, CONCAT('(', EXPRESSION, ')'))" : 'COLUMN_NAME'} AS part,
            SUB_PART AS sub_part
     FROM information_schema.STATISTICS WHERE TABLE_SCHEMA ${within} AND NON_UNIQUE = 0
     ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  );
  for (const row of rows) {
    const keys = draft(row)?.keys;
    const part = `${row.part ?? '()'}${row.sub_part === null ? '' : `(${String(row.sub_part)})`}`;
    const last = keys?.at(-1);
    if (last?.name === row.index_name) last.parts.push(part);
    else keys?.push({ name: row.index_name, parts: [part] });
  }
}

async function readForeignKeys({ within, ask, draft }: Reading): Promise<void> {
  const rows = await ask<{
    name: string;
    own: string;
    parent: string;
    rules: string;
  }>(
    `SELECT u.TABLE_SCHEMA AS table_schema, u.TABLE_NAME AS table_name, u.CONSTRAINT_NAME AS name,
            GROUP_CONCAT(u.COLUMN_NAME ORDER BY u.ORDINAL_POSITION SEPARATOR ', ') AS own,
            CONCAT(MIN(u.REFERENCED_TABLE_SCHEMA), '.', MIN(u.REFERENCED_TABLE_NAME), ' (',
                   GROUP_CONCAT(u.REFERENCED_COLUMN_NAME ORDER BY u.ORDINAL_POSITION SEPARATOR ', '), ')') AS parent,
            CONCAT('ON UPDATE ', MIN(r.UPDATE_RULE), ' ON DELETE ', MIN(r.DELETE_RULE)) AS rules
     FROM information_schema.KEY_COLUMN_USAGE u JOIN information_schema.REFERENTIAL_CONSTRAINTS r
       ON r.CONSTRAINT_SCHEMA = u.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = u.CONSTRAINT_NAME
          AND r.TABLE_NAME = u.TABLE_NAME
     WHERE u.TABLE_SCHEMA ${within} AND u.REFERENCED_TABLE_NAME IS NOT NULL
     GROUP BY u.TABLE_SCHEMA, u.TABLE_NAME, u.CONSTRAINT_NAME`,
  );
  for (const row of rows) {
    const refers = `(${row.own}) → ${row.parent}`;
    // Of these two words for one thing some versions print the one, some the other.
    const rules = row.rules.replaceAll('NO ACTION', 'RESTRICT');
    draft(row)?.foreignKeys.push({ name: row.name, refers, rules });
  }
}

async function readChecks({ within, ask, draft }: Reading): Promise<void> {
  const rows = await ask<{ clause: string }>(
    `SELECT t.TABLE_SCHEMA AS table_schema, t.TABLE_NAME AS table_name, c.CHECK_CLAUSE AS clause
     FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c
       ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME
     WHERE t.TABLE_SCHEMA ${within} AND t.CONSTRAINT_TYPE = 'CHECK' AND t.ENFORCED = 'YES'
     ORDER BY table_schema, table_name, clause`,
  );
  for (const row of rows) draft(row)?.checks.push(row.clause);
}

async function readPartitions({ within, ask, draft }: Reading): Promise<void> {
  const rows = await ask<{
    method: string;
    expression: string | null;
    bound: string | null;
  }>(
    `SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, PARTITION_METHOD AS method,
            PARTITION_EXPRESSION AS expression, PARTITION_DESCRIPTION AS bound
     FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA ${within} AND PARTITION_NAME IS NOT NULL
     ORDER BY TABLE_SCHEMA, TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION`,
  );
  for (const row of rows) {
    const table = draft(row);
    if (table === undefined) continue;
    if (table.partitions === '') table.partitions = `${row.method} (${row.expression ?? ''}):`;
    table.partitions += ` ${row.bound ?? '-'}`;
  }
}
