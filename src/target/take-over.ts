import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { tellLockWaits } from '../apply/lock-waits.js';
import type { SnapshotLock } from '../apply/snapshot-lock.js';
import { awaitEarlierStatement } from '../apply/barrier/statement-lock.js';
import type { StoredCheckpoint } from '../checkpoint/checkpoint-entry.js';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { endDeadSessions } from '../mysql/dead-sessions.js';
import { acquireLinkLock, readLinkLockHolder } from '../mysql/link-lock.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { isDataNewer } from './data-age.js';
import { gtidManner, readReplicaFacts, type ReplicaFacts } from './replica-facts.js';
import { type SourceFacts } from '../source/source.js';
import type { ReplicaSettings } from '../apply/replica-settings.js';
import { type StartPoint, startPoint } from './start-point.js';

/** So long a commit may take from being visible to being in `gtid_executed`. */
const settleMs = 300;

export interface LockHistory {
  readonly settings: ReplicaSettings;
  readonly log: Logger;
  /** The replica's session in which this process held the link's lock last; null: it never has. */
  lockSession: number | null;
  /** Sessions of this process on the replica that it has given up. */
  formerSessions: readonly number[];
}

/**
 * Takes the link's lock in the session of `control`; true if an earlier session of this process had it. Rejects with
 * TR_LINK_LOCKED when another process has it; with TR_LINK_LOST_OWNERSHIP when it was ours before; and with TR_SERVER_LOST, to be
 * tried again, while the replica still keeps our own lost session.
 */
export async function lockLink(control: ServerConnection, history: LockHistory): Promise<boolean> {
  const { log } = history;
  const { name } = history.settings;
  const earlier = history.lockSession;
  // Nobody told the replica, perhaps, that they are gone.
  if (history.formerSessions.length > 0) await endDeadSessions(control, history.formerSessions);
  history.formerSessions = [];
  try {
    const ended = await acquireLinkLock(control, name);
    const others = await endDeadSessions(control, []);
    const sessions = ended === null ? others : [ended, ...others];
    if (sessions.length > 0)
      log.warn({ sessions }, 'ended sessions on the replica whose tailrace is gone without a word');
  } catch (error) {
    if (earlier === null || !isLocked(error)) throw error;
    const holder = await readLinkLockHolder(control, name);
    if (holder === null || holder.threadId === earlier) {
      throw new TailraceError('TR_SERVER_LOST', {
        what: `the replica has not noticed yet that session ${earlier}, which holds the lock of this link, is gone`,
        cure: `Wait, or on the replica: KILL ${earlier};`,
      });
    }
    throw new TailraceError('TR_LINK_LOST_OWNERSHIP', {
      what: 'another tailrace took this link over while the connection to the replica was lost',
      ...(error.why === undefined ? {} : { why: error.why }),
    });
  }
  history.lockSession = control.threadId;
  return earlier !== null;
}

/** What is decided once the link is ours. */
export interface TakenOver {
  readonly replicaFacts: ReplicaFacts;
  readonly sourceFacts: SourceFacts;
  /** What the checkpoint said. */
  readonly stored: StoredCheckpoint | null;
  readonly start: StartPoint;
}

interface LockedLink {
  readonly readSource: () => Promise<SourceFacts>;
  readonly control: ServerConnection;
  readonly checkpoint: CheckpointStore;
  readonly snapshots: SnapshotLock;
  readonly hadIt: boolean;
}

