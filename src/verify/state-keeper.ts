import type { ComparisonLoop } from './comparison-loop.js';
import { pause } from './pause.js';
import { tableLabel, type TablePair } from './table-pair.js';
import type { TableStart, TableWork } from './table-work.js';
import type { TableReport } from './verify-report.js';
import type { TableState, VerifyStateFile } from './verify-state.js';

/** What a kill costs at most in work done twice, unless the state is so large that writing takes a share of the time. */
const writeEveryMs = 250;
const writeShareMax = 1 / 20;

/** Writes down how far a comparison is while it runs, and tells where an earlier start had come to. */
export class StateKeeper {
  readonly #file: VerifyStateFile | null;
  readonly #before: ReadonlyMap<string, TableState>;
  #doneBefore: TableState[] = [];

  /** @param file null: nothing is kept. */
  constructor(file: VerifyStateFile | null, before: readonly TableState[]) {
    this.#file = file;
    this.#before = new Map(before.map((state) => [tableLabel(state), state]));
  }

  /** Tables that an earlier start had finished, of those asked for with `startOf`. */
  get doneBefore(): readonly TableReport[] {
    return this.#doneBefore;
  }

  /** Where to go on with a table; null: at its beginning, also when it has another key now. */
  startOf(table: TablePair): (TableStart & { readonly done: boolean }) | null {
    const state = this.#before.get(tableLabel(table));
    if (state === undefined) return null;
    if (state.done) {
      this.#doneBefore.push(state);
      return state;
    }
    const sameKey = JSON.stringify(state.keyColumns) === JSON.stringify(keyColumns(table));
    return sameKey && state.doneThrough !== null ? state : null;
  }

  /** Does `work`, and keeps the state of `loop` written down meanwhile, and at its end however it ends. */
  async during(loop: ComparisonLoop, work: () => Promise<void>): Promise<void> {
    if (this.#file === null) return work();
    // A file that cannot be written is told at once.
    await this.#write(loop);
    const end = new AbortController();
    const writing = this.#keepWriting(loop, end.signal);
    try {
      await work();
    } finally {
      end.abort();
      await writing;
      await this.#write(loop);
    }
  }

  /** Everything is compared: there is nothing to go on with. */
  async complete(): Promise<void> {
    await this.#file?.remove();
  }

  /** A write that fails is tried again; the last one, at the end, must not fail. */
  async #keepWriting(loop: ComparisonLoop, signal: AbortSignal): Promise<void> {
    let waitMs = writeEveryMs;
    while (!signal.aborted) {
      await pause(waitMs, signal);
      const startMs = performance.now();
      await this.#write(loop).catch(() => undefined);
      waitMs = Math.max(writeEveryMs, (performance.now() - startMs) / writeShareMax);
    }
  }

  async #write(loop: ComparisonLoop): Promise<void> {
    const states = [
      ...this.#doneBefore,
      ...loop.finished.map((work) => stateOf(work, true)),
      ...[...loop.unfinished]
        .filter(({ doneThrough }) => doneThrough !== null)
        .map((work) => stateOf(work, false)),
    ];
    await this.#file?.write(states);
  }
}

function stateOf({ table, doneThrough, tally }: TableWork, done: boolean): TableState {
  return {
    schema: table.schema,
    table: table.table,
    done,
    keyColumns: keyColumns(table),
    doneThrough: doneThrough === null ? null : [...doneThrough],
    tally: { ...tally, rows: tally.rows.map(copyRow) },
  };
}

function copyRow({
  columns,
  ...row
}: TableReport['tally']['rows'][number]): TableState['tally']['rows'][number] {
  return columns === undefined ? row : { ...row, columns: [...columns] };
}

function keyColumns({ source }: TablePair): string[] {
  return (source.key?.columns ?? []).map(({ name }) => name);
}
