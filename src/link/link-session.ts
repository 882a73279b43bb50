import type { Logger } from 'pino';
import { StatementTranslator } from '../dialect/statement-translator.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import type { LinkLag } from '../lag/link-lag.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { ServerSource } from '../source/server/server-source.js';
import { streamFailure } from '../source/server/stream-failure.js';
import type { Source, SourceClock, SourceFacts } from '../source/source.js';
import { ReplicaTarget } from '../target/replica-target.js';
import type { StartPoint } from '../target/start-point.js';
import type { LockHistory } from '../target/take-over.js';
import type { Ready, Target } from '../target/target.js';
import type { Transaction } from '../transaction/transaction.js';
import { type Goal, goalReached, type Until } from './goal.js';
import { GoalGate } from './goal-gate.js';
import type { LinkCounters } from './link-counters.js';
import type { LinkSettings } from './link-settings.js';
import { resolveGoal, tellUnreachable } from './resolve-goal.js';
import { StreamLine } from './stream-line.js';

const measureMs = 2_000;
/** After a stop was asked for, an epoch may take this long to end; then its connections are cut, and recovery does the rest. */
const stopMsMax = 3_000;

/** What the sessions of one link share. */
export interface LinkSessionParts {
  readonly settings: LinkSettings;
  readonly until: Until;
  /** Resolved by the first session, so that `now` is when the link started, not when it came back. */
  goal: Goal | null;
  readonly history: LockHistory;
  readonly counters: LinkCounters;
  /** null: nobody asks how far behind the replica is. */
  readonly lag: LinkLag | null;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What is known once the link is ours. */
interface Taken {
  readonly source: Source;
  readonly ready: Ready;
  readonly goal: Goal;
  readonly clock: SourceClock | null;
}

/**
 * One attempt of a link: connects both ends, takes the link over, goes on from the checkpoint, and runs until the goal is
 * reached, a stop is asked for or something fails. Everything that could be half done is left to the checkpoint.
 */
export class LinkSession {
  readonly #parts: LinkSessionParts;
  readonly #target: Target;
  #source: Source | null = null;
  #line: StreamLine | null = null;
  /** A connection is lost: the link cannot go on. */
  #lost: TailraceError | null = null;
  #gtidExecuted = '';
  #isTakenOver = false;
  /** Whatever connects from now on comes too late. */
  #isOver = false;

