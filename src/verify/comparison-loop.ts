import { TailraceError } from '../errors/tailrace-error.js';
import { ServerError } from '../mysql/server-error.js';
import { ChunkCheck } from './chunk-check.js';
import { compareBag } from './bag-check.js';
import type { CompareContext } from './compare-context.js';
import { digestBoth } from './digest-chunk.js';
import type { LoadGate } from './load-gate.js';
import { pairTables } from './pair-tables.js';
import { pause } from './pause.js';
import { type Check, PendingChecks } from './pending-checks.js';
import type { ServerPair } from './server-pair.js';
import { isTooLongJson } from './row-digest.js';
import { StallWatch } from './stall-watch.js';
import { tableLabel } from './table-pair.js';
import { emptyTally } from './table-tally.js';
import { type Chunk, TableWork } from './table-work.js';

/** ER_QUERY_TIMEOUT. */
const queryTimeoutErrno = 3024;
/**
 * The table is not what it was: unknown database, unknown column, unknown key, no such table, changed definition; and InnoDB's word for a
 * table without its file, while it is being truncated.
 */
const tableChangedErrnos = new Set([1049, 1054, 1176, 1146, 1412, 1814]);
const restartsMax = 10;
const idlePauseMs = 25;
const refreshEveryMs = 50;

export interface LoopOptions {
  readonly gate: LoadGate;
  /** For questions beside the comparison. */
  readonly monitor: ServerPair;
  readonly chunkMs: number;
  readonly rowsNamedMax: number;
  readonly stalledMsMax: number;
}

/** Compares tables chunk by chunk in several sessions, and looks again at what differed once the replica has come far enough. */
export class ComparisonLoop {
  readonly #context: CompareContext;
  readonly #options: LoopOptions;
  readonly #pending = new PendingChecks();
  readonly #unfinished: Set<TableWork>;
  readonly #finished: TableWork[] = [];
  readonly #restarts = new Map<string, number>();
  readonly #notes: string[] = [];
  #rows = 0;
  readonly #stalls: StallWatch;
  #refreshedMs = -Infinity;
  #blocked = false;

  constructor(context: CompareContext, works: readonly TableWork[], options: LoopOptions) {
    this.#context = context;
    this.#options = options;
    this.#unfinished = new Set(works);
    this.#stalls = new StallWatch(context.progress, options.stalledMsMax);
  }

  get finished(): readonly TableWork[] {
    return this.#finished;
  }

  get unfinished(): ReadonlySet<TableWork> {
    return this.#unfinished;
  }

  /** Rows of the source that were compared by this loop. */
  get rows(): number {
    return this.#rows;
  }

  get waiting(): number {
    return this.#pending.size;
  }

