import { TailraceError } from '../errors/tailrace-error.js';
import type { TableTraits } from './table-traits.js';
import { quoteTable } from '../mysql/identifier.js';
import { type ForeignKey, type LinkGroup, linkGroups } from './link-groups.js';
import { type NamedTable, nameBatches } from '../mysql/name-batches.js';
import { tableTraits } from './schema-rows.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { readTableRows } from './table-rows.js';

/** A schema with more tables than this is not read as a whole. */
const tablesAtOnceMax = 500;

/** Of so many schemas in one call the whole is read, where it was not before; a call for more wants a few tables of each. */
const schemasAtOnceMax = 10;

/** Tables of one look-up by name. */
const namesAtOnceMax = 1_000;

/** Tables kept; the cache starts again when a server has more that are in use. */
const tablesCachedMax = 100_000;

/** A lookup is repeated when something is forgotten while it runs. */
const loadAttemptsMax = 20;

/** Why tables stay together; names are `schema.table`, as the server compares them. */
export interface TableLinks {
  readonly foreignKeys: readonly ForeignKey[];
  readonly declared: readonly (readonly string[])[];
  readonly groups: ReadonlyMap<string, LinkGroup>;
}

/**
 * The tables of one replica as the planner must know them, read from its information_schema and kept until `invalidate` or
 * `forget`. The session needs SELECT on the tables: information_schema shows nothing else.
 *
 * What many tables need is read in few statements: a look at a schema of 10,000 tables costs 0.1 s however little it asks, and a
 * look-up of one table as many round trips as one of a thousand.
 */
export class SchemaCatalogue {
  readonly #connection: ServerConnection;
  readonly #declared: readonly (readonly string[])[];
  #tables = new Map<string, TableTraits>();
  #links: Promise<TableLinks> | null = null;
  /** Groups of `#links`, once they are read. */
  #groups: ReadonlyMap<string, LinkGroup> | null = null;
  /** Schemas, folded, that were read as a whole once, or have too many tables for it. */
  #looked = new Set<string>();
  /** Loads one after the other: a second one finds what the first has read. */
  #turn: Promise<unknown> = Promise.resolve();
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
      await this.readAhead([{ schema, table }]);
      const loaded = this.peek(schema, table);
      if (loaded !== undefined) return loaded;
      if (generation === this.#generation) throw missingTable(schema, table);
    }
    throw new TailraceError('TR_INTERNAL', {
      what: `The schema of ${schema}.${table} kept changing while it was read.`,
    });
  }

  /** Reads what is not known of these tables yet, so that `load` finds it. One that does not exist is passed over. */
  readAhead(tables: readonly NamedTable[]): Promise<void> {
    const reading = this.#turn.then(() => this.#readMissing(tables));
    this.#turn = reading.catch(() => undefined);
    return reading;
  }

  /** The traits of every table of a schema that this session may see, by name. */
  async loadSchema(schema: string): Promise<TableTraits[]> {
    this.#prepared ??= this.#prepare();
    await this.#prepared;
    await this.#read('TABLE_SCHEMA = ?', [this.#fold(schema)]);
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

  /** Forgets every table and foreign key; call it after each statement that may have changed any. */
  invalidate(): void {
    this.#generation += 1;
    this.#tables = new Map();
    this.#links = null;
    this.#groups = null;
  }

  /**
   * Forgets these tables alone; call it after a statement that changed no others and no foreign key. When one of them is tied to
   * others, everything is forgotten.
   */
  forget(tables: readonly NamedTable[]): void {
    if (this.#links !== null && this.#groups === null) return this.invalidate();
    const isTied = tables.some(({ schema, table }) => this.#groups?.has(this.#dotted(schema, table)));
    if (isTied) return this.invalidate();
    this.#generation += 1;
    for (const { schema, table } of tables) this.#tables.delete(this.#key(schema, table));
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

  async #readMissing(tables: readonly NamedTable[]): Promise<void> {
    this.#prepared ??= this.#prepare();
    await this.#prepared;
    const missing = new Map<string, Set<string>>();
    for (const { schema, table } of tables) {
      if (this.peek(schema, table) !== undefined) continue;
      const names = missing.get(this.#fold(schema));
      if (names === undefined) missing.set(this.#fold(schema), new Set([this.#fold(table)]));
      else names.add(this.#fold(table));
    }
    if (missing.size <= schemasAtOnceMax) {
      for (const schema of missing.keys()) {
        if (!(await this.#isSmall(schema))) continue;
        await this.#read('TABLE_SCHEMA = ?', [schema]);
        missing.delete(schema);
      }
    }
    for (const { schemas, names } of nameBatches(missing, namesAtOnceMax)) {
      const where = `TABLE_SCHEMA IN (${marks(schemas)}) AND TABLE_NAME IN (${marks(names)})`;
      await this.#read(where, [...schemas, ...names]);
    }
  }

  /** Whether a schema is to be read as a whole: at the first look, if it has not too many tables. */
  async #isSmall(schema: string): Promise<boolean> {
    if (this.#looked.has(schema)) return false;
    if (this.#looked.size >= tablesCachedMax) this.#looked.clear();
    this.#looked.add(schema);
    const rows = await this.#connection.query<{ n: string }>(
      `SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?
       LIMIT ${tablesAtOnceMax + 1}) AS some`,
      [schema],
    );
    return Number(rows[0]?.n ?? 0) <= tablesAtOnceMax;
  }

  /** Reads tables and keeps them, unless something is forgotten meanwhile. */
  async #read(where: string, values: readonly string[]): Promise<void> {
    const generation = this.#generation;
    this.#links ??= this.#readLinks();
    const [rows, { groups }] = await Promise.all([
      readTableRows(this.#connection, where, values),
      this.#links,
    ]);
    const traits = rows.map(({ table, columns, keyParts }) =>
      tableTraits(table, columns, keyParts, groups.get(this.#dotted(table.schema_name, table.table_name))),
    );
    if (generation !== this.#generation) return;
    this.#groups = groups;
    if (this.#tables.size + traits.length > tablesCachedMax) this.#tables = new Map();
    for (const each of traits) this.#tables.set(this.#key(each.schema, each.table), each);
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

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join();
}

function missingTable(schema: string, table: string): TailraceError {
  return new TailraceError('TR_SCHEMA_MISMATCH', {
    what: `The replica has no table ${schema}.${table}.`,
    why: 'The source changed its rows. It was dropped or renamed on the replica, or never existed there, or the user lacks SELECT on it.',
    cure: `Create it on the replica as SHOW CREATE TABLE ${quoteTable(schema, table)} shows it on the source, with the rows that it had, and start again.`,
  });
}
