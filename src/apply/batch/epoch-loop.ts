import { setImmediate as nextTurn } from 'node:timers/promises';
import { EpochApplier } from './epoch-applier.js';
import { LaneSettings } from '../lane/lane-settings.js';
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
import type { EpochPlan } from '../../plan/epoch-plan.js';
import { releaseTransaction, type Transaction } from '../../transaction/transaction.js';
import { comparePositions, type BinlogPosition } from '../../binlog/binlog-position.js';
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
  readonly #laneSettings: LaneSettings;
  /** The epoch being applied; null: the lanes are free. */
  #running: Promise<void> | null = null;
  /** Most rows of the last epoch were changed more than once in it. */
  #isHot = false;
  #failure: unknown = null;

  constructor(parts: EpochLoopParts) {
    this.#parts = parts;
    this.#replay = new SerialReplay(parts.session, parts.settings.onConflict);
    this.#applier = new EpochApplier(parts.session, this.#replay);
    this.#laneSettings = new LaneSettings(parts.session.lanes);
  }

  /** Resolves at an epoch boundary, when the goal is reached or the signal was aborted. */
  async run(): Promise<void> {
    try {
      while (!this.#done()) await this.#step();
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
    const next = this.#parts.queue.peek();
    if (next === undefined) await this.#wait();
    else if (next.kind !== 'rows') await this.#barrier();
    else if (next.tail !== null) await this.#large();
    else await this.#epoch();
  }

  /**
   * After a crash: reads exactly the transactions of the broken epoch again and applies what is missing of them. `collected` is
   * called when they are all there: until then the budget must not hold the stream back, for they are needed together,
   * whatever the budget is now.
   */
  async recover(entry: CheckpointEntry, laneZeroCommitted: boolean, collected: () => void): Promise<void> {
    const { traits } = this.#parts;
    const expected = GtidSet.parse(entry.gtids);
    const transactions = await this.#collect(entry, expected);
    if (transactions === null) return;
    collected();
    const builder = this.#builder(new Set(entry.strictTables));
    for (const transaction of transactions) {
      await traits.load(transaction);
      builder.add(transaction);
      // Those of one epoch agree.
      await this.#laneSettings.adopt(traits.settingsFor(transaction));
    }
    failpoint('during-recovery');
    const plan = builder.close();
    await this.#parts.session.tellWaits(this.#applier.complete(plan, laneZeroCommitted), () =>
      planName(plan),
    );
    this.#parts.applied.addSet(expected);
    this.#count(plan, entry.end);
    this.#release(plan);
  }

  /** The transactions of the broken epoch; null when the link shall stop. Waits for nothing but them. */
  async #collect(entry: CheckpointEntry, expected: GtidSet): Promise<Transaction[] | null> {
    const { queue, session, signal } = this.#parts;
    const transactions: Transaction[] = [];
    const seen = new GtidSet();
    for (;;) {
      const next = queue.take();
      if (next === undefined) {
        await this.#arrival();
        if (signal.aborted) return null;
        continue;
      }
      this.#checkBelongs(next, expected, entry);
      transactions.push(next);
      if (next.gtid !== null) seen.add(next.gtid.sid, next.gtid.gno, next.gtid.tag);
      const end = { file: next.file, offset: next.endOffset };
      // By position also where some transactions have GTIDs: others have not.
      if (session.ownGtids ? seen.contains(expected) : comparePositions(end, entry.end) === 0)
        return transactions;
    }
  }

  #checkBelongs(transaction: Transaction, expected: GtidSet, entry: CheckpointEntry): void {
    const { gtid } = transaction;
    const belongs =
      transaction.kind === 'rows' &&
      transaction.tail === null &&
      (this.#parts.session.ownGtids
        ? gtid !== null && expected.has(gtid.sid, gtid.gno, gtid.tag)
        : comparePositions({ file: transaction.file, offset: transaction.endOffset }, entry.end) <= 0);
    if (belongs) return;
    throw new TailraceError('TR_STREAM_SOURCE_CHANGED', {
      what: 'the source does not send the transactions of the epoch that a crash had broken',
      why: `the checkpoint expects ${entry.gtids || `${entry.start.file}:${entry.start.offset}`}, the stream brings ${transaction.file}:${transaction.startOffset}`,
    });
  }

  #done(): boolean {
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
      if (this.#parts.counters.state === 'catching-up') this.#parts.counters.state = 'following';
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
    this.#parts.traits.refresh();
    const builder = this.#builder(null);
    const settings = await this.#gather(builder);
    if (builder.isEmpty) return;
    const plan = builder.close();
    await this.#settle();
    if (this.#parts.signal.aborted) return;
    await this.#laneSettings.adopt(settings);
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
      if (next.kind !== 'rows' || next.tail !== null) return settings;
      if (!traits.knows(next) && !(await this.#loaded(next, builder))) return settings;
      if (!traits.canRollBack(next)) {
        if (builder.isEmpty) await this.#unsafe();
        return settings;
      }
      if (!builder.accepts(next)) return settings;
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
    const { counters } = this.#parts;
    if (counters.state === 'following' && plan.transactions.length > 1) counters.state = 'catching-up';
    this.#running = this.#parts.session
      .tellWaits(this.#applier.apply(plan), () => planName(plan))
      .then(({ position, fallback }) => {
        if (fallback !== null) counters.fallbacks++;
        this.#parts.applied.addSet(position.gtids);
        this.#count(plan, position.end);
        this.#release(plan);
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

  async #barrier(): Promise<void> {
    const { queue, statements, xa, counters, applied, traits } = this.#parts;
    await this.#settle();
    this.#alone();
    const transaction = queue.take() as Transaction;
    const isXa = transaction.kind === 'xa' || transaction.kind === 'xa-outcome';
    let bytes = 0;
    const applying = (isXa ? xa : statements).apply(transaction, (released) => {
      bytes += released;
      queue.release(released);
    });
    const position = await tellSkipCommand(applying, transaction);
    if (!isXa && transaction.kind !== 'mixed') traits.clear();
    applied.addSet(position.gtids);
    counters.barriers++;
    counters.applied(1, bytes, position.end, transaction);
    this.#rest();
  }

  async #large(): Promise<void> {
    const { queue, session, statements, counters, applied, traits } = this.#parts;
    await this.#settle();
    this.#alone();
    const transaction = queue.take() as Transaction;
    await tellSkipCommand(traits.load(transaction), transaction);
    // Its tail may bring other tables.
    await this.#laneSettings.adopt(transaction.settings);
    let bytes = 0;
    const applying = applyLargeTransaction(session, transaction, statements.statements, (released) => {
      bytes += released;
      queue.release(released);
    });
    const told = tellSkipCommand(applying, transaction);
    const outcome = await session.tellWaits(told, () => transactionName(transaction));
    if (outcome.isRenewed) this.#laneSettings.forget();
    applied.addSet(outcome.position.gtids);
    counters.epochs++;
    counters.rowsIn += outcome.rows;
    counters.rowsOut += outcome.rows;
    counters.activity?.appliedRows(outcome.tables);
    counters.applied(1, bytes, outcome.position.end, transaction);
    this.#rest();
  }

  /** Tables whose engine cannot roll back: alone, as the source wrote it, and said so. */
  async #unsafe(): Promise<void> {
    const { queue, session, counters, applied, traits } = this.#parts;
    await this.#settle();
    this.#alone();
    const transaction = queue.take() as Transaction;
    session.log.warn(
      { tables: [...new Set(transaction.rows.map((rows) => rows.table.name))] },
      'tables of an engine that cannot roll back: a crash in the middle of this transaction would leave part of it',
    );
    await this.#laneSettings.adopt(traits.settingsFor(transaction));
    await session.tellWaits(this.#replay.transactions([transaction]), () => transactionName(transaction));
    if (transaction.gtid !== null)
      applied.add(transaction.gtid.sid, transaction.gtid.gno, transaction.gtid.tag);
    counters.applied(
      1,
      transaction.bytes,
      { file: transaction.file, offset: transaction.endOffset },
      transaction,
    );
    queue.release(transaction.bytes);
    this.#rest();
  }

  /** No epoch is being applied: the lanes wait for the planner, or for something to plan. */
  #rest(): void {
    this.#parts.session.clock?.setAll(this.#parts.queue.isEmpty ? 'source' : 'planning');
  }

  /** The first lane applies something that nothing may run beside. */
  #alone(): void {
    const { clock, lanes } = this.#parts.session;
    clock?.apply(1, lanes.length);
  }

  #builder(strictTables: ReadonlySet<string> | null): EpochBuilder {
    const { settings, session, traits } = this.#parts;
    const recovering = strictTables !== null;
    return new EpochBuilder(
      {
        strategy: settings.partition,
        lanes: recovering ? 1 : session.lanes.length,
        rowsMax: recovering ? Infinity : settings.epochRowsMax,
        bytesMax: recovering ? Infinity : settings.epochBytesMax,
        strictTables,
      },
      (table) => traits.of(table),
    );
  }

  /** The epoch is committed: nothing reads its rows any more. */
  #release(plan: EpochPlan): void {
    plan.transactions.forEach(releaseTransaction);
    this.#parts.queue.release(plan.bytes);
  }

  #count(plan: EpochPlan, end: BinlogPosition): void {
    const { counters } = this.#parts;
    counters.activity?.applied(plan);
    counters.epochs++;
    counters.rowsIn += plan.rowsIn;
    counters.rowsOut += plan.rowsOut;
    this.#isHot = plan.rowsOut * 2 < plan.rowsIn;
    counters.conflicts = this.#replay.conflicts;
    const last = plan.transactions.at(-1);
    counters.applied(plan.transactions.length, plan.bytes, end, last ?? null);
  }
}

/** Which transactions an epoch holds, in a DBA's words. */
function planName({ transactions }: EpochPlan): string {
  const [first] = transactions;
  if (first === undefined) return 'no transaction';
  const name = transactionName(first);
  return transactions.length === 1 ? name : `${transactions.length} transactions, the first ${name}`;
}