interface TakingOver {
  readonly settings: ReplicaSettings;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Makes a locked link ours and decides where it goes on. Rejects as `startPoint` throws, with nothing changed, and with TR_LINK_LOCKED.
 * A lock of another client on the replica holds it up, and the log says so.
 */
export async function takeOver(link: LockedLink, session: TakingOver): Promise<TakenOver> {
  const { control, snapshots } = link;
  const common = { subject: 'the start', what: () => `link ${session.settings.name}`, log: session.log };
  // Each of the two sessions can tell what the other one waits for.
  const taken = await tellLockWaits(takeDecided(link, session), {
    ...common,
    control: snapshots.connection,
    sessions: [control.threadId],
  });
  await tellLockWaits(snapshots.prepare(), { ...common, control, sessions: [snapshots.threadId] });
  return taken;
}

/** Decides where a link goes on, and changes nothing. Rejects as `startPoint` throws. */
export function decideStart(
  link: Pick<LockedLink, 'readSource' | 'control' | 'checkpoint'>,
  settings: ReplicaSettings,
): Promise<TakenOver> {
  return settled(() => decide(link, settings));
}

async function decide(
  { readSource, control, checkpoint }: Pick<LockedLink, 'readSource' | 'control' | 'checkpoint'>,
  settings: ReplicaSettings,
): Promise<TakenOver> {
  // Before the GTIDs: what a lane of an earlier owner commits in between must not look as if the replica had lost it.
  const stored = await checkpoint.read();
  const replicaFacts = await readReplicaFacts(control);
  // Last: whatever the replica has, the source then has, too, or has lost.
  const source = await readSource();
  const manner = gtidManner(source, replicaFacts);
  const start = startPoint({
    ...manner,
    replicaExecuted: replicaFacts.executed,
    sourceExecuted: source.executed,
    sourcePurged: source.purged,
    sourceUuid: source.uuid,
    link: settings.name,
    checkpoint: stored,
    isDataNewer: await isDataNewer(control, stored, manner.byGtid ? replicaFacts.executed : null),
    native: replicaFacts.nativePosition(source.uuid),
    from: settings.from,
  });
  return { replicaFacts, sourceFacts: source, stored, start };
}

async function takeDecided(link: LockedLink, session: TakingOver): Promise<TakenOver> {
  const { checkpoint, hadIt } = link;
  const { settings } = session;
  // Refused here, if at all: nothing has been changed yet.
  const { sourceFacts, replicaFacts, stored } = await decideStart(link, settings);
  try {
    await checkpoint.takeOver({
      sourceUuid: sourceFacts.uuid,
      lanes: settings.lanes,
      from: settings.from,
      begins: stored === null || stored.state.kind === 'none',
      native: replicaFacts.nativePosition(sourceFacts.uuid),
    });
  } catch (error) {
    if (!hadIt || !isLocked(error)) throw error;
    // Lanes of our own that were lost a moment ago: they end, and then nothing is in the way.
    throw new TailraceError('TR_SERVER_LOST', { what: error.what, cure: error.cure, cause: error });
  }
  await awaitEarlierStatement(settings, session);
  // What an earlier owner had under way may have been committed until just now: only what is read from here on holds.
  const decided = await decideStart(link, settings);
  tellUnusedPosition(settings, decided, session.log);
  return decided;
}

/** A transaction is visible a moment before its GTID is in `gtid_executed`: that the replica lacks one must be seen twice. */
async function settled(decide: () => Promise<TakenOver>): Promise<TakenOver> {
  try {
    return await decide();
  } catch (error) {
    if (!(error instanceof TailraceError) || error.code !== 'TR_CHECKPOINT_STALE') throw error;
    await sleep(settleMs);
    return decide();
  }
}

function tellUnusedPosition({ from }: ReplicaSettings, { start, stored }: TakenOver, log: Logger): void {
  if (from === null) return;
  if (start.stream.kind === 'gtid') {
    log.info(
      { from },
      'source and replica have GTIDs: gtid_executed tells where the replica stands, and --from is not used',
    );
  } else if (stored !== null && stored.state.kind !== 'none') {
    log.info(
      { from, at: start.stream },
      'the link goes on from its checkpoint: --from was for its first start',
    );
  }
}

function isLocked(error: unknown): error is TailraceError {
  return error instanceof TailraceError && error.code === 'TR_LINK_LOCKED';
}
