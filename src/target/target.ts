import type { OwnSchemaGuard } from '../apply/barrier/own-schema-guard.js';
import type { CheckpointEntry } from '../checkpoint/checkpoint-entry.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import type { GtidSet } from '../gtid/gtid-set.js';
import type { SourceFacts } from '../source/source.js';
import type { TransactionQueue } from '../transaction/transaction-queue.js';
import type { StartPoint } from './start-point.js';

/**
 * Where transactions go: the other end of a link. `ReplicaTarget` applies them to a MySQL server; another kind of target implements
 * this interface. What feeds it names no connection.
 *
 * @example
 * const target = new ReplicaTarget(options);
 * await target.connect();
 * const ready = await target.takeOver(() => source.facts());
 * const { start } = await ready.begin();
 * await target.run(feed);
 */
export interface Target {
  connect(): Promise<void>;
  /** Makes the link this process's own and decides where it goes on. Nothing has changed when it rejects. */
  takeOver(readSource: () => Promise<SourceFacts>): Promise<Ready>;
  /** Applies what `feed` brings until its goal is reached or a stop is asked for, and ends at a boundary. After `Ready.begin`. */
  run(feed: ApplyFeed): Promise<void>;
  /** The GTIDs that the target has; empty text without GTIDs. */
  gtidExecuted(): Promise<string>;
  close(): Promise<void>;
  /** Ends at once: what waits for an answer fails, and what is open is rolled back. */
  destroy(): void;
}

/** A link that is ours. */
export interface Ready {
  readonly sourceFacts: SourceFacts;
  readonly replicaVersion: string;
  readonly start: StartPoint;
  /** The link goes by GTIDs; else by file and position. */
  readonly byGtid: boolean;
  /** Opens what is needed to apply. Gives where to read on, and what must not reach the target. */
  begin(): Promise<{ readonly start: StartPoint; readonly guard: OwnSchemaGuard }>;
}

/** What a target applies, and until when. */
export interface ApplyFeed {
  readonly queue: TransactionQueue;
  /** What the target has; it keeps this up. */
  readonly applied: GtidSet;
  /** Begins to read, once the target is ready for it. */
  readonly open: () => Promise<void>;
  /** The feed's transactions are applied from now on, in epochs of their own. */
  readonly applies: () => void;
  /** An epoch that a crash has broken, to be completed first; null: there is none. */
  readonly broken: {
    readonly entry: CheckpointEntry;
    readonly laneZeroCommitted: boolean;
    /** All its transactions are there. */
    readonly collected: () => void;
    /** The feed brings nothing else. */
    readonly isAll: boolean;
  } | null;
  /** Everything that was asked for is applied, given that nothing waits. */
  readonly reached: () => boolean;
  /** More is on its way than waits: it will be there at once. */
  readonly isBehind: () => boolean;
  /** The stream has ended: what has arrived is still applied, then this is thrown. */
  readonly streamFailure: () => TailraceError | null;
  readonly signal: AbortSignal;
}
