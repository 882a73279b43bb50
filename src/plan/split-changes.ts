import type { NetChanges } from './net-changes.js';
import { groupRows } from './row-groups.js';
import type { RowState } from './row-state.js';
import { splitObstacle } from './split-obstacle.js';

/** Whether the rows of a table may be spread over lanes: every key that could make two of them meet compares as bytes. */
export function canSplit(changes: NetChanges): boolean {
  return splitObstacle(changes.traits) === null;
}

/**
 * Splits the changes of one table into at most `pieces` of about the same size. Neighbours in the order of their first
 * change stay together: what was written together as a rule lies together in the table, too.
 */
export function splitChanges(changes: NetChanges, pieces: number): NetChanges[] {
  const { states } = changes;
  const groups = groupRows(changes);
  const pieceOfGroup = new Map<number, number>();
  const perPiece = Math.ceil(states.length / pieces);
  let filled = 0;
  let piece = 0;
  const parts = Array.from({ length: pieces }, () => ({
    keys: [] as (number | string)[],
    states: [] as RowState[],
    deletes: [] as RowState[],
    updates: [] as RowState[],
    inserts: [] as RowState[],
    bytes: 0,
  }));
  states.forEach((state, index) => {
    const group = groups[index] as number;
    let target = pieceOfGroup.get(group);
    if (target === undefined) {
      if (filled >= perPiece && piece < pieces - 1) {
        piece++;
        filled = 0;
      }
      target = piece;
      pieceOfGroup.set(group, target);
    }
    if (target === piece) filled++;
    state.piece = target;
    const part = parts[target];
    part?.keys.push(changes.keys[index] as number | string);
    part?.states.push(state);
    if (part !== undefined) part.bytes += state.bytes;
  });
  const deal = (side: 'deletes' | 'updates' | 'inserts'): void => {
    for (const state of changes[side]) parts[state.piece]?.[side].push(state);
  };
  deal('deletes');
  deal('updates');
  deal('inserts');
  const burntPiece = pieceOfGroup.get(groups[states.length] ?? 0) ?? 0;
  return parts
    .map((part, index) => ({
      ...part,
      table: changes.table,
      traits: changes.traits,
      burnt: index === burntPiece ? changes.burnt : null,
    }))
    .filter((part) => part.states.length > 0);
}
