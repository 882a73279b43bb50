import type { TableMap } from '../binlog/table-map.js';
import type { EpochPlan } from './epoch-plan.js';
import { keyText } from './key-text.js';
import type { NetChanges } from './net-changes.js';
import type { RowKey } from './row-key.js';

/** Keys that are followed; when there are twice as many, those with fewest changes are forgotten. */
const keysMax = 256;
/** Of an epoch with more rows than this only those that changed more than once in it are looked at, and of them so many. */
const rowsAllMax = 64;
const takenMax = 32;
/** An entry with fewer changes than this is as good as none. */
const changesMin = 0.05;

interface HotEntry {
  readonly table: TableMap;
  readonly columns: readonly number[];
  readonly columnNames: readonly string[];
  readonly key: RowKey;
  changes: number;
}

/** A row that changes often. */
export interface HotKey {
  readonly schema: string;
  readonly table: string;
  /** Such as `id=5`. May be personal data. */
  readonly key: string;
  readonly changes: number;
}

/**
 * Which rows change most often, of tables with a primary key: a sketch of bounded size, fed with what was folded into each epoch. Counts
 * are lower bounds; a row with less than about a hundredth of all changes may be missed.
 */
export class HotKeys {
  readonly #tables = new Map<string, Map<RowKey, HotEntry>>();
  #size = 0;

  /** An epoch is about to let go of its rows. */
  note(plan: EpochPlan): void {
    const nets = plan.shares.flatMap((share) => share.nets);
    const rows = nets.reduce((sum, net) => sum + net.states.length, 0);
    for (const [net, at] of rows <= rowsAllMax ? allOf(nets) : busiest(nets)) {
      this.#add(net, net.keys[at] as RowKey, Math.max(1, net.states[at]?.changes ?? 1));
    }
  }

  /** Weighs what was counted so far by `share`, so that counts fade. */
  fade(share: number): void {
    for (const [name, keys] of this.#tables) {
      for (const [key, entry] of keys) {
        entry.changes *= share;
        if (entry.changes < changesMin) this.#remove(name, key);
      }
    }
  }

  /** The `count` keys with most changes, most first. */
  top(count: number): readonly HotKey[] {
    return this.#sorted()
      .slice(0, count)
      .map(({ table, columns, columnNames, key, changes }) => ({
        schema: table.schema,
        table: table.table,
        key: keyText(table, columns, columnNames, key),
        changes,
      }));
  }

  #add({ table, traits }: NetChanges, key: RowKey, changes: number): void {
    let keys = this.#tables.get(table.name);
    if (keys === undefined) this.#tables.set(table.name, (keys = new Map<RowKey, HotEntry>()));
    const known = keys.get(key);
    if (known !== undefined) {
      known.changes += changes;
      return;
    }
    const columns = traits.primaryKey ?? [];
    keys.set(key, { table, columns, columnNames: traits.columnNames, key, changes });
    this.#size += 1;
    if (this.#size >= 2 * keysMax)
      for (const entry of this.#sorted().slice(keysMax)) this.#remove(entry.table.name, entry.key);
  }

  #remove(name: string, key: RowKey): void {
    const keys = this.#tables.get(name);
    if (keys?.delete(key) !== true) return;
    this.#size -= 1;
    if (keys.size === 0) this.#tables.delete(name);
  }

  #sorted(): HotEntry[] {
    const entries = [...this.#tables.values()].flatMap((keys) => [...keys.values()]);
    return entries.sort((a, b) => b.changes - a.changes);
  }
}

type Row = readonly [net: NetChanges, at: number];

function allOf(nets: readonly NetChanges[]): Row[] {
  return nets.flatMap((net) => net.keys.map((_, at): Row => [net, at]));
}

/** The rows that changed most often within the epoch, more than once each; most first. */
function busiest(nets: readonly NetChanges[]): Row[] {
  const taken: Row[] = [];
  const changesOf = ([net, at]: Row): number => net.states[at]?.changes ?? 0;
  let least = 1;
  for (const net of nets) {
    const { states } = net;
    for (let at = 0; at < states.length; at += 1) {
      const changes = states[at]?.changes ?? 0;
      if (changes <= least) continue;
      const place = taken.findIndex((row) => changesOf(row) < changes);
      taken.splice(place === -1 ? taken.length : place, 0, [net, at]);
      if (taken.length > takenMax) taken.pop();
      if (taken.length === takenMax) least = changesOf(taken[takenMax - 1] as Row);
    }
  }
  return taken;
}
