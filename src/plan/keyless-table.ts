import { RowCutter } from '../binlog/row-cutter.js';
import { RowsFlag, type RowsEvent } from '../binlog/rows-event.js';
import type { TableMap } from '../binlog/table-map.js';
import { ImageLayers } from './image-layers.js';
import type { NetChanges } from './net-changes.js';
import { RowState } from './row-state.js';
import { imageAfter, imageBefore, turnsOf } from './statement-turns.js';
import type { TableTraits } from '../schema/table-traits.js';

/** Changes of which none meets another. */
class Layer {
  readonly deletes: RowState[] = [];
  readonly updates: RowState[] = [];
  readonly inserts: RowState[] = [];
  /** Changes that must be looked for together. */
  readonly statements: RowState[][] = [];
}

/**
 * The changes of one table without a key. A row is known by its whole image alone, equal rows are legal, and the table keeps its
 * rows in an order that `ADD COLUMN … AUTO_INCREMENT` makes visible: an insert goes behind all others, an update keeps its
 * row's place, and of equal rows the first one is hit. So nothing is left out, and no change passes one that it meets. All that
 * is saved is events: changes that do not meet share one, and the server then searches the table once for all of them.
 */
export class KeylessTable {
  readonly table: TableMap;
  readonly traits: TableTraits;
  /** As in `NetTable`. */
  rowsIn = 0;
  readonly doubt = null;
  readonly #cutter: RowCutter;
  /** null: values of a unique key pass from row to row, and nothing may pass anything. */
  readonly #images: ImageLayers | null;
  readonly #layers: Layer[] = [];
  /** Inserts go in in source order: none into a layer before that of the one before it. */
  #insertLayer = 0;
  /** Updates of a statement that more events may belong to. */
  #statement: RowState[] = [];

  constructor(table: TableMap, traits: TableTraits) {
    this.table = table;
    this.traits = traits;
    this.#cutter = new RowCutter(table);
    this.#images = traits.uniqueKeys.length > 0 ? null : new ImageLayers();
  }

  /** Takes the rows of a complete event and gives their number. */
  add(rows: RowsEvent): number {
    const states = this.#statesOf(rows);
    if (rows.kind === 'update') {
      for (const state of states) this.#statement.push(state);
      if ((rows.flags & RowsFlag.StatementEnd) !== 0) this.endStatement();
      return states.length;
    }
    this.endStatement();
    if (rows.kind === 'write') this.#write(states);
    else this.#change(states);
    return states.length;
  }

  /** Nothing more belongs to the statement of the last event: one of another table may have ended it. */
  endStatement(): void {
    if (this.#statement.length === 0) return;
    this.#change(this.#statement);
    this.#statement = [];
  }

  /** What to apply, in this order. */
  close(): NetChanges[] {
    this.endStatement();
    return this.#layers.flatMap(({ deletes, updates, inserts, statements }) => {
      const changes = statements.map((states) =>
        states[0]?.after === null ? this.#changes(states, [], [], true) : this.#changes([], states, [], true),
      );
      const apart = deletes.length + updates.length + inserts.length > 0;
      return apart ? [...changes, this.#changes(deletes, updates, inserts, false)] : changes;
    });
  }

  #changes(deletes: RowState[], updates: RowState[], inserts: RowState[], together: boolean): NetChanges {
    const states = [...deletes, ...updates, ...inserts];
    const bytes = states.reduce((sum, state) => sum + state.bytes, 0);
    const { table, traits } = this;
    return { table, traits, keys: [], states, deletes, updates, inserts, burnt: null, bytes, together };
  }

  #statesOf({ bytes, kind, end: limit, rowsAt }: RowsEvent): RowState[] {
    const states: RowState[] = [];
    for (let at = rowsAt; at < limit;) {
      const state = new RowState();
      let start = at;
      at = this.#cutter.cut(bytes, at, limit);
      if (kind !== 'write') state.setBefore(bytes, start, at);
      if (kind === 'update') {
        start = at;
        at = this.#cutter.cut(bytes, at, limit);
      }
      if (kind !== 'delete') state.setAfter(bytes, start, at);
      states.push(state);
    }
    return states;
  }

  #layer(at: number): Layer {
    while (this.#layers.length <= at) this.#layers.push(new Layer());
    return this.#layers[at] as Layer;
  }

  #write(states: readonly RowState[]): void {
    const images = this.#images;
    if (images === null) {
      const last = this.#layers.at(-1);
      this.#insertLayer = this.#layers.length - (last === undefined || last.statements.length > 0 ? 0 : 1);
    }
    for (const state of states) {
      if (images !== null && !images.isEmpty) {
        const image = imageAfter(state);
        this.#insertLayer = Math.max(this.#insertLayer, images.layerFor(null, image));
        images.note(this.#insertLayer, null, image);
      }
      this.#layer(this.#insertLayer).inserts.push(state);
    }
  }

  #change(states: RowState[]): void {
    const images = this.#images;
    if (images === null) {
      this.#layer(this.#layers.length).statements.push(states);
      return;
    }
    this.#knowInserts(images);
    const turns = turnsOf(states);
    if (turns.length > 1 || turns[0]?.meets === true) {
      const layerOf = (state: RowState): number => images.layerFor(imageBefore(state), imageAfter(state));
      const at = states.reduce((most, state) => Math.max(most, layerOf(state)), 0);
      for (const state of states) images.note(at, imageBefore(state), imageAfter(state));
      for (const turn of turns) this.#layer(at).statements.push(turn.states);
      return;
    }
    for (const state of states) {
      const before = imageBefore(state);
      const after = imageAfter(state);
      const at = images.layerFor(before, after);
      images.note(at, before, after);
      const layer = this.#layer(at);
      (after === null ? layer.deletes : layer.updates).push(state);
    }
  }

  /** As long as nothing but inserts has come, their images are not needed. */
  #knowInserts(images: ImageLayers): void {
    if (!images.isEmpty) return;
    for (const state of this.#layers[0]?.inserts ?? []) images.note(0, null, imageAfter(state));
  }
}
