import type { Logger } from 'pino';
import type { CheckpointEntry } from '../checkpoint/checkpoint-entry.js';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import type { GtidSet } from '../gtid/gtid-set.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { SchemaCatalogue } from '../schema/schema-catalogue.js';
import type { EpochPosition } from '../transaction/epoch-position.js';
import { type GtidAdoption, lastGtid } from './gtid-adoption.js';
import type { LaneClock } from './lane/lane-clock.js';
import type { BinlogWriter } from './lane/binlog-writer.js';
import type { Lane } from './lane/lane.js';
import { tellLockWaits } from './lock-waits.js';
import type { OwnSchemaGuard } from './barrier/own-schema-guard.js';
import type { SnapshotLock } from './snapshot-lock.js';

export interface ReplicaSessionParts {
  readonly control: ServerConnection;
  readonly writers: readonly BinlogWriter[];
  readonly checkpoint: CheckpointStore;
  readonly catalogue: SchemaCatalogue;
  /** Held while an epoch is half visible. */
  readonly snapshots: SnapshotLock;
  /** null: the replica cannot adopt GTIDs, and the checkpoint alone is the truth. */
  readonly adoption: GtidAdoption | null;
  /** The source has GTIDs and the replica takes `GTID_NEXT`: a transaction of its own goes under its own GTID. */
  readonly ownGtids: boolean;
  /** Of the last epoch committed before. */
  readonly epoch: number;
  /** A GTID of that epoch which is being adopted, and its checkpoint does not say so; empty: none. */
  readonly unnoted: string;
  /** What was applied before; kept up only where the replica cannot tell. */
  readonly applied: GtidSet;
  /** Told where the time of the lanes goes; null: nobody asks. */
  readonly clock: LaneClock | null;
  readonly guard: OwnSchemaGuard;
  readonly log: Logger;
}

/** Everything that applying to one replica shares: its connections, its checkpoint, and how far it has come. */
export class ReplicaSession {
  readonly control: ServerConnection;
  /** One a lane. */
  readonly writers: readonly BinlogWriter[];
  readonly checkpoint: CheckpointStore;
  readonly catalogue: SchemaCatalogue;
  readonly snapshots: SnapshotLock;
  readonly adoption: GtidAdoption | null;
  readonly ownGtids: boolean;
  readonly guard: OwnSchemaGuard;
  readonly log: Logger;
  readonly clock: LaneClock | null;
  /** A writer has a buffer of half a megabyte: one for each session. */
  readonly #others = new WeakMap<Lane, BinlogWriter>();
  readonly #applied: GtidSet;
  #epoch: number;
  /** A GTID of the last epoch, if its checkpoint does not say that they were adopted. */
  #unnoted: string;
  /** What was committed under its own GTID since the last checkpoint; null: nothing. */
  #deferred: EpochPosition | null = null;

  constructor(parts: ReplicaSessionParts) {
    this.control = parts.control;
    this.writers = parts.writers;
    this.checkpoint = parts.checkpoint;
    this.catalogue = parts.catalogue;
    this.snapshots = parts.snapshots;
    this.adoption = parts.adoption;
    this.ownGtids = parts.ownGtids;
    this.guard = parts.guard;
    this.log = parts.log;
    this.clock = parts.clock;
    this.#applied = parts.applied;
    this.#epoch = parts.epoch;
    this.#unnoted = parts.unnoted;
  }

  /** Lane 0, which applies everything that nothing may run beside. */
  get first(): BinlogWriter {
    return this.writers[0] as BinlogWriter;
  }

  /** A writer like those of the lanes in another session, for what cannot go through them. */
  writerIn(lane: Lane): BinlogWriter {
    let writer = this.#others.get(lane);
    if (writer === undefined) this.#others.set(lane, (writer = this.first.in(lane)));
    return writer;
  }

  /** The checkpoint of the epoch after the last one committed. `isOwn`: it is committed under the one GTID that it has. */
  entry(
    position: EpochPosition,
    lanes: number,
    strictTables: readonly string[],
    isOwn: boolean,
  ): CheckpointEntry {
    return {
      epoch: this.#epoch + 1,
      lanes,
      start: position.start,
      end: position.end,
      gtids: position.gtids.toString(),
      gtidsBefore: (this.adoption?.pending ?? this.#applied).toString(),
      // Before 8.0 a GTID that was committed outside of the binary log is forgotten by a restart.
      knownGtid: this.adoption === null ? '' : isOwn ? lastGtid(position.gtids) : this.adoption.newest,
      strictTables,
    };
  }

  /** Every lane of the next epoch has committed. `adopt`: its GTIDs were not committed under their own names. */
  committed(position: EpochPosition, adopt: boolean): void {
    this.#epoch++;
    this.#deferred = null;
    if (this.adoption === null) {
      this.#applied.addSet(position.gtids);
      this.snapshots.giveBack();
      return;
    }
    this.#unnoted = adopt ? lastGtid(position.gtids) : '';
    if (position.gtids.isEmpty()) {
      this.snapshots.giveBack();
      return;
    }
    if (adopt) this.adoption.adopt(position.gtids);
    else this.adoption.came(position.gtids);
  }

  /** Waits for rows that are being applied, by the lanes or by `lane`, and says in the log when a lock of another client holds them up. */
  tellWaits<T>(work: Promise<T>, what: () => string, lane: Lane | null = null): Promise<T> {
    const { control, log } = this;
    const own = lane === null ? [...this.writers.map((writer) => writer.lane), this.snapshots] : [lane];
    const sessions = own.map(({ threadId }) => threadId);
    return tellLockWaits(work, { control, sessions, subject: 'an epoch', what, log });
  }

  /** The checkpoint is behind: the last epoch's GTIDs are adopted, or about to be, and it does not say so; or it was deferred. */
  get hasUnnoted(): boolean {
    return this.#unnoted !== '' || this.#deferred !== null;
  }

  /** Whether the replica's own set of GTIDs tells at a start what was committed under its own GTID. */
  get mayDefer(): boolean {
    return this.adoption !== null;
  }

  /**
   * Something was committed under its own GTID, and the checkpoint of the next epoch is soon enough to tell of it, or a rest.
   * Requires `mayDefer`.
   */
  defer(position: EpochPosition): void {
    this.#deferred = position;
    this.adoption?.came(position.gtids);
  }

  /**
   * Notes in the checkpoint of the last epoch that its GTIDs have been adopted. An epoch that follows says the same of the one
   * before it, so that this is for the last one before a rest.
   */
  async noteAdopted(): Promise<void> {
    const deferred = this.#deferred;
    if (deferred !== null) return this.record(deferred, false);
    const gtid = this.#unnoted;
    if (gtid === '') return;
    await this.adoption?.settled();
    await this.checkpoint.noteAdopted(this.#epoch, gtid);
    this.#unnoted = '';
  }

  /**
   * Something that was committed apart from its checkpoint is the next epoch. `adopt` as above; `statementSeconds`: since
   * 1970, the time under which a statement ran.
   */
  async record(position: EpochPosition, adopt: boolean, statementSeconds = 0): Promise<void> {
    const { control, log, snapshots } = this;
    await tellLockWaits(this.checkpoint.write(this.entry(position, 1, [], !adopt), statementSeconds), {
      // Its own session is the one that waits.
      control: snapshots.connection,
      sessions: [control.threadId],
      subject: 'the checkpoint',
      what: () => `${position.end.file}:${position.end.offset}`,
      log,
    });
    this.committed(position, adopt);
  }
}
