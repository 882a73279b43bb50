import type { TableMap } from '../binlog/table-map.js';
import type { SchemaCatalogue } from '../mysql/schema-catalogue.js';
import type { TableTraits } from '../plan/table-traits.js';
import type { Transaction } from '../source/transaction.js';

/** The traits of every table of the transactions at hand, by table map, so that a known table costs one look-up. */
export class TraitsCache {
  readonly #catalogue: SchemaCatalogue;
  readonly #known = new Map<TableMap, TableTraits>();

  constructor(catalogue: SchemaCatalogue) {
    this.#catalogue = catalogue;
  }

  /** Whether all tables of a transaction are known; if not, `load` them first. */
  knows(transaction: Transaction): boolean {
    return transaction.rows.every((rows) => this.#known.has(rows.table));
  }

  async load(transaction: Transaction): Promise<void> {
    for (const { table } of transaction.rows) {
      if (!this.#known.has(table)) {
        this.#known.set(table, await this.#catalogue.load(table.schema, table.table));
      }
    }
  }

  of(table: TableMap): TableTraits {
    return this.#known.get(table) as TableTraits;
  }

  /** A statement may have changed any table. */
  clear(): void {
    this.#known.clear();
  }
}
