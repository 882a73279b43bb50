import { setImmediate as nextTurn } from 'node:timers/promises';
import { EpochApplier } from './epoch-applier.js';
import { applyLargeTransaction } from './large-transaction.js';
import { transactionName } from '../failure/conflict-error.js';
import { SerialReplay } from './serial-replay.js';
import { tellSkipCommand, withSkipCommand } from '../failure/skip-command.js';
import { failpoint } from '../failpoint.js';
import { type RowSettings, suits } from '../../binlog/row-settings.js';
import type { CheckpointEntry } from '../../checkpoint/checkpoint-entry.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { GtidSet } from '../../gtid/gtid-set.js';
import { EpochBuilder } from '../../plan/epoch-builder.js';
import type { BinlogPosition } from '../../binlog/binlog-position.js';
import type { EpochPlan } from '../../plan/epoch-plan.js';
import type { TableRows } from '../../plan/count-rows.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import { releaseTransaction, type Transaction } from '../../transaction/transaction.js';
import { type Way, wayOf } from '../../transaction/way-of.js';
import { collectBrokenEpoch } from './broken-epoch.js';
import type { EpochLoopParts } from './epoch-loop-parts.js';

/** So many transactions are taken before the network gets its turn again. */
const takenAtOnce = 500;
/** While much more is on its way, free lanes wait so long for an epoch that is worth its commits. */
const gatherMsMax = 50;
/** Nothing has come for so long: a commit more is no matter. Each busy epoch notes itself what was adopted before it. */
const quietMs = 500;
/** And so long where rows change again and again: the larger the epoch, the fewer of them are written. */
const gatherMsMaxHot = 500;

/**
 * Joins queue, planner and lanes: whatever waits when the lanes are free is the next epoch, and while it is applied the one
 * after is being gathered. Barriers wait for the epoch before them and nothing passes them.
 */
export class EpochLoop {
  readonly #parts: EpochLoopParts;
  readonly #applier: EpochApplier;
  readonly #replay: SerialReplay;
  /** The epoch being applied; null: the lanes are free. */
  #running: Promise<void> | null = null;
  /** Most rows of the last epoch were changed more than once in it. */
  #isHot = false;
  #failure: unknown = null;

  constructor(parts: EpochLoopParts) {
    this.#parts = parts;
    this.#replay = new SerialReplay(parts.session, parts.settings.onConflict);
    this.#applier = new EpochApplier(parts.session, this.#replay);
  }