  /** Nothing can be done before the replica has advanced. */
  get isBlocked(): boolean {
    return this.#blocked;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  /** One worker: until everything is compared, or the signal. Several may run at one time, each with its own sessions. */
  async work(pair: ServerPair): Promise<void> {
    const { signal } = this.#context;
    while (!signal.aborted) {
      await this.#options.gate.pass(signal);
      if (signal.aborted || (await this.#step(pair))) continue;
      if (this.#unfinished.size === 0) return;
      await pause(idlePauseMs, signal);
    }
  }

  /** Waits until the replica has all that the source has now, or for the signal. */
  async awaitReplica(): Promise<void> {
    const { progress, signal } = this.#context;
    const position = await progress.sourcePosition();
    const stalls = new StallWatch(progress, this.#options.stalledMsMax);
    await progress.refresh();
    while (position !== null && !progress.hasPassed(position) && !signal.aborted) {
      stalls.check(position);
      await pause(refreshEveryMs, signal);
      await progress.refresh();
    }
  }

  /** Does the next thing there is to do; false when there is nothing just now. */
  async #step(pair: ServerPair): Promise<boolean> {
    const check = await this.#takeReady();
    if (check !== null) {
      await this.#guard(check.chunk.work, () => this.#lookAgain(check, pair));
      return true;
    }
    const work = this.#pending.full ? null : this.#workWithChunks();
    this.#blocked = work === null;
    if (work === null) return false;
    await this.#guard(work, async () => {
      const chunk = await work.next(pair);
      if (chunk !== null) await this.#firstLook(chunk, pair);
    });
    return true;
  }

  async #takeReady(): Promise<Check | null> {
    const { progress } = this.#context;
    if (this.#pending.size === 0) return null;
    if (performance.now() - this.#refreshedMs >= refreshEveryMs) {
      this.#refreshedMs = performance.now();
      await progress.refresh();
    }
    const check = this.#pending.takeReady(progress);
    const oldest = this.#pending.oldestAwaited(progress);
    if (oldest !== null) this.#stalls.check(oldest);
    return check;
  }

  /** A table that has chunks to hand out; those at their end are few, and only wait for second looks. */
  #workWithChunks(): TableWork | null {
    for (const work of this.#unfinished) if (!work.exhausted) return work;
    return null;
  }

  async #firstLook(chunk: Chunk, pair: ServerPair): Promise<void> {
    const checks =
      chunk.range === null
        ? await compareBag(this.#context, pair, chunk)
        : await this.#compareChunk(chunk, pair);
    this.#context.meter.addChunk();
    this.#rows += chunk.tally.sourceRows;
    chunk.openChecks = checks.length;
    this.#pending.add(checks);
    this.#finishIfDone(chunk);
  }

  async #compareChunk(chunk: Chunk, pair: ServerPair): Promise<readonly Check[]> {
    const range = chunk.range!;
    const { table, pace } = chunk.work;
    const { progress, statementMsMax } = this.#context;
    try {
      const { source, replica, elapsedMs } = await digestBoth(
        this.#context,
        pair,
        table,
        range,
        statementMsMax,
      );
      pace.learn(Math.max(source.rows, replica.rows), elapsedMs);
      chunk.tally = { ...emptyTally, sourceRows: source.rows, replicaRows: replica.rows };
      if (source.digest === replica.digest) return [];
      const position = await progress.sourcePosition();
      return [
        new ChunkCheck(this.#context, chunk, { range, sourceDigest: source.digest, position, counted: true }),
      ];
    } catch (error) {
      if (!(error instanceof ServerError) || error.errno !== queryTimeoutErrno) throw error;
      pace.slowDown();
      return [
        new ChunkCheck(this.#context, chunk, { range, sourceDigest: null, position: null, counted: false }),
      ];
    }
  }

  async #lookAgain(check: Check, pair: ServerPair): Promise<void> {
    const { chunk } = check;
    this.#context.meter.addRecheck();
    const counted = chunk.tally.sourceRows;
    const more = await check.run(pair);
    this.#rows += chunk.tally.sourceRows - counted;
    chunk.openChecks += more.length - 1;
    this.#pending.add(more);
    this.#finishIfDone(chunk);
  }

  #finishIfDone(chunk: Chunk): void {
    if (chunk.openChecks > 0 || this.#context.signal.aborted) return;
    const { work } = chunk;
    work.finish(chunk);
    if (work.done && this.#unfinished.delete(work)) this.#finished.push(work);
  }

  /** Runs `look`; a table that turns out to have changed under it is begun again. */
  async #guard(work: TableWork, look: () => Promise<void>): Promise<void> {
    if (work.abandoned) return;
    try {
      await look();
    } catch (error) {
      if (work.abandoned || this.#context.signal.aborted) return;
      if (!(error instanceof ServerError)) throw error;
      if (!tableChangedErrnos.has(error.errno)) throw refusal(work, error);
      await this.#begin(work, error);
    }
  }

  /** Compares a table from its beginning, as it is once the replica has seen the change. */
  async #begin(work: TableWork, error: ServerError): Promise<void> {
    const { schema, table } = work.table;
    const label = tableLabel(work.table);
    const restarts = (this.#restarts.get(label) ?? 0) + 1;
    if (restarts > restartsMax) throw refusal(work, error);
    this.#restarts.set(label, restarts);
    work.abandon();
    this.#pending.drop(({ chunk }) => chunk.work === work);
    this.#rows -= work.tallySoFar.sourceRows;
    await this.awaitReplica();
    const again = (await pairTables(this.#options.monitor, schema)).find((found) => found.table === table);
    if (again === undefined) {
      this.#notes.push(`${label} was dropped or renamed while it was compared.`);
    } else {
      const { chunkMs, rowsNamedMax } = this.#options;
      this.#unfinished.add(new TableWork(again, { chunkMs, rowsNamedMax, start: null }));
    }
    this.#unfinished.delete(work);
  }
}

function refusal(work: TableWork, error: ServerError): TailraceError {
  if (isTooLongJson(error))
    return new TailraceError('TR_VERIFY_REFUSED', {
      what: `${tableLabel(work.table)} contains a JSON value whose text is longer than max_allowed_packet.`,
      why: 'The server cannot show it, so it cannot be compared.',
      cure: 'Run SET GLOBAL max_allowed_packet = 1073741824; on both servers, then verify again. No restart is needed.',
      cause: error,
    });
  return new TailraceError('TR_VERIFY_REFUSED', {
    what: `A server refused to read ${tableLabel(work.table)}.`,
    why: error.message,
    cause: error,
  });
}
