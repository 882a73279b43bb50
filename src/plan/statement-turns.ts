import type { RowState } from './row-state.js';

/** Each turn searches the table from end to end. */
const turnsMax = 256;

/** Rows of one statement that are looked for at the same time. */
export interface StatementTurn {
  readonly states: RowState[];
  /** Some of them become what others were: which row is hit then is up to the server. */
  readonly meets: boolean;
}

export const imageBefore = ({ before, beforeStart, beforeEnd }: RowState): string | null =>
  before === null ? null : before.toString('latin1', beforeStart, beforeEnd);

export const imageAfter = ({ after, afterStart, afterEnd }: RowState): string | null =>
  after === null ? null : after.toString('latin1', afterStart, afterEnd);

/**
 * In which turns the rows of a statement are to be changed: where one becomes what another one was (`SET v = v + 1`), the other goes
 * first, so that each image means the row that it meant on the source. Where they go round in a circle, or equal
 * rows become different ones, or the turns would be too many, all go in one, as MySQL's own replica does it.
 */
export function turnsOf(states: RowState[]): readonly StatementTurn[] {
  const apart = [{ states, meets: false }];
  const together = [{ states, meets: true }];
  if (states.length === 1 || states[0]?.after === null) return apart;
  const becomes = new Map(states.map((state) => [imageBefore(state), imageAfter(state)]));
  if (states.some((state) => becomes.get(imageBefore(state)) !== imageAfter(state))) return together;
  const turnOf = turnsByImage(becomes);
  if (turnOf === null) return together;
  const turns: RowState[][] = [];
  for (const state of states) (turns[turnOf.get(imageBefore(state)) ?? 0] ??= []).push(state);
  return turns.length === 1 ? apart : turns.map((own) => ({ states: own, meets: false }));
}

/** The turn of each image that goes; null: there is a circle, or a chain that is too long. */
function turnsByImage(becomes: ReadonlyMap<string | null, string | null>): Map<string | null, number> | null {
  const turnOf = new Map<string | null, number>();
  for (const start of becomes.keys()) {
    const chain = new Set<string | null>();
    let image: string | null = start;
    while (becomes.has(image) && !turnOf.has(image)) {
      if (chain.has(image) || chain.size === turnsMax) return null;
      chain.add(image);
      image = becomes.get(image) ?? null;
    }
    let turn = turnOf.get(image) ?? -1;
    for (const own of [...chain].reverse()) turnOf.set(own, ++turn);
    if (turn >= turnsMax) return null;
  }
  return turnOf;
}