  /** Resolves at an epoch boundary, when the goal is reached or the signal was aborted. */
  async run(): Promise<void> {
    try {
      while (!this.#isOver()) await this.#step();
      await this.#settle();
      await this.#parts.session.adoption?.settled();
      await this.#parts.session.noteAdopted();
    } catch (error) {
      // What is under way may still be committed: a stop comes after it, at an epoch boundary.
      if (this.#running !== null) await this.#running;
      throw error;
    }
  }

  async #step(): Promise<void> {
    const { queue, traits } = this.#parts;
    const next = queue.peek();
    if (next === undefined) return this.#wait();
    traits.refresh();
    const isGuess = wayOf(next) === 'epoch' && !traits.knows(next);
    if (isGuess) await tellSkipCommand(traits.load(next, queue.peekRows()), next);
    const way = wayOf(next, traits);
    return way === 'epoch' ? this.#epoch() : this.#barrier(way);
  }

  /**
   * After a crash: reads exactly the transactions of the broken epoch again and applies what is missing of them. `collected` is
   * called when they are all there: until then the budget must not hold the stream back, for they are needed together,
   * whatever the budget is now.
   */
  async recover(entry: CheckpointEntry, laneZeroCommitted: boolean, collected: () => void): Promise<void> {
    const { traits } = this.#parts;
    const transactions = await collectBrokenEpoch(entry, this.#parts.session.ownGtids, {
      queue: this.#parts.queue,
      signal: this.#parts.signal,
      arrival: () => this.#arrival(),
    });
    if (transactions === null) return;
    collected();
    const builder = this.#builder(new Set(entry.strictTables));
    for (const transaction of transactions) {
      await traits.load(transaction);
      builder.add(transaction);
      // Those of one epoch agree.
      await this.#under(traits.settingsFor(transaction));
    }
    failpoint('during-recovery');
    const plan = builder.close();
    await this.#parts.session.tellWaits(this.#applier.complete(plan, laneZeroCommitted), () =>
      planName(plan),
    );
    this.#parts.applied.addSet(GtidSet.parse(entry.gtids));
    this.#done(plan, entry.end);
  }

  #isOver(): boolean {
    const { signal, queue, reached } = this.#parts;
    if (signal.aborted) return true;
    return this.#running === null && queue.isEmpty && reached();
  }

  /** Waits until something arrives, the running epoch ends, or the link shall stop. */
  async #wait(): Promise<void> {
    // Why an epoch failed says more than that the stream has ended, too.
    this.#rethrow();
    if (this.#running === null) {
      this.#rest();
      this.#parts.report.caughtUp();
      await this.#quiet();
    } else await Promise.race([this.#parts.queue.changed(), this.#running]);
    this.#rethrow();
  }

  /** Waits for something to arrive; when nothing does for a while, what is adopted is noted. */
  async #quiet(): Promise<void> {
    const { session, queue } = this.#parts;
    if (!session.hasUnnoted) return this.#arrival();
    let isQuiet = false;
    const timer = setTimeout(() => {
      isQuiet = true;
      queue.notify();
    }, quietMs);
    try {
      await this.#arrival();
    } finally {
      clearTimeout(timer);
    }
    if (isQuiet) await session.noteAdopted();
  }

  async #arrival(): Promise<void> {
    const failure = this.#parts.streamFailure();
    if (failure !== null) throw failure;
    await this.#parts.queue.changed();
  }

  async #epoch(): Promise<void> {
    const builder = this.#builder(null);
    const settings = await this.#gather(builder);
    if (builder.isEmpty) return;
    const plan = builder.close();
    await this.#settle();
    if (this.#parts.signal.aborted) return;
    await this.#under(settings);
    this.#start(plan);
  }

  /**
   * Takes what waits; and, while the lanes are busy, also what arrives, until the epoch is full or something ends it. Gives the
   * settings that the epoch is to be applied under.
   */
  async #gather(builder: EpochBuilder): Promise<RowSettings | null> {
    const { queue, traits, signal } = this.#parts;
    let settings: RowSettings | null = null;
    const startMs = performance.now();
    const growing = (): boolean =>
      this.#parts.isBehind() && performance.now() - startMs < (this.#isHot ? gatherMsMaxHot : gatherMsMax);
    while (!builder.isFull && !signal.aborted) {
      const next = queue.peek();
      if (next === undefined) {
        if (this.#running !== null) await this.#wait();
        else if (growing()) {
          this.#rest();
          await nextTurn();
          this.#rest();
        } else return settings;
        continue;
      }
      if (wayOf(next) !== 'epoch') return settings;
      if (!traits.knows(next) && !(await this.#loaded(next, builder))) return settings;
      if (wayOf(next, traits) !== 'epoch' || !builder.accepts(next)) return settings;
      const needed = traits.settingsFor(next);
      if (needed !== null && settings !== null && !suits(settings, needed)) return settings;
      settings ??= needed;
      queue.take();
      builder.add(next);
      if (builder.size % takenAtOnce !== 0) continue;
      // Otherwise epochs grow with the time that the one before them takes.
      if (this.#running === null && !growing()) return settings;
      await nextTurn();
    }
    return settings;
  }

  /** False: the tables of a transaction do not fit, and what waits before it is applied first. */
  async #loaded(next: Transaction, builder: EpochBuilder): Promise<boolean> {
    try {
      await this.#parts.traits.load(next, this.#parts.queue.peekRows());
      return true;
    } catch (error) {
      if (!builder.isEmpty && error instanceof TailraceError && error.code !== 'TR_SERVER_LOST') return false;
      throw withSkipCommand(error, next);
    }
  }

  #start(plan: EpochPlan): void {
    const { report } = this.#parts;
    if (plan.transactions.length > 1) report.fellBehind();
    this.#running = this.#parts.session
      .tellWaits(this.#applier.apply(plan), () => planName(plan))
      .then(({ position, fallback }) => {
        if (fallback !== null) report.fellBack();
        this.#parts.applied.addSet(position.gtids);
        this.#done(plan, position.end);
      })
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#running = null;
        this.#rest();
      });
  }

  /** Waits for the running epoch, and throws what it failed with. */
  async #settle(): Promise<void> {
    if (this.#running !== null) await this.#running;
    this.#rethrow();
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure as Error;
  }

  /** Applies the next transaction by itself, when the epoch before it is committed. */
  async #barrier(way: Exclude<Way, 'epoch'>): Promise<void> {
    const { queue, session, applied, report } = this.#parts;
    await this.#settle();
    session.clock?.apply(1, session.writers.length);
    const transaction = queue.take() as Transaction;
    const { position, rows } = await tellSkipCommand(this.#apply(way, transaction), transaction);
    applied.addSet(position.gtids);
    report.barrier(transaction, position.end, rows);
    // The tail has given back the head before.
    if (transaction.tail === null) releaseTransaction(transaction);
    this.#rest();
  }

  async #apply(way: Exclude<Way, 'epoch'>, transaction: Transaction): Promise<BarrierOutcome> {
    const { statements, xa, traits } = this.#parts;
    switch (way) {
      case 'statement': {
        const position = await statements.apply(transaction);
        // Statements among rows change no table's definition.
        if (transaction.kind !== 'mixed') traits.clear();
        return { position, rows: null };
      }
      case 'xa':
        return { position: await xa.apply(transaction), rows: null };
      case 'streamed':
        return this.#streamed(transaction);
      case 'alone':
        return this.#byItself(transaction);
    }
  }

  async #streamed(transaction: Transaction): Promise<BarrierOutcome> {
    const { session, statements, traits } = this.#parts;
    await traits.load(transaction);
    // Its tail may bring other tables.
    await session.first.under(transaction.settings);
    const { position, tables } = await session.tellWaits(
      applyLargeTransaction(session, transaction, statements.statements),
      () => transactionName(transaction),
    );
    return { position, rows: tables };
  }

  /** Tables whose engine cannot roll back: as the source wrote it, with a warning. */
  async #byItself(transaction: Transaction): Promise<BarrierOutcome> {
    const { session, traits } = this.#parts;
    session.log.warn(
      { tables: [...new Set(transaction.rows.map((rows) => rows.table.name))] },
      'tables of an engine that cannot roll back: a crash in the middle of this transaction would leave part of it',
    );
    await session.first.under(traits.settingsFor(transaction));
    await session.tellWaits(this.#replay.transactions([transaction]), () => transactionName(transaction));
    return { position: epochPosition([transaction]), rows: null };
  }

  /** No epoch is being applied: the lanes wait for the planner, or for something to plan. */
  #rest(): void {
    this.#parts.session.clock?.setAll(this.#parts.queue.isEmpty ? 'source' : 'planning');
  }

  async #under(settings: RowSettings | null): Promise<void> {
    if (settings === null) return;
    await Promise.all(this.#parts.session.writers.map((writer) => writer.under(settings)));
  }

  #builder(strictTables: ReadonlySet<string> | null): EpochBuilder {
    const { settings, session, traits } = this.#parts;
    const recovering = strictTables !== null;
    return new EpochBuilder(
      {
        strategy: settings.partition,
        lanes: recovering ? 1 : session.writers.length,
        rowsMax: recovering ? Infinity : settings.epochRowsMax,
        bytesMax: recovering ? Infinity : settings.epochBytesMax,
        strictTables,
      },
      (table) => traits.of(table),
    );
  }

  /** The epoch is committed: it is counted, and its memory given back. */
  #done(plan: EpochPlan, end: BinlogPosition): void {
    this.#isHot = plan.rowsOut * 2 < plan.rowsIn;
    this.#parts.report.epoch(plan, end, this.#replay.conflicts);
    plan.transactions.forEach(releaseTransaction);
  }
}

/** What became of a transaction that was applied by itself; `rows` where they were counted. */
interface BarrierOutcome {
  readonly position: EpochPosition;
  readonly rows: readonly TableRows[] | null;
}

/** Which transactions an epoch holds, in a DBA's words. */
function planName({ transactions }: EpochPlan): string {
  const [first] = transactions;
  if (first === undefined) return 'no transaction';
  const name = transactionName(first);
  return transactions.length === 1 ? name : `${transactions.length} transactions, the first ${name}`;
}
