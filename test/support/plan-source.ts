import { RowsFlag, type RowsKind } from '../../src/binlog/rows-event.js';
import type { ModelTable, Row } from './plan-tables.js';

/** What one row of a row event says. */
export interface RowChange {
  readonly table: ModelTable;
  readonly kind: RowsKind;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly flags: number;
  /** Logged with an image that carries only some columns. */
  readonly partial: boolean;
}

export const actions = [
  'insert',
  'insertNext',
  'delete',
  'update',
  'swap',
  'rotate',
  'reinsert',
  'replace',
  'burn',
  'putBack',
] as const;

/** One thing that a client of the source tries; numbers pick tables, rows, columns and values. */
export interface Attempt {
  readonly table: number;
  readonly action: (typeof actions)[number];
  readonly rows: readonly [number, number, number];
  readonly column: number;
  readonly values: readonly number[];
  /** The server logs what foreign keys do to children (MySQL 9.6 and later). */
  readonly logged: boolean;
  readonly partial: boolean;
}

/** Thrown where a constraint refuses a change; one for all, since most attempts of a random client are refused. */
const refused = new Error('refused');

/** No attempt picks this value, so that it is free for a row to wait in while others swap. */
const waitingValue = 1000;

/** A source with constraints that are checked with every row, as InnoDB does, and that logs what it did. */
export class ModelSource {
  readonly rows = new Map<ModelTable, Row[]>();
  /** The highest AUTO_INCREMENT number ever given out, by table. */
  readonly counters = new Map<ModelTable, number>();
  readonly #tables: readonly ModelTable[];
  #log: RowChange[] = [];

  constructor(tables: readonly ModelTable[]) {
    this.#tables = tables;
    for (const table of tables) this.rows.set(table, []);
  }

  /** Tries something and gives the row changes that it logged; none if the constraints refused it. */
  attempt(attempt: Attempt): RowChange[] {
    const saved = new Map([...this.rows].map(([table, rows]) => [table, [...rows]]));
    this.#log = [];
    try {
      this.#run(attempt);
    } catch (error) {
      if (error !== refused) throw error;
      for (const [table, rows] of saved) this.rows.set(table, rows);
      return [];
    }
    return this.#log;
  }

