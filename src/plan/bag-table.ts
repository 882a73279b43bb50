import { RowCutter } from '../binlog/row-cutter.js';
import type { RowsEvent } from '../binlog/rows-event.js';
import type { TableMap } from '../binlog/table-map.js';
import { AutoIncrementWatch } from './auto-increment-watch.js';
import type { NetChanges } from './net-changes.js';
import type { PlanDoubt } from './plan-doubt.js';
import { RowState } from './row-state.js';
import type { TableTraits } from './table-traits.js';

interface BagEntry {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  count: number;
}

/**
 * The net changes of one table without a primary key. Such a table is a bag: a row is known by its whole image alone, and
 * equal rows cannot be told apart. Within an epoch only how often each image was added and taken away matters; what is
 * left over is deleted first and then inserted. Unlike keyed changes these cannot be applied twice.
 */
export class BagTable {
  readonly table: TableMap;
  readonly traits: TableTraits;
  /** As in `NetTable`. */
  rowsIn = 0;
  readonly #cutter: RowCutter;
  readonly #entries = new Map<string, BagEntry>();
  readonly #autoIncrement: AutoIncrementWatch | null;

  constructor(table: TableMap, traits: TableTraits) {
    this.table = table;
    this.traits = traits;
    this.#cutter = new RowCutter(table);
    this.#autoIncrement =
      traits.autoIncrementColumn === null
        ? null
        : new AutoIncrementWatch(table, traits.autoIncrementColumn, traits.autoIncrementUnsigned);
  }

  get doubt(): PlanDoubt | null {
    return null;
  }

  /** Takes the rows of a complete event and gives their number. */
  add(rows: RowsEvent): number {
    const { bytes: event, kind, end: limit } = rows;
    let at = rows.rowsAt;
    let count = 0;
    while (at < limit) {
      let start = at;
      at = this.#cutter.cut(event, at, limit);
      if (kind !== 'write' && this.#change(event, start, at, -1) < 0) {
        this.#autoIncrement?.seeBefore(this.#cutter, event);
      }
      if (kind === 'update') {
        start = at;
        at = this.#cutter.cut(event, at, limit);
      }
      if (kind !== 'delete') {
        this.#autoIncrement?.see(this.#cutter, event, start, at);
        this.#change(event, start, at, 1);
      }
      count++;
    }
    return count;
  }

  close(): NetChanges {
    const deletes: RowState[] = [];
    const inserts: RowState[] = [];
    let bytes = 0;
    for (const entry of this.#entries.values()) {
      const state = new RowState();
      if (entry.count < 0) state.setBefore(entry.bytes, entry.start, entry.end);
      else state.setAfter(entry.bytes, entry.start, entry.end);
      const side = entry.count < 0 ? deletes : inserts;
      for (let i = Math.abs(entry.count); i > 0; i--) side.push(state);
      bytes += state.bytes * Math.abs(entry.count);
    }
    const states = [...deletes, ...inserts];
    const burnt = this.#autoIncrement?.burnt(states) ?? null;
    const { table, traits } = this;
    return { table, traits, keys: [], states, deletes, updates: [], inserts, burnt, bytes };
  }

  /** Counts an image, and gives how many more of it there are by now than before the epoch. */
  #change(bytes: Buffer, start: number, end: number, by: 1 | -1): number {
    const key = bytes.toString('latin1', start, end);
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { bytes, start, end, count: by });
      return by;
    }
    entry.count += by;
    if (entry.count === 0) this.#entries.delete(key);
    return entry.count;
  }
}
