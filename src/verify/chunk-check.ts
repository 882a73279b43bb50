import type { CompareContext } from './compare-context.js';
import { digestSide } from './digest-chunk.js';
import { type Narrowed, narrowChunk } from './narrow-chunk.js';
import type { Check } from './pending-checks.js';
import type { KeyRange } from './range-key.js';
import type { SourcePosition } from './replica-progress.js';
import { rowsChecks } from './rows-check.js';
import type { ServerPair } from './server-pair.js';
import type { Chunk } from './table-work.js';

/** So many differing rows of a table are looked at one by one; of further chunks it is only told that they differ. */
const rowsExaminedMax = 1_000;
/** Looks at one chunk and what is left of it: ends the search should the servers order keys so differently that it goes in circles. */
const looksMax = 10_000;
/** Until rows in doubt are known to differ or not. */
const postponeMs = 200;

export interface ChunkDoubt {
  readonly range: KeyRange;
  /** Null when there is no digest: the first look took too long, or the range is the rest of a larger one. */
  readonly sourceDigest: string | null;
  readonly position: SourcePosition | null;
  /** Whether the rows of the range are in the chunk's tally already. */
  readonly counted: boolean;
}

/** The second look at a chunk that differed: by its digest once more, and then, if it still differs, at its rows. */
export class ChunkCheck implements Check {
  readonly chunk: Chunk;
  readonly notBeforeMs: number;
  readonly #context: CompareContext;
  readonly #doubt: ChunkDoubt;
  readonly #look: number;

  constructor(context: CompareContext, chunk: Chunk, doubt: ChunkDoubt, { notBeforeMs = 0, look = 1 } = {}) {
    this.#context = context;
    this.chunk = chunk;
    this.#doubt = doubt;
    this.notBeforeMs = notBeforeMs;
    this.#look = look;
  }

  get position(): SourcePosition | null {
    return this.#doubt.position;
  }

  async run(pair: ServerPair): Promise<readonly Check[]> {
    const { sourceDigest, range } = this.#doubt;
    const { work } = this.chunk;
    const differing = work.tallySoFar.differing;
    // With so many rows in doubt it is to be seen first how many of them differ.
    const room = rowsExaminedMax - differing - work.rowsInDoubt;
    const isLast = this.#look === looksMax;
    if (differing < rowsExaminedMax && room <= 0 && !isLast) return [this.#postponed(this.#doubt)];
    if (sourceDigest !== null && (await this.#isEqualNow(pair, sourceDigest))) return [];
    if (room <= 0 || isLast) {
      this.chunk.tally = { ...this.chunk.tally, unexaminedChunks: 1 };
      return [];
    }
    const narrowed = await narrowChunk(this.#context, pair, work.table, range, room);
    if (!this.#doubt.counted) this.#count(narrowed);
    const position = await this.#context.progress.sourcePosition();
    const checks: Check[] = rowsChecks(this.#context, this.chunk, narrowed.doubts, position);
    if (narrowed.rest !== null) {
      const counted = this.#doubt.counted;
      checks.push(this.#postponed({ range: narrowed.rest, sourceDigest: null, position, counted }));
    }
    return checks;
  }

  #postponed(doubt: ChunkDoubt): ChunkCheck {
    const notBeforeMs = performance.now() + postponeMs;
    return new ChunkCheck(this.#context, this.chunk, doubt, { notBeforeMs, look: this.#look + 1 });
  }

  #count({ sourceRows, replicaRows }: Narrowed): void {
    const { tally } = this.chunk;
    this.chunk.tally = {
      ...tally,
      sourceRows: tally.sourceRows + sourceRows,
      replicaRows: tally.replicaRows + replicaRows,
    };
  }

  /** Read on the replica first: what the source holds after that is what the replica may be ahead to. */
  async #isEqualNow(pair: ServerPair, sourceDigest: string): Promise<boolean> {
    const { table } = this.chunk.work;
    const { range } = this.#doubt;
    const replica = await digestSide(this.#context, pair, table, range, 'replica');
    if (replica.digest === sourceDigest) return true;
    const source = await digestSide(this.#context, pair, table, range, 'source');
    return replica.digest === source.digest;
  }
}
