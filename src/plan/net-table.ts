import { RowCutter } from '../binlog/row-cutter.js';
import type { RowsEvent } from '../binlog/rows-event.js';
import type { TableMap } from '../binlog/table-map.js';
import { AutoIncrementWatch } from './auto-increment-watch.js';
import { meetsImage } from './meets-image.js';
import type { NetChanges } from './net-changes.js';
import type { PlanDoubt } from './epoch-plan.js';
import { rowKey, type RowKey } from './row-key.js';
import { RowState } from './row-state.js';
import type { TableTraits } from '../schema/table-traits.js';

/**
 * The net changes of one table with a primary key, gathered row by row.
 *
 * Rows are told apart by the bytes of their key even where its collation takes different bytes as equal: the before-image
 * of every event holds the row's exact bytes, so each chain of changes stays with one key, and deletes go before inserts.
 * A before-image that is not what the change before it left raises a doubt: the key may not be one on the source.
 */
export class NetTable {
  readonly table: TableMap;
  readonly traits: TableTraits;
  /** Row changes of the source; kept up by the builder, which also counts those that are not gathered here. */
  rowsIn = 0;
  readonly #keyColumns: readonly number[];
  readonly #cutter: RowCutter;
  readonly #states = new Map<RowKey, RowState>();
  readonly #autoIncrement: AutoIncrementWatch | null;
  #doubt: PlanDoubt | null = null;

  constructor(table: TableMap, traits: TableTraits, keyColumns: readonly number[]) {
    this.table = table;
    this.traits = traits;
    this.#keyColumns = keyColumns;
    this.#cutter = new RowCutter(table);
    this.#autoIncrement =
      traits.autoIncrementColumn === null
        ? null
        : new AutoIncrementWatch(table, traits.autoIncrementColumn, traits.autoIncrementUnsigned);
  }

  /** What made the gathered changes unsure; null: nothing did. */
  get doubt(): PlanDoubt | null {
    return this.#doubt;
  }

  /** Takes the rows of a complete event and gives their number. */
  add(rows: RowsEvent): number {
    const { bytes: event, kind, end: limit } = rows;
    let at = rows.rowsAt;
    let count = 0;
    while (at < limit) {
      const start = at;
      at = this.#cutter.cut(event, at, limit);
      const key = this.#key(event);
      if (kind === 'write') {
        this.#autoIncrement?.see(this.#cutter, event, start, at);
        this.#insert(key, event, start, at);
      } else if (kind === 'delete') {
        this.#delete(key, event, start, at);
      } else {
        const afterStart = at;
        at = this.#cutter.cut(event, at, limit);
        this.#autoIncrement?.see(this.#cutter, event, afterStart, at);
        const newKey = this.#key(event);
        if (newKey === key) {
          this.#update(key, event, start, afterStart, at);
        } else {
          this.#delete(key, event, start, afterStart);
          this.#insert(newKey, event, afterStart, at);
        }
      }
      count++;
    }
    return count;
  }

  /** The result: three sets, applied in the order deletes, updates, inserts. */
  close(): NetChanges {
    const burnt = this.#autoIncrement?.burnt([...this.#states.values()]) ?? null;
    const meetsBurnt = burnt === null ? null : meetsImage(this.table, this.traits, burnt);
    const deletes: RowState[] = [];
    const updates: RowState[] = [];
    const inserts: RowState[] = [];
    const keys: RowKey[] = [];
    const states: RowState[] = [];
    let bytes = 0;
    const uniqueColumns = this.#uniqueColumns();
    const other = uniqueColumns === null ? null : new RowCutter(this.table);
    for (const [key, state] of this.#states) {
      // The burnt row comes and goes once more, and may need the place, or a unique value, of a row that stays.
      const makesRoom =
        meetsBurnt !== null &&
        state.before !== null &&
        meetsBurnt(state.before, state.beforeStart, state.beforeEnd);
      if (!makesRoom && (state.before === null ? state.after === null : state.unchanged)) continue;
      keys.push(key);
      states.push(state);
      bytes += state.bytes;
      if (state.after === null) deletes.push(state);
      else if (state.before === null) inserts.push(state);
      else if (makesRoom || (other !== null && this.#uniqueChanged(state, uniqueColumns, other))) {
        deletes.push(state);
        inserts.push(state);
      } else updates.push(state);
    }
    return { table: this.table, traits: this.traits, keys, states, deletes, updates, inserts, burnt, bytes };
  }

  #key(event: Buffer): RowKey {
    const key = rowKey(event, this.#cutter, this.#keyColumns);
    if (key !== null) return key;
    this.#doubtThat('a row has NULL in its primary key');
    return '';
  }

  #doubtThat(why: string): void {
    this.#doubt ??= { table: this.table.name, why };
  }

  #state(key: RowKey): RowState {
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new RowState();
      this.#states.set(key, state);
    }
    return state;
  }

  #insert(key: RowKey, bytes: Buffer, start: number, end: number): void {
    const state = this.#state(key);
    if (state.after !== null) this.#doubtThat('a row was inserted whose key was there already');
    state.setAfter(bytes, start, end);
  }

  #delete(key: RowKey, bytes: Buffer, start: number, end: number): void {
    const state = this.#states.get(key);
    if (state === undefined) {
      this.#state(key).setBefore(bytes, start, end);
      return;
    }
    if (state.after === null) this.#doubtThat('a row was deleted that was not there any more');
    else if (!state.endsAs(bytes, start, end)) this.#doubtThat('a row was deleted that had other values');
    if (state.before === null) this.#states.delete(key);
    else state.after = null;
    state.afterStart = state.afterEnd = 0;
  }

  #update(key: RowKey, bytes: Buffer, start: number, afterStart: number, end: number): void {
    const state = this.#states.get(key);
    if (state === undefined) {
      const fresh = this.#state(key);
      fresh.setBefore(bytes, start, afterStart);
      fresh.setAfter(bytes, afterStart, end);
      return;
    }
    if (state.after === null) this.#doubtThat('a row was updated that was not there any more');
    else if (!state.endsAs(bytes, start, afterStart))
      this.#doubtThat('a row was updated that had other values');
    state.setAfter(bytes, afterStart, end);
  }

  /** Columns of all other unique keys; `all` when an expression may read any column; null: no such key. */
  #uniqueColumns(): readonly number[] | 'all' | null {
    const { uniqueKeys } = this.traits;
    if (uniqueKeys.length === 0) return null;
    if (uniqueKeys.some((key) => key.functional)) return 'all';
    return [...new Set(uniqueKeys.flatMap((key) => key.columns))];
  }

  #uniqueChanged(state: RowState, columns: readonly number[] | 'all' | null, other: RowCutter): boolean {
    if (columns === 'all') return true;
    const { before, after } = state;
    if (before === null || after === null || columns === null) return false;
    const cutter = this.#cutter;
    cutter.cut(before, state.beforeStart, state.beforeEnd);
    other.cut(after, state.afterStart, state.afterEnd);
    return columns.some((column) => {
      const start = cutter.starts[column] as number;
      const otherStart = other.starts[column] as number;
      if (start < 0 || otherStart < 0) return start !== otherStart;
      return before.compare(after, otherStart, other.ends[column], start, cutter.ends[column]) !== 0;
    });
  }
}
