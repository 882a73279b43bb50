import { boundaryStatement } from './chunk-statements.js';
import { ChunkPace } from './chunk-pace.js';
import { keyOfRow, type KeyRange, type KeyValues } from './range-key.js';
import type { ServerPair } from './server-pair.js';
import type { SideTable, TablePair } from './table-pair.js';
import { addTallies, emptyTally, type TableTally } from './table-tally.js';

/** A part of a table that is compared as one; `range` is null for a table without a key, which is one chunk. */
export interface Chunk {
  readonly work: TableWork;
  readonly range: KeyRange | null;
  tally: TableTally;
  /** Checks that are to come; the chunk is done with the last of them. */
  openChecks: number;
  done: boolean;
}

/** Where a table's comparison stands: everything up to `doneThrough` is in `tally`. */
export interface TableStart {
  readonly doneThrough: KeyValues | null;
  readonly tally: TableTally;
}

/** How many more rows the replica may have between two keys of the source before it cuts the chunk itself. */
const replicaRowsFactor = 2;

/** One table being compared: hands out its chunks along its key, and gathers what they found in the order of the key. */
export class TableWork {
  readonly table: TablePair;
  readonly pace: ChunkPace;
  /** Rows of all chunks that are being looked at one by one. */
  rowsInDoubt = 0;
  readonly #rowsNamedMax: number;
  readonly #open: Chunk[] = [];
  #cut: KeyValues | null;
  #doneThrough: KeyValues | null;
  #tally: TableTally;
  #exhausted = false;
  #abandoned = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    table: TablePair,
    options: { readonly chunkMs: number; readonly rowsNamedMax: number; readonly start: TableStart | null },
  ) {
    this.table = table;
    this.pace = new ChunkPace(options.chunkMs);
    this.#rowsNamedMax = options.rowsNamedMax;
    this.#cut = options.start?.doneThrough ?? null;
    this.#doneThrough = this.#cut;
    this.#tally = options.start?.tally ?? emptyTally;
  }

  /** What the chunks up to `doneThrough` found. */
  get tally(): TableTally {
    return this.#tally;
  }

  /** Everything so far, chunks under way included. */
  get tallySoFar(): TableTally {
    return this.#open.reduce((sum, chunk) => addTallies(sum, chunk.tally, this.#rowsNamedMax), this.#tally);
  }

  get doneThrough(): KeyValues | null {
    return this.#doneThrough;
  }

  /** No chunk is left to be handed out. */
  get exhausted(): boolean {
    return this.#exhausted || this.#abandoned;
  }

  /** Every chunk has been compared. */
  get done(): boolean {
    return this.#exhausted && this.#open.length === 0;
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** The table has changed: what is under way no longer counts. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** The next chunk; null when there is none. Callers at one time are served one after another. */
  next(pair: ServerPair): Promise<Chunk | null> {
    const turn = this.#turn.then(() => this.#next(pair));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** A chunk's last check is done. */
  finish(chunk: Chunk): void {
    chunk.done = true;
    // Only what is done without a gap counts, so that a later start can go on behind it.
    while (this.#open[0]?.done === true) {
      const [first] = this.#open.splice(0, 1) as [Chunk];
      this.#tally = addTallies(this.#tally, first.tally, this.#rowsNamedMax);
      this.#doneThrough = first.range?.upTo ?? this.#doneThrough;
    }
  }

  async #next(pair: ServerPair): Promise<Chunk | null> {
    if (this.exhausted) return null;
    if (this.table.source.key === null) {
      this.#exhausted = true;
      return this.#hand(null);
    }
    const after = this.#cut;
    const upTo = await this.#nextCut(pair, after);
    if (upTo === null) this.#exhausted = true;
    this.#cut = upTo;
    return this.#hand({ after, upTo });
  }

  /** The source's rows set the pace; behind its last one those of the replica, which may have more. */
  async #nextCut(pair: ServerPair, after: KeyValues | null): Promise<KeyValues | null> {
    const rest = { after, upTo: null };
    const { source, replica } = this.table;
    const onSource = await readBoundary(pair.source, source, rest, this.pace.rows);
    return onSource ?? readBoundary(pair.replica, replica, rest, this.pace.rows * replicaRowsFactor);
  }

  #hand(range: KeyRange | null): Chunk {
    const chunk: Chunk = { work: this, range, tally: emptyTally, openChecks: 0, done: false };
    this.#open.push(chunk);
    return chunk;
  }
}

/** The key that stands `rows` rows into the range on this server; null if it has fewer there. */
export async function readBoundary(
  connection: ServerPair['source'],
  side: SideTable,
  range: KeyRange,
  rows: number,
): Promise<KeyValues | null> {
  const [row] = await connection.query(boundaryStatement(side, range, rows));
  return row === undefined || side.key === null ? null : keyOfRow(row, side.key.columns);
}
