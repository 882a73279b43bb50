import type { Logger } from 'pino';
import type { LaneClock } from '../apply/lane/lane-clock.js';
import { GtidAdoption, lastGtid } from '../apply/gtid-adoption.js';
import { BinlogWriter } from '../apply/lane/binlog-writer.js';
import { Lane, type LaneOptions, statementEventBytes } from '../apply/lane/lane.js';
import { OwnSchemaGuard } from '../apply/barrier/own-schema-guard.js';
import { StatementApplier } from '../apply/barrier/statement-applier.js';
import { XaApplier } from '../apply/barrier/xa-applier.js';
import { EpochLoop } from '../apply/batch/epoch-loop.js';
import type { ApplyReport } from '../apply/batch/apply-report.js';
import { ReplicaSession } from '../apply/replica-session.js';
import type { ReplicaSettings } from '../apply/replica-settings.js';
import { SnapshotLock } from '../apply/snapshot-lock.js';
import { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { readGtidExecuted } from '../mysql/gtid-executed.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { SchemaCatalogue } from '../schema/schema-catalogue.js';
import { TraitsCache, watchTables } from '../schema/traits-cache.js';
import type { SourceFacts } from '../source/source.js';
import { gtidManner, type ReplicaFacts } from './replica-facts.js';
import { settleIntent } from './settle-intent.js';
import type { StartPoint } from './start-point.js';
import type { ApplyFeed, Ready, Target } from './target.js';
import { lockLink, type LockHistory, takeOver } from './take-over.js';

/** Raw bytes of row events in one BINLOG statement, if the replica's packets hold that many. */
const chunkBytesMax = 512 * 1024;
/** And of events that must not be cut, as long as they are no larger. */
const togetherBytesMax = 16 * 1024 * 1024;
const watchTablesMs = 2_000;
/** Sessions that attempts have left behind; more than those of a few attempts with all lanes are never needed. */
const formerSessionsMax = 500;
/** With several lanes a lock is most likely held by another lane, which will not let go before the epoch ends. */
const lockWaitSecondsMany = 2;
const lockWaitSecondsOne = 50;

export interface ReplicaTargetOptions {
  readonly settings: ReplicaSettings;
  readonly history: LockHistory;
  readonly report: ApplyReport;
  /** Measures where the time of the lanes goes; null: nobody asks. */
  readonly clock: LaneClock | null;
  /** A change to schema `tailrace` was left out. */
  readonly leftOut: () => void;
  /** A connection is lost; `session` is what it was for. */
  readonly onLost: (error: TailraceError, session: string) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A MySQL server that transactions are applied to, in epochs through several lanes. */
export class ReplicaTarget implements Target {
  readonly #options: ReplicaTargetOptions;
  readonly #connections: ServerConnection[] = [];
  readonly #lanes: Lane[] = [];
  #statements: StatementApplier | null = null;
  #isOver = false;
  #applying: { readonly session: ReplicaSession; readonly laneOptions: LaneOptions } | null = null;

  constructor(options: ReplicaTargetOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    await Promise.all([this.#connect('control', false), this.#connect('snapshot lock', true)]);
  }

  async takeOver(readSource: () => Promise<SourceFacts>): Promise<Ready> {
    const { settings, history, log, signal } = this.#options;
    const [control, locking] = this.#connections as [ServerConnection, ServerConnection];
    await control.execute('SET SESSION sql_log_bin=0');
    const hadIt = await lockLink(control, history);
    const checkpoint = new CheckpointStore(control, settings.name);
    const snapshots = new SnapshotLock(locking, settings.name);
    const taken = await takeOver(
      { readSource, control, checkpoint, snapshots, hadIt },
      { settings, signal, log },
    );
    const { replicaFacts, sourceFacts, start } = taken;
    const { byGtid, canAdopt } = gtidManner(sourceFacts, replicaFacts);
    return {
      sourceFacts,
      replicaVersion: replicaFacts.version,
      start,
      byGtid,
      begin: async () => {
        const adoption = canAdopt ? new GtidAdoption(snapshots, start.knownGtid) : null;
        if (!start.adopt.isEmpty()) adoption?.adopt(start.adopt);
        const guard = await OwnSchemaGuard.read(control, { leftOut: this.#options.leftOut, log });
        const laneOptions = laneOptionsOf(settings, replicaFacts, sourceFacts);
        await this.#openLanes(laneOptions);
        const session = this.#session({ checkpoint, snapshots, adoption, guard }, start, byGtid, laneOptions);
        this.#applying = { session, laneOptions };
        const stream = await settleIntent(session, start, settings.name);
        return { guard, start: { ...start, stream } };
      },
    };
  }

  async run(feed: ApplyFeed): Promise<void> {
    const { settings, report, log } = this.#options;
    const { session, laneOptions } = this.#running();
    const traits = new TraitsCache(session.catalogue);
    // Before any table is read: later calls compare with this one.
    await traits.watch();
    await feed.open();
    const timer = setInterval(() => void watchTables(traits, log), watchTablesMs);
    const statements = new StatementApplier(session, settings, laneOptions);
    this.#statements = statements;
    try {
      const xa = new XaApplier(session, settings, laneOptions);
      const loop = new EpochLoop({ settings, session, statements, xa, traits, report, ...feed });
      const { broken } = feed;
      if (broken !== null) {
        await loop.recover(broken.entry, broken.laneZeroCommitted, broken.collected);
        if (broken.isAll) return;
      }
      feed.applies();
      await loop.run();
    } finally {
      clearInterval(timer);
    }
  }

  async gtidExecuted(): Promise<string> {
    const { session } = this.#running();
    return session.ownGtids ? (await readGtidExecuted(session.control)).toString() : '';
  }

  destroy(): void {
    this.#isOver = true;
    const { history } = this.#options;
    const all = [...this.#connections, ...this.#lanes.map(({ connection }) => connection)];
    const own = all.map(({ threadId }) => threadId);
    const former = [history.lockSession, this.#statements?.statements.threadId ?? null, ...own];
    const ids = former.filter((id) => id !== null);
    // An attempt that failed before it held the lock has not ended those of the one before it.
    history.formerSessions = [...new Set([...history.formerSessions, ...ids])].slice(-formerSessionsMax);
    this.#statements?.destroy();
    for (const connection of all) connection.destroy();
  }

  async close(): Promise<void> {
    await this.#statements?.close();
    await Promise.all([...this.#lanes, ...this.#connections].map((connection) => connection.close()));
  }

  #running(): { readonly session: ReplicaSession; readonly laneOptions: LaneOptions } {
    if (this.#applying === null) {
      throw new TailraceError('TR_INTERNAL', { what: 'a replica was used before its link was taken over' });
    }
    return this.#applying;
  }

  async #connect(label: string, multipleStatements: boolean): Promise<void> {
    const connection = await openConnection(this.#options.settings.replica, {
      sessionLabel: label,
      multipleStatements,
    });
    if (this.#isOver) {
      // Another connection has failed meanwhile, and nobody would ever close this one.
      connection.destroy();
      return;
    }
    // In the order of their use, whichever was there first.
    if (multipleStatements) this.#connections.push(connection);
    else this.#connections.unshift(connection);
    connection.onLost((error) => this.#options.onLost(error, label));
  }

  async #openLanes(options: LaneOptions): Promise<void> {
    const numbers = Array.from({ length: this.#options.settings.lanes }, (_, lane) => lane);
    const opened = await Promise.allSettled(numbers.map((lane) => Lane.open({ ...options, lane })));
    for (const result of opened) if (result.status === 'fulfilled') this.#lanes.push(result.value);
    for (const lane of this.#lanes)
      lane.onLost((error) => this.#options.onLost(error, `lane ${lane.number}`));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #session(
    parts: {
      readonly checkpoint: CheckpointStore;
      readonly snapshots: SnapshotLock;
      readonly adoption: GtidAdoption | null;
      readonly guard: OwnSchemaGuard;
    },
    start: StartPoint,
    byGtid: boolean,
    laneOptions: LaneOptions,
  ): ReplicaSession {
    const { settings, clock, log } = this.#options;
    const [control] = this.#connections as [ServerConnection];
    const statementBytesMax = statementEventBytes(laneOptions.packetBytesMax);
    const writing = {
      control,
      checkpoint: parts.checkpoint,
      chunkBytes: Math.min(chunkBytesMax, statementBytesMax),
      togetherBytes: Math.min(togetherBytesMax, statementBytesMax),
    };
    return new ReplicaSession({
      ...parts,
      control,
      writers: this.#lanes.map((lane) => new BinlogWriter({ lane, ...writing })),
      catalogue: new SchemaCatalogue(control, { linkedTables: settings.linkedTables }),
      ownGtids: byGtid,
      epoch: start.epoch,
      unnoted: start.broken === null ? lastGtid(start.adopt) : '',
      applied: start.applied.clone(),
      clock,
      log,
    });
  }
}

/** What the lanes of a link need to know, the first one's number among it. */
function laneOptionsOf(settings: ReplicaSettings, replica: ReplicaFacts, source: SourceFacts): LaneOptions {
  return {
    replica: settings.replica,
    lane: 0,
    serverVersion: replica.version,
    sourceVersion: source.version,
    packetBytesMax: replica.packetBytesMax,
    lockWaitSeconds: settings.lanes > 1 ? lockWaitSecondsMany : lockWaitSecondsOne,
  };
}
