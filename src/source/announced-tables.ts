import { readRowsTableId } from '../binlog/rows-event.js';
import { readTableMap, tableMapEquals, type TableMap } from '../binlog/table-map.js';

/** The tables that the source announces before their rows. An id means the table that was announced last under it. */
export class AnnouncedTables {
  readonly #isPassedOver: (table: TableMap) => boolean;
  /** Of the statement that is being read. */
  readonly #ofStatement: TableMap[] = [];
  /** Of the whole file: most table maps say what is known already. */
  readonly #known = new Map<number, TableMap>();
  readonly #passedOver = new Set<TableMap>();

  /** `isPassedOver`: whether the rows of a table are not for the replica. */
  constructor(isPassedOver: (table: TableMap) => boolean) {
    this.#isPassedOver = isPassedOver;
  }

  /** Takes a table map event: `bytes` from `start` to `end`. */
  announce(bytes: Buffer, start: number, end: number): void {
    const tableId = readRowsTableId(bytes, start, end);
    let table = this.#known.get(tableId);
    if (table === undefined || !tableMapEquals(table, bytes, start, end)) {
      // A copy: the event lies in memory that is taken away long before the table is forgotten.
      table = readTableMap(Buffer.from(bytes.subarray(start, end)));
      this.#known.set(tableId, table);
      if (this.#isPassedOver(table)) this.#passedOver.add(table);
    }
    if (this.find(tableId) !== table) this.#ofStatement.push(table);
  }

  /** The table that the statement being read has announced under this id; the last one counts. */
  find(tableId: number): TableMap | null {
    for (let i = this.#ofStatement.length - 1; i >= 0; i--) {
      const table = this.#ofStatement[i] as TableMap;
      if (table.tableId === tableId) return table;
    }
    return null;
  }

  isPassedOver(table: TableMap): boolean {
    return this.#passedOver.size > 0 && this.#passedOver.has(table);
  }

  /** The statement ends, and what it announced with it. */
  endStatement(): void {
    this.#ofStatement.length = 0;
  }

  /** A new file begins: its ids mean other tables. */
  forget(): void {
    this.#known.clear();
    this.#passedOver.clear();
  }
}
