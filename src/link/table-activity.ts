import type { TableRows } from '../plan/count-rows.js';

/** Tables that are counted; what comes when there are so many is left out until some have faded. */
const tablesMax = 512;
/** An entry with fewer rows than this is as good as none. */
const rowsMin = 0.05;

interface Entry {
  readonly schema: string;
  readonly table: string;
  rowsIn: number;
  rowsOut: number;
}

/** How many rows of which tables a link has applied of late: counted once a table and epoch, and fading. */
export class TableWork {
  readonly #schemas = new Map<string, Map<string, Entry>>();
  #size = 0;

  add({ schema, table, rowsIn, rowsOut }: TableRows): void {
    const entry = this.#entry(schema, table);
    if (entry === null) return;
    entry.rowsIn += rowsIn;
    entry.rowsOut += rowsOut;
  }

  /** Weighs what was counted so far by `share`, so that counts fade. */
  fade(share: number): void {
    for (const [schema, tables] of this.#schemas) {
      for (const [table, entry] of tables) {
        entry.rowsIn *= share;
        entry.rowsOut *= share;
        if (entry.rowsIn >= rowsMin) continue;
        tables.delete(table);
        this.#size -= 1;
      }
      if (tables.size === 0) this.#schemas.delete(schema);
    }
  }

  /** The `count` tables with most row changes, most first. */
  top(count: number): readonly TableRows[] {
    const entries = [...this.#schemas.values()].flatMap((tables) => [...tables.values()]);
    return entries.sort((a, b) => b.rowsIn - a.rowsIn).slice(0, count);
  }

  /** null: too many others are counted. */
  #entry(schema: string, table: string): Entry | null {
    let tables = this.#schemas.get(schema);
    let entry = tables?.get(table);
    if (entry !== undefined) return entry;
    if (this.#size >= tablesMax) return null;
    if (tables === undefined) this.#schemas.set(schema, (tables = new Map<string, Entry>()));
    entry = { schema, table, rowsIn: 0, rowsOut: 0 };
    tables.set(table, entry);
    this.#size += 1;
    return entry;
  }
}
