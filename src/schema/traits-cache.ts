import type { Logger } from 'pino';
import type { RowSettings } from '../binlog/row-settings.js';
import type { TableMap } from '../binlog/table-map.js';
import { oldTemporalError } from '../dialect/old-temporal.js';
import type { SchemaCatalogue } from './schema-catalogue.js';
import { fitTraits } from './fit-traits.js';
import type { TableTraits } from './table-traits.js';
import type { Transaction } from '../transaction/transaction.js';

/** Somebody may roll out a column on the replica while the link runs: its tables are then read again before the next epoch. */
export async function watchTables(traits: TraitsCache, log: Logger): Promise<void> {
  try {
    if (await traits.watch()) log.debug('tables of the replica may have changed: they are read again');
  } catch (error) {
    // A replica that is gone is noticed by what is being applied.
    log.debug({ error: (error as Error).message }, 'the replica did not tell whether tables changed');
  }
}

/** Row events of transactions behind that are looked at for tables to be read in one go. */
const rowEventsAheadMax = 20_000;

/** The traits of every table of the transactions at hand, by table map, so that a known table costs one look-up. */
export class TraitsCache {
  readonly #catalogue: SchemaCatalogue;
  readonly #known = new Map<TableMap, TableTraits>();
  /** Some known table has values that the replica computes. */
  #someComputed = false;
  #outdated = false;

  constructor(catalogue: SchemaCatalogue) {
    this.#catalogue = catalogue;
  }

  /** Whether all tables of a transaction are known; if not, `load` them first. */
  knows(transaction: Transaction): boolean {
    for (const { table } of transaction.rows) if (!this.#known.has(table)) return false;
    return true;
  }

  /** Whether the engines of all its tables can. */
  canRollBack(transaction: Transaction): boolean {
    for (const { table } of transaction.rows) if (!this.of(table).transactional) return false;
    return true;
  }

  /** The settings under which its rows have to be applied; null: any will do. */
  settingsFor({ rows, settings }: Transaction): RowSettings | null {
    if (!this.#someComputed || settings === null) return null;
    for (const { table } of rows) if (isComputed(this.of(table))) return settings;
    return null;
  }

  /**
   * Looks whether tables of the replica were changed beside the link; then `refresh` forgets them. An epoch that is planned until
   * then may still write a row as delete and insert, which resets a column that was added moments before.
   */
  async watch(): Promise<boolean> {
    const changed = await this.#catalogue.tablesChanged();
    if (changed) this.#outdated = true;
    return changed;
  }

  /** Between epochs: forgets what is outdated. */
  refresh(): void {
    if (!this.#outdated) return;
    this.#outdated = false;
    this.#catalogue.invalidate();
    this.clear();
  }

  /**
   * Gets to know the tables of a transaction. What the catalogue does not know is read in one go with what it does not know of the
   * transactions behind: `waiting` are those up to the next statement, the transaction itself among them.
   */
  async load(transaction: Transaction, waiting: Iterable<Transaction> = [transaction]): Promise<void> {
    if (!this.#isRead(transaction)) await this.#catalogue.readAhead(this.#unread(waiting));
    for (const { table } of transaction.rows) {
      if (!this.#known.has(table)) {
        const own = await this.#catalogue.load(table.schema, table.table);
        if (table.hasOldTemporal) throw oldTemporalError(table, own.columnNames);
        const traits = fitTraits(own, table);
        this.#known.set(table, traits);
        if (isComputed(traits)) this.#someComputed = true;
      }
    }
  }

  #isRead({ rows }: Transaction): boolean {
    for (const { table } of rows) {
      if (!this.#known.has(table) && this.#catalogue.peek(table.schema, table.table) === undefined)
        return false;
    }
    return true;
  }

  /** Tables that the catalogue does not know, each once; not all of them, when there are very many. */
  #unread(waiting: Iterable<Transaction>): TableMap[] {
    const found = new Map<string, TableMap>();
    let looked = 0;
    for (const { rows } of waiting) {
      for (const { table } of rows) {
        if (this.#known.has(table) || found.has(table.name)) continue;
        if (this.#catalogue.peek(table.schema, table.table) === undefined) found.set(table.name, table);
      }
      looked += rows.length;
      if (looked > rowEventsAheadMax) break;
    }
    return [...found.values()];
  }

  of(table: TableMap): TableTraits {
    return this.#known.get(table) as TableTraits;
  }

  /** A statement may have changed any table. */
  clear(): void {
    this.#known.clear();
    this.#someComputed = false;
  }
}

/** Generated columns and defaults of the replica's own columns depend on the settings of the session that applies a row. */
function isComputed({ generatedColumns, replicaOnly }: TableTraits): boolean {
  return generatedColumns !== undefined || replicaOnly === true;
}
