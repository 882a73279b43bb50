import { TailraceError } from '../errors/tailrace-error.js';
import type { TableTraits } from '../plan/table-traits.js';
import { quoteTable } from './identifier.js';
import { type ForeignKey, type LinkGroup, linkGroups } from './link-groups.js';
import { type ColumnRow, type TableRow, tableTraits, type UniqueKeyRow } from './schema-rows.js';
import type { ServerConnection } from './server-connection.js';

/** A schema with more tables than this is read table by table, so that one lookup stays small. */
const tablesAtOnceMax = 500;

/** Tables kept; the cache starts again when a server has more that are in use. */
const tablesCachedMax = 100_000;

/** A lookup is repeated when `invalidate` is called while it runs. */
const loadAttemptsMax = 20;

/** Why tables stay together; names are `schema.table`, as the server compares them. */
export interface TableLinks {
  readonly foreignKeys: readonly ForeignKey[];
  readonly declared: readonly (readonly string[])[];
  readonly groups: ReadonlyMap<string, LinkGroup>;
}

/**
 * The tables of one replica as the planner must know them, read from its information_schema and kept until `invalidate`.
 * The session needs SELECT on the tables: information_schema shows nothing else.
 */
export class SchemaCatalogue {
  readonly #connection: ServerConnection;
  readonly #declared: readonly (readonly string[])[];
  #tables = new Map<string, TableTraits>();
  #links: Promise<TableLinks> | null = null;
  #loads = new Map<string, Promise<void>>();
  #prepared: Promise<void> | null = null;
  #namesAreFolded = false;
  #generation = 0;
  /** What `tablesChanged` counted last. */
  #counted: string | null = null;

  /**
   * @param options.linkedTables lists of `schema.table` that must change together although no foreign key says so.
   */
  constructor(
    connection: ServerConnection,
    options: { readonly linkedTables?: readonly (readonly string[])[] } = {},
  ) {
    this.#connection = connection;
    this.#declared = options.linkedTables ?? [];
  }

  /** The traits of a table. Errors: TR_SCHEMA_MISMATCH when the replica has no such table. */
  async load(schema: string, table: string): Promise<TableTraits> {
    for (let attempt = 0; attempt < loadAttemptsMax; attempt += 1) {
      const known = this.peek(schema, table);
      if (known !== undefined) return known;
      const generation = this.#generation;
      await this.#loadOnce(schema, table);
      const loaded = this.peek(schema, table);
      if (loaded !== undefined) return loaded;
      if (generation === this.#generation) throw missingTable(schema, table);
    }
    throw new TailraceError('TR_INTERNAL', {
      what: `The schema of ${schema}.${table} kept changing while it was read.`,
    });
  }

  /** The traits of every table of a schema that this session may see, by name. */
  async loadSchema(schema: string): Promise<TableTraits[]> {
    this.#prepared ??= this.#prepare();
    await this.#prepared;
    await this.#read({ schema });
    const own = this.#key(schema, '');
    return [...this.#tables].filter(([key]) => key.startsWith(own)).map(([, traits]) => traits);
  }

  /** What ties tables to each other, by foreign key and by configuration. */
  async links(): Promise<TableLinks> {
    this.#prepared ??= this.#prepare();
    await this.#prepared;
    return (this.#links ??= this.#readLinks());
  }

  /** The traits of a table that was loaded before. */
  peek(schema: string, table: string): TableTraits | undefined {
    return this.#tables.get(this.#key(schema, table));
  }

  /** Forgets every table and foreign key; call it after each statement that may have changed a schema. */
  invalidate(): void {
    this.#generation += 1;
    this.#tables = new Map();
    this.#links = null;
    this.#loads = new Map();
  }

  /**
   * Whether some session, which may have been this program's, has begun to change tables since the last call: somebody rolls out a
   * column on the replica while the link runs. The first call says no.
   */
  async tablesChanged(): Promise<boolean> {
    const rows = await this.#connection.query<{ Variable_name: string; Value: string }>(
      "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_alter_table', 'Com_rename_table', 'Com_create_table')",
    );
    const counted = rows.map((row) => `${row.Variable_name}=${row.Value}`).join();
    const before = this.#counted;
    this.#counted = counted;
    return before !== null && before !== counted;
  }

  async #loadOnce(schema: string, table: string): Promise<void> {
    this.#prepared ??= this.#prepare();
    await this.#prepared;
    const wanted = this.#key(schema, table);
    const whole = await this.#tableCount(schema);
    const lookup = whole <= tablesAtOnceMax ? { schema } : { schema, table };
    const name = 'table' in lookup ? wanted : this.#fold(schema);
    const running = this.#loads.get(name);
    if (running !== undefined) return running;
    const load = this.#read(lookup);
    this.#loads.set(name, load);
    try {
      await load;
    } finally {
      if (this.#loads.get(name) === load) this.#loads.delete(name);
    }
  }

  async #tableCount(schema: string): Promise<number> {
    const rows = await this.#connection.query<{ n: string }>(
      'SELECT COUNT(*) AS n FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
      [this.#fold(schema)],
    );
    return Number(rows[0]?.n ?? 0);
  }

  async #read(lookup: { readonly schema: string; readonly table?: string }): Promise<void> {
    const generation = this.#generation;
    const where = lookup.table === undefined ? 'TABLE_SCHEMA = ?' : 'TABLE_SCHEMA = ? AND TABLE_NAME = ?';
    const names = [lookup.schema, lookup.table].filter((name) => name !== undefined);
    const values = names.map((name) => this.#fold(name));
    this.#links ??= this.#readLinks();
    // All at once: the answers come one after the other, and nobody waits in between.
    const tables = this.#connection.query<TableRow>(
      `SELECT TABLE_SCHEMA AS schema_name, TABLE_NAME AS table_name, ENGINE AS engine
       FROM information_schema.TABLES WHERE ${where} AND TABLE_TYPE = 'BASE TABLE'`,
      values,
    );
    const columns = this.#connection.query<ColumnRow>(
      `SELECT TABLE_NAME AS table_name, COLUMN_NAME AS column_name, DATA_TYPE AS data_type,
              COLUMN_TYPE AS column_type, COLLATION_NAME AS collation_name, EXTRA AS extra
       FROM information_schema.COLUMNS WHERE ${where} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
      values,
    );
    const keyParts = this.#connection.query<UniqueKeyRow>(
      `SELECT TABLE_NAME AS table_name, INDEX_NAME AS index_name, COLUMN_NAME AS column_name, SUB_PART AS sub_part,
              NULLABLE AS nullable
       FROM information_schema.STATISTICS WHERE ${where} AND NON_UNIQUE = 0
       ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
      values,
    );
    const [tableRows, columnRows, keyRows, { groups }] = await Promise.all([
      tables,
      columns,
      keyParts,
      this.#links,
    ]);
    if (generation !== this.#generation) return;
    this.#keep(lookup.schema, tableRows, byTable(columnRows), byTable(keyRows), groups);
  }