  constructor(parts: LinkSessionParts) {
    const { settings, history, counters, log, signal } = parts;
    this.#parts = parts;
    this.#target = new ReplicaTarget({
      settings,
      history,
      report: counters,
      clock: counters.activity?.lanes ?? null,
      leftOut: () => counters.leftOut(),
      onLost: (error, session) => this.#lose(error, session),
      log,
      signal,
    });
  }

  /** The replica's GTID set at the end of `run`. */
  get gtidExecuted(): string {
    return this.#gtidExecuted;
  }

  async run(): Promise<void> {
    const { signal, counters, lag } = this.#parts;
    let timer: NodeJS.Timeout | undefined;
    // Before the link is ours nothing is under way that would have to come to its end.
    const hurry = (): void => {
      timer = setTimeout(() => this.#drop(), this.#isTakenOver ? stopMsMax : 0);
    };
    signal.addEventListener('abort', hurry, { once: true });
    try {
      await this.#run();
    } catch (error) {
      this.#drop();
      throw error;
    } finally {
      signal.removeEventListener('abort', hurry);
      clearTimeout(timer);
      lag?.end();
      counters.activity?.lanes.setAll('down');
      await this.#line?.close();
      await Promise.all([this.#target.close(), this.#source?.close()]);
    }
  }

  async #run(): Promise<void> {
    const { settings, counters, signal, lag, log } = this.#parts;
    counters.on('attempt');
    const [source] = await Promise.all([this.#openSource(), this.#target.connect()]);
    // The signal may have come before there was anything to drop.
    signal.throwIfAborted();
    const ready = await this.#target.takeOver(() => source.facts());
    this.#isTakenOver = true;
    const { sourceFacts, byGtid } = ready;
    const clock = lag === null ? null : source.clock(lag, byGtid);
    const goal = (this.#parts.goal ??= await resolveGoal(this.#parts.until, byGtid, sourceFacts, source));
    tellUnreachable(goal, sourceFacts, ready.start, log);
    const { start, guard } = await ready.begin();
    // Known before anything is applied: a hand-over by position needs it although nothing was to be done.
    if (start.stream.kind === 'position') {
      counters.startsAt({ file: start.stream.file, offset: start.stream.offset });
    }
    const taken = { source, ready, goal, clock };
    const line = (from: StartPoint): StreamLine =>
      new StreamLine({
        start: from.stream,
        budgetBytes: settings.budgetBytes,
        isUnlimited: from.broken !== null,
        guard,
        translator: new StatementTranslator(sourceFacts.traits, ready.replicaVersion),
        passes: this.#gate(goal, from),
        idle: (position) => clock?.heard(position),
        failure: (error) => streamFailure(error, addressLabel(settings.source)),
      });
    const whole = await this.#complete(start, sourceFacts, (torn) => this.#follow(taken, torn, line(torn)));
    if (!signal.aborted) await this.#follow(taken, whole, line(whole));
    this.#gtidExecuted = await this.#target.gtidExecuted();
  }

  /**
   * With GTIDs, an epoch that a crash has broken is read by itself, so that any server will do that has its transactions: in
   * whatever order, and with whatever between them. Gives where to go on.
   */
  async #complete(
    start: StartPoint,
    source: SourceFacts,
    follow: (torn: StartPoint) => Promise<void>,
  ): Promise<StartPoint> {
    if (start.broken === null || start.stream.kind !== 'gtid') return start;
    const torn = GtidSet.parse(start.broken.entry.gtids);
    const others = source.executed.union(start.applied).subtract(torn);
    await follow({ ...start, stream: { kind: 'gtid', set: others.toString() } });
    await this.#line?.close();
    const applied = start.applied.union(torn);
    return { ...start, applied, broken: null, stream: { kind: 'gtid', set: applied.toString() } };
  }

  /** Streams, applies and measures until the goal is reached; a broken epoch that is read by itself, until it is complete. */
  async #follow({ source, ready, goal, clock }: Taken, start: StartPoint, line: StreamLine): Promise<void> {
    const { counters, signal, lag, log } = this.#parts;
    const { broken, stream } = start;
    if (this.#lost !== null) throw this.#lost;
    this.#line = line;
    const applied = start.applied.clone();
    lag?.begin(ready.byGtid ? applied : null);
    const wake = (): void => line.queue.notify();
    signal.addEventListener('abort', wake, { once: true });
    counters.bytesHeld = () => line.budget.heldBytes;
    const measure = (): Promise<void> => this.#measure(source, clock, goal, applied);
    const timer = setInterval(() => void measure(), measureMs);
    if (broken !== null) {
      counters.on('torn');
      const { gtids } = broken.entry;
      log.warn({ epoch: start.epoch, gtids }, 'completing an epoch that a crash had broken');
    }
    try {
      await this.#target.run({
        queue: line.queue,
        applied,
        open: async () => {
          // Before the stream: without the source's clock no commit time tells anything.
          if (clock !== null) await measure();
          if (goal.kind === 'never' || !goalReached(goal, applied, null)) await line.open(source);
        },
        applies: () => {
          counters.on('apply');
          counters.activity?.goesOn();
        },
        broken: broken && { ...broken, collected: () => line.limit(), isAll: stream.kind === 'gtid' },
        reached: () => !line.isUnpacking && goalReached(goal, applied, line.position),
        isBehind: () => line.isBehind,
        streamFailure: () => line.failure,
        signal,
      });
      if (broken === null || stream.kind !== 'gtid') await measure();
    } finally {
      clearInterval(timer);
      counters.bytesHeld = () => 0;
      signal.removeEventListener('abort', wake);
    }
  }

  #gate(goal: Goal, start: StartPoint): (transaction: Transaction) => boolean {
    const { lag } = this.#parts;
    const gate = new GoalGate(goal, start.applied, start.broken?.entry ?? null);
    return (transaction) => {
      if (!gate.passes(transaction)) return false;
      lag?.received(transaction);
      return true;
    };
  }

  async #measure(
    { log: sourceLog }: Source,
    clock: SourceClock | null,
    goal: Goal,
    applied: GtidSet,
  ): Promise<void> {
    const { counters, log } = this.#parts;
    try {
      await sourceLog?.refresh();
      const { position } = counters;
      const until = goal.kind === 'position' ? goal.position : null;
      const behind = position === null ? null : (sourceLog?.behind(position, until) ?? null);
      if (position !== null) counters.waiting(behind);
      await clock?.look(applied, counters.bytesBehind);
    } catch (error) {
      // Only the display suffers: the stream has its own connection, and tells when the source is gone.
      counters.waiting(null);
      log.debug({ error: (error as Error).message }, 'the source did not tell the sizes of its binary logs');
    }
  }

  async #openSource(): Promise<Source> {
    const { settings } = this.#parts;
    const source = await ServerSource.connect({
      address: settings.source,
      serverId: settings.serverId,
      linkName: settings.name,
      onLost: (error) => this.#lose(error, 'source'),
    });
    // The other end has failed meanwhile, and nobody would ever close this one.
    if (this.#isOver) source.destroy();
    this.#source = source;
    return source;
  }

  /** A connection that may be needed only later is dead: all of them are made again now. */
  #lose(error: TailraceError, session: string): void {
    this.#parts.log.warn({ err: error, session }, 'a connection of the link was lost');
    this.#lost ??= error;
    // What the lanes have under way would wait for the ones that are lost.
    if (session !== 'source') this.#drop();
    this.#line?.fail(error);
  }

  /** Cuts every connection: what waits for an answer fails at once, and the replica rolls back what is open. */
  #drop(): void {
    this.#isOver = true;
    this.#target.destroy();
    this.#source?.destroy();
  }
}
