import { GtidAdoption, lastGtid } from '../apply/gtid-adoption.js';
import { Lane, type LaneOptions, statementEventBytes } from '../apply/lane/lane.js';
import { OwnSchemaGuard } from '../apply/barrier/own-schema-guard.js';
import { SnapshotLock } from '../apply/snapshot-lock.js';
import { ReplicaSession } from '../apply/replica-session.js';
import { withSkipCommand } from '../apply/failure/skip-command.js';
import { StatementApplier } from '../apply/barrier/statement-applier.js';
import { XaApplier } from '../apply/barrier/xa-applier.js';
import { eventTypeAt } from '../binlog/event-header.js';
import { EventType } from '../binlog/event-type.js';
import { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import { StatementTranslator } from '../dialect/statement-translator.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { SchemaCatalogue } from '../schema/schema-catalogue.js';
import { readGtidExecuted } from '../mysql/gtid-executed.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { Assembler } from '../source/assembler.js';
import { BinlogStream } from '../source/server/binlog-stream.js';
import { EventIntake } from '../source/event-intake.js';
import { streamFailure } from '../source/server/stream-failure.js';
import { EpochLoop } from '../apply/batch/epoch-loop.js';
import { type Goal, goalReached } from './goal.js';
import { GoalGate } from './goal-gate.js';
import { largeRows, largeShare } from '../apply/batch/large-limits.js';
import { linkLaneOptions } from './link-lane-options.js';
import { linkReaderUuid } from '../source/server/link-reader-uuid.js';
import { gtidManner } from '../target/replica-facts.js';
import { readSourceFacts, type SourceFacts } from '../source/server/source-facts.js';
import { resolveGoal, tellUnreachable } from './resolve-goal.js';
import { settleIntent } from '../target/settle-intent.js';
import { SourceLog } from '../source/server/source-log.js';
import { SourceWatch } from '../source/server/source-watch.js';
import type { StartPoint } from '../target/start-point.js';
import type { LinkSessionParts } from './link-session-parts.js';
import { lockLink, takeOver } from '../target/take-over.js';
import { TraitsCache } from '../schema/traits-cache.js';
import { watchTables } from '../schema/watch-tables.js';
import { TransactionQueue } from '../transaction/transaction-queue.js';

/** Raw bytes of row events in one BINLOG statement, if the replica's packets hold so many. */
const chunkBytesMax = 512 * 1024;
/** And of events that must not be cut, as long as they are no larger. */
const togetherBytesMax = 16 * 1024 * 1024;
const measureMs = 2_000;
/** After a stop was asked for, so long an epoch may take to end; then its connections are dropped, and recovery does the rest. */
const stopMsMax = 3_000;

/**
 * One attempt of a link: connects to both servers, takes the link over, goes on from the checkpoint, and runs until the goal is
 * reached, a stop is asked for or something fails. Everything that could be half done is left to the checkpoint.
 */
export class LinkSession {
  readonly #parts: LinkSessionParts;
  readonly #connections: ServerConnection[] = [];
  readonly #lanes: Lane[] = [];
  #stream: BinlogStream | null = null;
  #intake: EventIntake | null = null;
  /** Why the link cannot go on: the stream has ended, or a connection is lost. */
  #streamFailure: TailraceError | null = null;
  /** Ends the stream, if there is one, and makes the loop look whether it can go on. */
  #endStream: (error: TailraceError) => void = () => undefined;
  #gtidExecuted = '';
  #isTakenOver = false;
  /** Of the source's statements; null before its facts are known. */
  #translator: StatementTranslator | null = null;
  #watch: SourceWatch | null = null;
  #statements: StatementApplier | null = null;

  constructor(parts: LinkSessionParts) {
    this.#parts = parts;
  }

  /** The replica's GTID set at the end of `run`. */
  get gtidExecuted(): string {
    return this.#gtidExecuted;
  }

  async run(): Promise<void> {
    const { signal } = this.#parts;
    const hurry = (): void => {
      this.#parts.counters.state = 'stopping';
      // Before the link is ours nothing is under way that would have to come to its end.
      timer = setTimeout(() => this.#drop(), this.#isTakenOver ? stopMsMax : 0);
    };
    let timer: NodeJS.Timeout | undefined;
    signal.addEventListener('abort', hurry, { once: true });
    try {
      await this.#run();
    } catch (error) {
      this.#drop();
      throw error;
    } finally {
      signal.removeEventListener('abort', hurry);
      clearTimeout(timer);
      this.#parts.lag?.end();
      this.#parts.counters.activity?.lanes.setAll('down');
      await this.#close();
    }
  }

  async #run(): Promise<void> {
    const { settings, counters, log } = this.#parts;
    counters.state = 'starting';
    const [source, control, locking] = await Promise.all([
      this.#connect('source', settings.source),
      this.#connect('control', settings.replica),
      this.#connect('snapshot lock', settings.replica, true),
    ]);
    // The signal may have come before there was anything to drop.
    this.#parts.signal.throwIfAborted();
    await control.execute('SET SESSION sql_log_bin=0');
    const hadIt = await lockLink(control, this.#parts);
    const checkpoint = new CheckpointStore(control, settings.name);
    const snapshots = new SnapshotLock(locking, settings.name);
    const { replicaFacts, sourceFacts, start } = await takeOver(
      { readSource: () => readSourceFacts(source), control, checkpoint, snapshots, hadIt },
      { settings, signal: this.#parts.signal, log },
    );
    this.#isTakenOver = true;
    const { byGtid, canAdopt } = gtidManner(sourceFacts, replicaFacts);
    const sourceLog = new SourceLog(source);
    const { lag } = this.#parts;
    this.#watch = lag === null ? null : new SourceWatch(source, sourceLog, lag, byGtid);
    this.#parts.goal ??= await resolveGoal(this.#parts.until, byGtid, sourceFacts, sourceLog);
    tellUnreachable(this.#parts.goal, sourceFacts, start, log);

    const adoption = canAdopt ? new GtidAdoption(snapshots, start.knownGtid) : null;
    if (!start.adopt.isEmpty()) adoption?.adopt(start.adopt);
    const guard = await OwnSchemaGuard.read(control, { leftOut: () => counters.leftOut++, log });
    const laneOptions = linkLaneOptions(settings, replicaFacts, sourceFacts);
    await this.#openLanes(laneOptions);
    const statementBytesMax = statementEventBytes(replicaFacts.packetBytesMax);
    const session = new ReplicaSession({
      control,
      lanes: this.#lanes,
      checkpoint,
      catalogue: new SchemaCatalogue(control, { linkedTables: settings.linkedTables }),
      snapshots,
      adoption,
      ownGtids: byGtid,
      epoch: start.epoch,
      unnoted: start.broken === null ? lastGtid(start.adopt) : '',
      applied: start.applied.clone(),
      chunkBytes: Math.min(chunkBytesMax, statementBytesMax),
      togetherBytes: Math.min(togetherBytesMax, statementBytesMax),
      clock: counters.activity?.lanes ?? null,
      guard,
      log,
    });
    const stream = await settleIntent(session, start, settings.name);
    // Known before anything is applied: a hand-over by position needs it although nothing was to be done.
    if (stream.kind === 'position') counters.position ??= { file: stream.file, offset: stream.offset };
    this.#translator = new StatementTranslator(sourceFacts.traits, replicaFacts.version);
    const whole = await this.#complete(session, { ...start, stream }, sourceFacts, laneOptions, sourceLog);
    if (!this.#parts.signal.aborted) await this.#follow(session, whole, laneOptions, sourceLog);
    this.#gtidExecuted = byGtid ? (await readGtidExecuted(control)).toString() : '';
  }

  /**
   * With GTIDs, an epoch that a crash has broken is read by itself, so that any server will do that has its transactions: in
   * whatever order, and with whatever between them. Gives where to go on.
   */
  async #complete(
    session: ReplicaSession,
    start: StartPoint,
    source: SourceFacts,
    laneOptions: LaneOptions,
    sourceLog: SourceLog,
  ): Promise<StartPoint> {
    if (start.broken === null || start.stream.kind !== 'gtid') return start;
    const torn = GtidSet.parse(start.broken.entry.gtids);
    const others = source.executed.union(start.applied).subtract(torn);
    await this.#follow(
      session,
      { ...start, stream: { kind: 'gtid', set: others.toString() } },
      laneOptions,
      sourceLog,
    );
    await this.#stream?.stop();
    this.#intake?.close();
    [this.#stream, this.#intake, this.#streamFailure] = [null, null, null];
    const applied = start.applied.union(torn);
    return { ...start, applied, broken: null, stream: { kind: 'gtid', set: applied.toString() } };
  }

  /** Streams, applies and measures until the loop ends; of a broken epoch that is read by itself, until that is complete. */
  async #follow(
    session: ReplicaSession,
    start: StartPoint,
    laneOptions: LaneOptions,
    sourceLog: SourceLog,
  ): Promise<void> {
    const { settings, counters, signal, log } = this.#parts;
    const goal = this.#parts.goal ?? { kind: 'never' };
    const applied = start.applied.clone();
    this.#parts.lag?.begin(session.ownGtids ? applied : null);
    const recovering = start.broken !== null;
    const queue = new TransactionQueue(
      recovering ? Infinity : settings.budgetBytes,
      () => this.#stream?.pause(),
      () => {
        this.#intake?.goOn();
        this.#readOn(queue);
      },
    );
    const wake = (): void => queue.notify();
    signal.addEventListener('abort', wake, { once: true });
    const gate = new GoalGate(goal, applied, start.broken?.entry ?? null);
    const assembler = this.#assembler(start, queue, gate, session.guard);
    const traits = new TraitsCache(session.catalogue);
    // Before any table is read: later calls compare with this one.
    await traits.watch();
    // Before the stream: without the source's clock no commit time tells anything.
    if (this.#watch !== null) await this.#measure(sourceLog, goal, applied);
    if (goal.kind === 'never' || !goalReached(goal, applied, null)) {
      await this.#openStream(start, assembler, queue);
    }
    counters.bytesHeld = () => queue.heldBytes;
    const measure = setInterval(() => {
      void this.#measure(sourceLog, goal, applied);
      void watchTables(traits, log);
    }, measureMs);
    const statements = new StatementApplier(session, settings, laneOptions);
    this.#statements = statements;
    try {
      const loop = new EpochLoop({
        settings,
        session,
        statements,
        xa: new XaApplier(session, settings, laneOptions),
        queue,
        traits,
        counters,
        applied,
        // The position is behind a compressed transaction before that is unpacked.
        reached: () => this.#intake?.isUnpacking !== true && goalReached(goal, applied, assembler.position),
        isBehind: () => this.#stream?.isBehind === true,
        streamFailure: () => this.#streamFailure,
        signal,
      });
      if (start.broken !== null) {
        counters.state = 'recovering';
        log.warn(
          { epoch: start.epoch, gtids: start.broken.entry.gtids },
          'completing an epoch that a crash had broken',
        );
        await loop.recover(start.broken.entry, start.broken.laneZeroCommitted, () => {
          queue.limit(settings.budgetBytes);
          assembler.limitTransactions(settings.budgetBytes * largeShare, largeRows);
        });
        if (start.stream.kind === 'gtid') return;
      }
      counters.state = 'catching-up';
      counters.activity?.goesOn();
      await loop.run();
      await this.#measure(sourceLog, goal, applied);
    } finally {
      clearInterval(measure);
      counters.bytesHeld = () => 0;
      signal.removeEventListener('abort', wake);
    }
  }

  #assembler(start: StartPoint, queue: TransactionQueue, gate: GoalGate, guard: OwnSchemaGuard): Assembler {
    const { budgetBytes } = this.#parts.settings;
    const { stream } = start;
    const recovering = start.broken !== null;
    return new Assembler(
      stream.kind === 'position' ? stream.file : '',
      {
        transaction: (transaction) => {
          if (gate.passes(transaction)) {
            this.#parts.lag?.received(transaction);
            queue.push(transaction);
          } else void this.#stream?.stop();
        },
        passed: (bytes) => {
          queue.release(bytes);
          // A goal that lies behind the last transaction is reached by reading alone.
          queue.notify();
        },
      },
      {
        // The broken epoch was held whole before, and is again, whatever the budget is now.
        transactionBytesMax: recovering ? Infinity : budgetBytes * largeShare,
        transactionRowsMax: recovering ? Infinity : largeRows,
        guard,
        skipBefore: stream.kind === 'position' ? stream.offset : 0,
        ...(this.#translator === null ? {} : { translator: this.#translator }),
      },
    );
  }

  async #openStream(start: StartPoint, assembler: Assembler, queue: TransactionQueue): Promise<void> {
    const { settings } = this.#parts;
    const end = (error: TailraceError): void => {
      const { open } = assembler;
      this.#streamFailure ??= open === null ? error : withSkipCommand(error, open);
      intake.close();
      assembler.abort(error);
      queue.notify();
    };
    this.#endStream = (error) => {
      void this.#stream?.stop();
      end(error);
    };
    const intake = new EventIntake(assembler, {
      hold: (bytes) => queue.hold(bytes),
      isFull: () => queue.isFull,
      busy: (isBusy) => (isBusy ? this.#stream?.pause() : this.#readOn(queue)),
      failed: (error) => this.#endStream(streamFailure(error, addressLabel(settings.source))),
    });
    this.#intake = intake;
    this.#stream = new BinlogStream({
      source: settings.source,
      serverId: settings.serverId,
      readerUuid: linkReaderUuid(settings.name),
      start: start.stream,
      onEvent: (bytes, from, to, slab) => {
        const isHeartbeat = bytes[from + eventTypeAt] === EventType.Heartbeat;
        intake.feed(bytes, from, to, slab);
        if (isHeartbeat && !intake.isUnpacking) this.#watch?.heard(assembler.position);
      },
      onEnd: end,
    });
    await this.#stream.start();
  }

  /** Lets the network be read again, unless the budget or a compressed transaction still holds it back. */
  #readOn(queue: TransactionQueue): void {
    if (!queue.isFull && this.#intake?.isUnpacking !== true) this.#stream?.resume();
  }

  async #measure(sourceLog: SourceLog, goal: Goal, applied: GtidSet): Promise<void> {
    const { counters, log } = this.#parts;
    try {
      await sourceLog.refresh();
      if (counters.position !== null) {
        counters.bytesBehind = sourceLog.behind(
          counters.position,
          goal.kind === 'position' ? goal.position : null,
        );
      }
      await this.#watch?.look(applied, counters.bytesBehind);
    } catch (error) {
      // Only the display suffers: the stream has its own connection, and tells when the source is gone.
      counters.bytesBehind = null;
      log.debug({ error: (error as Error).message }, 'the source did not tell the sizes of its binary logs');
    }
  }

  async #connect(label: string, address: ServerAddress, several = false): Promise<ServerConnection> {
    const connection = await openConnection(address, { sessionLabel: label, multipleStatements: several });
    this.#connections.push(connection);
    connection.onLost((error) => this.#lose(error, label));
    return connection;
  }

  /** A connection that may be needed only later is dead: all of them are made again now. */
  #lose(error: TailraceError, label: string): void {
    this.#parts.log.warn({ err: error, session: label }, 'a connection of the link was lost');
    this.#streamFailure ??= error;
    // What the lanes have under way would wait for the ones that are lost.
    if (label !== 'source') this.#drop();
    this.#endStream(error);
  }

  async #openLanes(options: LaneOptions): Promise<void> {
    const numbers = Array.from({ length: this.#parts.settings.lanes }, (_, lane) => lane);
    const opened = await Promise.allSettled(numbers.map((lane) => Lane.open({ ...options, lane })));
    for (const result of opened) if (result.status === 'fulfilled') this.#lanes.push(result.value);
    for (const lane of this.#lanes) lane.onLost((error) => this.#lose(error, `lane ${lane.number}`));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Cuts every connection: what waits for an answer fails at once, and the replica rolls back what is open. */
  #drop(): void {
    const { settings, lockSession } = this.#parts;
    const all = [...this.#connections, ...this.#lanes.map(({ connection }) => connection)];
    const own = all.filter(({ address }) => address === settings.replica).map(({ threadId }) => threadId);
    this.#parts.formerSessions = [lockSession, this.#statements?.statements.threadId ?? null, ...own].filter(
      (id) => id !== null,
    );
    this.#statements?.destroy();
    for (const connection of all) connection.destroy();
  }

  async #close(): Promise<void> {
    await this.#stream?.stop();
    this.#intake?.close();
    await this.#statements?.close();
    await Promise.all([...this.#lanes, ...this.#connections].map((connection) => connection.close()));
  }
}