  #keep(
    schema: string,
    tables: readonly TableRow[],
    columns: ReadonlyMap<string, ColumnRow[]>,
    keyParts: ReadonlyMap<string, UniqueKeyRow[]>,
    groups: ReadonlyMap<string, LinkGroup>,
  ): void {
    if (this.#tables.size + tables.length > tablesCachedMax) this.#tables = new Map();
    for (const table of tables) {
      // Some versions compare names in information_schema without regard to case: `A` also finds `a`.
      if (this.#fold(table.schema_name) !== this.#fold(schema)) continue;
      const key = this.#key(table.schema_name, table.table_name);
      const name = table.table_name;
      this.#tables.set(
        key,
        tableTraits(
          table,
          columns.get(name) ?? [],
          keyParts.get(name) ?? [],
          groups.get(this.#dotted(table.schema_name, name)),
        ),
      );
    }
  }

  async #readLinks(): Promise<TableLinks> {
    const rows = await this.#connection.query<{
      name: string;
      child_schema: string;
      child_table: string;
      parent_schema: string;
      parent_table: string;
      on_update: string;
      on_delete: string;
    }>(
      `SELECT CONSTRAINT_NAME AS name, CONSTRAINT_SCHEMA AS child_schema, TABLE_NAME AS child_table,
              UNIQUE_CONSTRAINT_SCHEMA AS parent_schema, REFERENCED_TABLE_NAME AS parent_table,
              UPDATE_RULE AS on_update, DELETE_RULE AS on_delete
       FROM information_schema.REFERENTIAL_CONSTRAINTS`,
    );
    const acts = (rule: string): boolean => rule !== 'RESTRICT' && rule !== 'NO ACTION';
    const foreignKeys = rows.map((row): ForeignKey => ({
      name: row.name,
      child: this.#dotted(row.child_schema, row.child_table),
      parent: this.#dotted(row.parent_schema, row.parent_table),
      hasAction: acts(row.on_update) || acts(row.on_delete),
    }));
    const declared = this.#declared.map((tables) => tables.map((table) => this.#fold(table)));
    return { foreignKeys, declared, groups: linkGroups(foreignKeys, declared) };
  }

  /** Once: how the server compares names, and that it shows generated invisible primary keys to this session. */
  async #prepare(): Promise<void> {
    const rows = await this.#connection.query<{ folding: string }>(
      'SELECT @@GLOBAL.lower_case_table_names AS folding',
    );
    this.#namesAreFolded = String(rows[0]?.folding) !== '0';
    const hiding = await this.#connection.query(
      "SHOW VARIABLES LIKE 'show_gipk_in_create_table_and_information_schema'",
    );
    if (hiding.length > 0) {
      await this.#connection.execute('SET SESSION show_gipk_in_create_table_and_information_schema = ON');
    }
  }

  #fold(name: string): string {
    return this.#namesAreFolded ? name.toLowerCase() : name;
  }

  #key(schema: string, table: string): string {
    return this.#fold(`${schema}\0${table}`);
  }

  /** As groups and declared lists name a table. */
  #dotted(schema: string, table: string): string {
    return this.#fold(`${schema}.${table}`);
  }
}

function byTable<T extends { readonly table_name: string }>(rows: readonly T[]): ReadonlyMap<string, T[]> {
  const map = new Map<string, T[]>();
  for (const row of rows) {
    const list = map.get(row.table_name);
    if (list === undefined) map.set(row.table_name, [row]);
    else list.push(row);
  }
  return map;
}

function missingTable(schema: string, table: string): TailraceError {
  return new TailraceError('TR_SCHEMA_MISMATCH', {
    what: `The replica has no table ${schema}.${table}.`,
    why: 'The source changed rows of it. It was dropped or renamed on the replica, or was never there, or the user of the replica may not SELECT from it.',
    cure: `Create it on the replica as SHOW CREATE TABLE ${quoteTable(schema, table)} shows it on the source, with the rows that it had, and start again.`,
  });
}
