import type { CompareContext } from './compare-context.js';
import {
  type BagDigestRow,
  type BucketRow,
  bucketRowsMax,
  bucketsFor,
  differingRows,
  digestText,
} from './differing-rows.js';
import type { Check } from './pending-checks.js';
import type { SourcePosition } from './replica-progress.js';
import { bucketDigestStatement, bucketRowsStatement } from './row-digest.js';
import type { DifferingRow } from './server-difference.js';
import type { ServerPair } from './server-pair.js';
import { type Doubt, settle } from './settle.js';
import { addTallies, emptyTally } from './table-tally.js';
import type { Chunk } from './table-work.js';

/** Buckets that changed at every look are given up, and count as unsettled rows. */
const roundsMax = 40;
const roundPauseMs = 200;
const rowsNamedMax = 100;
/** Buckets listed row by row; of further ones it is only told that they differ. */
const bucketsListedMax = 200;

type Digests = ReadonlyMap<number, string>;

/**
 * Compares a table that has no key to be cut along: the hashes of its rows are summed in buckets, which a row finds by its hash, so
 * that duplicates count. One statement reads the whole table. Returns the checks that are needed.
 */
export async function compareBag(
  context: CompareContext,
  pair: ServerPair,
  chunk: Chunk,
): Promise<readonly Check[]> {
  const buckets = bucketsFor(chunk.work.table.rowsEstimate);
  const [source, replica] = await Promise.all([
    readBuckets(context, pair, chunk, 'source', buckets, null),
    readBuckets(context, pair, chunk, 'replica', buckets, null),
  ]);
  chunk.tally = { ...chunk.tally, sourceRows: source.rows, replicaRows: replica.rows };
  const numbers = new Set([...source.digests.keys(), ...replica.digests.keys()]);
  const doubts = new Map<number, Doubt>();
  for (const number of numbers) {
    const mine = source.digests.get(number) ?? null;
    if (mine !== (replica.digests.get(number) ?? null)) doubts.set(number, { source: mine, confirmed: 0 });
  }
  if (doubts.size === 0) return [];
  const position = await context.progress.sourcePosition();
  return [new BagCheck(context, chunk, { buckets, doubts, position, round: 1 })];
}

interface BagRound {
  readonly buckets: number;
  readonly doubts: ReadonlyMap<number, Doubt>;
  readonly position: SourcePosition | null;
  readonly round: number;
}

/** Looks again at the buckets that differed; rows that come and go elsewhere play no part. */
class BagCheck implements Check {
  readonly chunk: Chunk;
  readonly notBeforeMs: number;
  readonly #context: CompareContext;
  readonly #round: BagRound;

  constructor(context: CompareContext, chunk: Chunk, round: BagRound) {
    this.#context = context;
    this.chunk = chunk;
    this.#round = round;
    this.notBeforeMs = round.round === 1 ? 0 : performance.now() + roundPauseMs;
  }

  get position(): SourcePosition | null {
    return this.#round.position;
  }

  async run(pair: ServerPair): Promise<readonly Check[]> {
    const { buckets, doubts, round } = this.#round;
    const only = [...doubts.keys()];
    // In this order: see `settle`.
    const replica = await readBuckets(this.#context, pair, this.chunk, 'replica', buckets, only);
    const source = await readBuckets(this.#context, pair, this.chunk, 'source', buckets, only);
    const position = await this.#context.progress.sourcePosition();
    const open = new Map<number, Doubt>();
    const differing: number[] = [];
    for (const [number, doubt] of doubts) {
      const verdict = settle(doubt, replica.digests.get(number) ?? null, source.digests.get(number) ?? null);
      if (verdict.kind === 'open') open.set(number, verdict.doubt);
      if (verdict.kind === 'differs') differing.push(number);
    }
    await this.#list(pair, differing);
    if (open.size === 0) return [];
    if (round < roundsMax) {
      return [new BagCheck(this.#context, this.chunk, { buckets, doubts: open, position, round: round + 1 })];
    }
    this.chunk.tally = { ...this.chunk.tally, unsettled: this.chunk.tally.unsettled + open.size };
    return [];
  }

  async #list(pair: ServerPair, differing: readonly number[]): Promise<void> {
    for (const bucket of differing.slice(0, bucketsListedMax)) {
      const rows = await this.#differingRows(pair, bucket);
      // The bucket differs for sure; should its rows have changed meanwhile, it is only told that it does.
      const found = { rows, differing: rows.length, unexaminedChunks: rows.length === 0 ? 1 : 0 };
      this.chunk.tally = addTallies(this.chunk.tally, { ...emptyTally, ...found }, rowsNamedMax);
    }
    const unlisted = Math.max(0, differing.length - bucketsListedMax);
    this.chunk.tally = {
      ...this.chunk.tally,
      unexaminedChunks: this.chunk.tally.unexaminedChunks + unlisted,
    };
  }

  /** Rows that differ however the source is read: before the replica, and after it. */
  async #differingRows(pair: ServerPair, bucket: number): Promise<DifferingRow[]> {
    const { source, replica } = this.chunk.work.table;
    const { buckets } = this.#round;
    const onSource = bucketRowsStatement(source, buckets, bucket, bucketRowsMax);
    const before = await pair.source.query<BucketRow>(onSource);
    const theirs = await pair.replica.query<BucketRow>(
      bucketRowsStatement(replica, buckets, bucket, bucketRowsMax),
    );
    const after = await pair.source.query<BucketRow>(onSource);
    const still = new Set(differingRows(after, theirs, source).map((row) => JSON.stringify(row)));
    return differingRows(before, theirs, source).filter((row) => still.has(JSON.stringify(row)));
  }
}

async function readBuckets(
  context: CompareContext,
  pair: ServerPair,
  { work }: Chunk,
  which: 'source' | 'replica',
  buckets: number,
  only: readonly number[] | null,
): Promise<{ readonly rows: number; readonly digests: Digests }> {
  const startMs = performance.now();
  const rows = await pair[which].query<BagDigestRow>(bucketDigestStatement(work.table[which], buckets, only));
  const count = rows.reduce((sum, row) => sum + Number(row.row_count), 0);
  context.meter.addRead(count, performance.now() - startMs);
  return { rows: count, digests: new Map(rows.map((row) => [Number(row.bucket), digestText(row)])) };
}
