import { RowCutter } from '../binlog/row-cutter.js';
import { meetsImage } from './meets-image.js';
import type { NetChanges } from './net-changes.js';
import { rowKey } from './row-key.js';

/**
 * Which rows of one table must stay in one lane: two rows that hold the same value in a unique key, before or after, meet.
 * The one has to release the value before the other takes it, and lanes do not wait for each other.
 *
 * Gives a group number for each of `changes.states`, then one for the burnt row if there is one; rows of one number belong
 * together.
 */
export function groupRows(changes: NetChanges): Int32Array {
  const { states, table, traits, burnt } = changes;
  const parents = Int32Array.from({ length: states.length + (burnt === null ? 0 : 1) }, (_, index) => index);
  if (traits.uniqueKeys.length === 0 && burnt === null) return parents;
  const find = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root] as number;
    while (parents[index] !== root) {
      const next = parents[index] as number;
      parents[index] = root;
      index = next;
    }
    return root;
  };
  const cutter = new RowCutter(table);
  for (const key of traits.uniqueKeys) {
    const owner = new Map<number | string, number>();
    const meet = (bytes: Buffer | null, start: number, end: number, index: number): void => {
      if (bytes === null) return;
      cutter.cut(bytes, start, end);
      const value = rowKey(bytes, cutter, key.columns);
      // A key with a NULL part is never equal to another.
      if (value === null) return;
      const other = owner.get(value);
      if (other === undefined) owner.set(value, index);
      else parents[find(index)] = find(other);
    };
    states.forEach((state, index) => {
      meet(state.before, state.beforeStart, state.beforeEnd, index);
      meet(state.after, state.afterStart, state.afterEnd, index);
    });
  }
  if (burnt !== null) {
    const meetsBurnt = meetsImage(table, traits, burnt);
    states.forEach(({ before, beforeStart, beforeEnd, after, afterStart, afterEnd }, index) => {
      const meets =
        (before !== null && meetsBurnt(before, beforeStart, beforeEnd)) ||
        (after !== null && meetsBurnt(after, afterStart, afterEnd));
      if (meets) parents[find(index)] = find(states.length);
    });
  }
  for (let index = 0; index < parents.length; index++) find(index);
  return parents;
}