  #run(attempt: Attempt): void {
    const table = this.#tables[attempt.table % this.#tables.length] as ModelTable;
    const column = attempt.column % table.columns.length;
    const picked = attempt.rows.map((n) => this.#pick(table, n));
    const [first, second, third] = picked as [Row | null, Row | null, Row | null];
    const fresh = table.columns.map((own, i) =>
      this.#value(own.nullable, attempt.values[i] ?? 0, own.encode),
    );
    const value = fresh[column] ?? null;
    const step = (kind: RowsKind, before: Row | null, after: Row | null): void =>
      this.#change(table, kind, before, after, attempt);
    switch (first === null ? 'insert' : attempt.action) {
      case 'insert':
        return step('write', null, fresh);
      case 'insertNext':
        return step('write', null, this.#numbered(table, fresh));
      case 'delete':
        return step('delete', this.#must(first), null);
      case 'update':
        return step('update', this.#must(first), this.#with(this.#must(first), column, value));
      case 'swap':
        return this.#shift(table, [this.#must(first), this.#must(second)], column, attempt);
      case 'rotate':
        return this.#shift(
          table,
          [this.#must(first), this.#must(second), this.#must(third)],
          column,
          attempt,
        );
      case 'reinsert':
        step('delete', this.#must(first), null);
        return step('write', null, this.#with(this.#must(first), column, value));
      case 'replace': {
        // What REPLACE does: another row takes over the unique values of the old one.
        const old = this.#must(first);
        const key = table.traits.primaryKey?.[0] ?? column;
        step('delete', old, null);
        return step('write', null, this.#numbered(table, this.#with(old, key, fresh[key] ?? null)));
      }
      case 'burn': {
        const row = this.#numbered(table, fresh);
        step('write', null, row);
        return step('delete', row, null);
      }
      case 'putBack': {
        const old = this.#must(first);
        const row = this.#numbered(table, old);
        step('delete', old, null);
        step('write', null, row);
        step('delete', row, null);
        return step('write', null, old);
      }
    }
  }

  /** Moves a column's values around a ring of rows, the first of which waits aside. */
  #shift(table: ModelTable, ring: readonly Row[], column: number, attempt: Attempt): void {
    if (new Set(ring).size < ring.length) throw refused;
    const encode = table.columns[column]?.encode ?? (() => '');
    const [first, ...others] = ring as [Row, ...Row[]];
    const waiting = this.#with(first, column, encode(waitingValue));
    this.#change(table, 'update', first, waiting, attempt);
    let free = first[column] ?? null;
    for (const row of others) {
      this.#change(table, 'update', row, this.#with(row, column, free), attempt);
      free = row[column] ?? null;
    }
    this.#change(table, 'update', waiting, this.#with(waiting, column, free), attempt);
  }

  /** Changes one row, after what foreign keys do to its children; a row that is not there any more is refused. */
  #change(table: ModelTable, kind: RowsKind, before: Row | null, after: Row | null, attempt: Attempt): void {
    const own = this.rows.get(table) ?? [];
    const index = before === null ? -1 : this.#placeOf(table, own, before);
    if (before !== null && index < 0) throw refused;
    if (before !== null && after !== null && before.every((value, i) => value === after[i])) throw refused;
    const { logged, partial } = attempt;
    if (before !== null) this.#children(table, before, after, attempt);
    const rest = own.filter((_, i) => i !== index);
    if (after !== null) {
      if (
        table.keys.some((key) => key.of(after) !== null && rest.some((row) => key.of(row) === key.of(after)))
      ) {
        throw refused;
      }
      this.#requireParent(table, after);
      this.#count(table, after);
    }
    // An update keeps its row's place.
    if (index >= 0 && after !== null) this.rows.set(table, own.with(index, after));
    else this.rows.set(table, after === null ? rest : [...rest, after]);
    const flags = logged && table.traits.linked ? RowsFlag.SqlForeignKey : 0;
    this.#log.push({ table, kind, before, after, flags, partial });
  }

  /** Of equal rows of a table without a key the first is meant, as by a scan. */
  #placeOf(table: ModelTable, own: readonly Row[], row: Row): number {
    if (table.traits.primaryKey !== null) return own.indexOf(row);
    return own.findIndex((other) => other.every((value, i) => value === row[i]));
  }

  #requireParent(table: ModelTable, row: Row): void {
    const { foreignKey } = table;
    if (foreignKey === null) return;
    const value = row[foreignKey.column] ?? null;
    if (value === null) return;
    if (!(this.rows.get(foreignKey.parent) ?? []).some((parent) => parent[0] === value)) throw refused;
  }

  #children(table: ModelTable, before: Row, after: Row | null, attempt: Attempt): void {
    if (after !== null && after[0] === before[0]) return;
    for (const child of this.#tables) {
      const { foreignKey } = child;
      if (foreignKey === null || foreignKey.parent !== table) continue;
      const hit = (this.rows.get(child) ?? []).filter((row) => row[foreignKey.column] === before[0]);
      if (hit.length > 0 && !foreignKey.cascades) throw refused;
      for (const row of hit) {
        const moved = after === null ? null : this.#with(row, foreignKey.column, after[0] ?? null);
        const rest = (this.rows.get(child) ?? []).filter((other) => other !== row);
        this.rows.set(child, moved === null ? rest : [...rest, moved]);
        if (!attempt.logged) continue;
        const flags = RowsFlag.SqlForeignKey | RowsFlag.NoForeignKeyChecks;
        const kind = moved === null ? 'delete' : 'update';
        this.#log.push({ table: child, kind, before: row, after: moved, flags, partial: false });
      }
    }
  }

  #count(table: ModelTable, row: Row): void {
    const column = table.traits.autoIncrementColumn;
    if (column === null) return;
    const number = Buffer.from(row[column] ?? '', 'latin1').readInt32LE(0);
    this.counters.set(table, Math.max(number, this.counters.get(table) ?? 0));
  }

  /** The row with the next AUTO_INCREMENT number, if its table has such a column. */
  #numbered(table: ModelTable, row: Row): Row {
    const column = table.traits.autoIncrementColumn;
    if (column === null) return row;
    return this.#with(
      row,
      column,
      table.columns[column]?.encode((this.counters.get(table) ?? 0) + 1) ?? null,
    );
  }

  #pick(table: ModelTable, n: number): Row | null {
    const rows = this.rows.get(table) ?? [];
    return rows[n % Math.max(1, rows.length)] ?? null;
  }

  #must(row: Row | null): Row {
    if (row === null) throw refused;
    return row;
  }

  #with(row: Row, column: number, value: string | null): Row {
    return row.map((own, i) => (i === column ? value : own));
  }

  #value(nullable: boolean, n: number, encode: (n: number) => string): string | null {
    return nullable && n === 0 ? null : encode(n);
  }
}
