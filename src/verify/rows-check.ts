import { columnHashesStatement, lookupStatement } from './chunk-statements.js';
import type { CompareContext } from './compare-context.js';
import { shownKey } from './differing-rows.js';
import type { RowDoubt } from './narrow-chunk.js';
import type { Check } from './pending-checks.js';
import type { KeyValues } from './range-key.js';
import type { SourcePosition } from './replica-progress.js';
import type { DifferingRow } from './server-difference.js';
import { onBoth, type ServerPair } from './server-pair.js';
import { settle } from './settle.js';
import type { SideTable } from './table-pair.js';
import { addTallies, emptyTally } from './table-tally.js';
import type { Chunk } from './table-work.js';

/** Keys looked up by one statement. */
const keysAtOnce = 50;
/** Rows that changed at every look are given up and counted as unsettled. */
const roundsMax = 60;
const roundPauseMs = 100;
/** Differing rows of one chunk that are named. */
const rowsNamedMax = 100;

interface FoundRow {
  readonly hash: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Checks for rows in doubt, some keys each. */
export function rowsChecks(
  context: CompareContext,
  chunk: Chunk,
  doubts: readonly RowDoubt[],
  position: SourcePosition | null,
): Check[] {
  const checks: Check[] = [];
  chunk.work.rowsInDoubt += doubts.length;
  for (let at = 0; at < doubts.length; at += keysAtOnce) {
    checks.push(new RowsCheck(context, chunk, doubts.slice(at, at + keysAtOnce), position, 1));
  }
  return checks;
}

/** Looks at single rows by their keys until each of them is known to be the same or to differ. */
class RowsCheck implements Check {
  readonly chunk: Chunk;
  readonly position: SourcePosition | null;
  readonly notBeforeMs: number;
  readonly #context: CompareContext;
  readonly #doubts: readonly RowDoubt[];
  readonly #round: number;

  constructor(
    context: CompareContext,
    chunk: Chunk,
    doubts: readonly RowDoubt[],
    position: SourcePosition | null,
    round: number,
  ) {
    this.#context = context;
    this.chunk = chunk;
    this.position = position;
    this.#doubts = doubts;
    this.#round = round;
    this.notBeforeMs = round === 1 ? 0 : performance.now() + roundPauseMs;
  }

  async run(pair: ServerPair): Promise<readonly Check[]> {
    const { table } = this.chunk.work;
    const keys = this.#doubts.map(({ key }) => key);
    // In this order: see `settle`.
    const replica = await lookUp(pair.replica, table.replica, keys);
    const source = await lookUp(pair.source, table.source, keys);
    const position = await this.#context.progress.sourcePosition();
    const open: RowDoubt[] = [];
    for (const [place, doubt] of this.#doubts.entries()) {
      const [mine, theirs] = [source.get(place), replica.get(place)];
      const verdict = settle(doubt, theirs?.hash ?? null, mine?.hash ?? null);
      if (verdict.kind === 'open') open.push({ key: doubt.key, ...verdict.doubt });
      if (verdict.kind === 'differs') await this.#add(pair, doubt.key, mine, theirs);
    }
    const goesOn = this.#round < roundsMax;
    this.chunk.work.rowsInDoubt -= this.#doubts.length - (goesOn ? open.length : 0);
    if (open.length === 0) return [];
    if (goesOn) {
      return [new RowsCheck(this.#context, this.chunk, open, position, this.#round + 1)];
    }
    this.chunk.tally = { ...this.chunk.tally, unsettled: this.chunk.tally.unsettled + open.length };
    return [];
  }

  async #add(
    pair: ServerPair,
    key: KeyValues,
    source: FoundRow | undefined,
    replica: FoundRow | undefined,
  ): Promise<void> {
    const { table } = this.chunk.work;
    const both = source !== undefined && replica !== undefined;
    const named = this.chunk.tally.rows.length < rowsNamedMax;
    const row: DifferingRow = {
      key: shownKey((source ?? replica)!.row, source === undefined ? table.replica : table.source),
      sourceCopies: source === undefined ? 0 : 1,
      replicaCopies: replica === undefined ? 0 : 1,
      ...(both && named ? { columns: await this.#differingColumns(pair, key) } : {}),
    };
    this.chunk.tally = addTallies(
      this.chunk.tally,
      { ...emptyTally, rows: [row], differing: 1 },
      rowsNamedMax,
    );
  }

  async #differingColumns(pair: ServerPair, key: KeyValues): Promise<string[]> {
    const { source, replica } = this.chunk.work.table;
    const [[mine = {}], [theirs = {}]] = await onBoth<Record<string, unknown>>(
      pair,
      columnHashesStatement(source, key),
      columnHashesStatement(replica, key),
    );
    return source.columns
      .filter((_, i) => mine[`column_${i}`] !== theirs[`column_${i}`])
      .map(({ name }) => name);
  }
}

/** The rows by the places of their keys; where two keys are equal to the server, the first one has the row. */
async function lookUp(
  connection: ServerPair['source'],
  side: SideTable,
  keys: readonly KeyValues[],
): Promise<ReadonlyMap<number, FoundRow>> {
  const rows = await connection.query<Record<string, unknown>>(lookupStatement(side, keys));
  return new Map(rows.map((row) => [Number(row['place']), { hash: String(row['hash'] as string), row }]));
}
