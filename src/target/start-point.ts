import type { CheckpointEntry, CheckpointState } from '../checkpoint/checkpoint-entry.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import type { StreamStart } from '../source/source.js';
import { type LifeFacts, requireSameLife, startPosition } from './checkpoint-life.js';

/** What is known of both servers when a link starts. */
export interface StartFacts extends LifeFacts {
  /** Source and replica both run with GTIDs. */
  readonly byGtid: boolean;
  /** The replica can be told which GTIDs it has. */
  readonly canAdopt: boolean;
  readonly sourceExecuted: GtidSet;
  readonly sourcePurged: GtidSet;
  readonly sourceUuid: string;
}

/** From where the stream is read, and what has to be mended first. */
export interface StartPoint {
  readonly stream: StreamStart;
  /** What the replica has (by GTID), the broken epoch not among it. */
  readonly applied: GtidSet;
  /** GTIDs of a complete epoch that were not adopted before a crash. */
  readonly adopt: GtidSet;
  /** An epoch that only some lanes have committed. */
  readonly broken: { readonly entry: CheckpointEntry; readonly laneZeroCommitted: boolean } | null;
  /** Number of the last epoch. */
  readonly epoch: number;
  /** See `CheckpointEntry`. */
  readonly knownGtid: string;
}

/**
 * Decides where a link goes on. Pure. Throws TR_POSITION_UNKNOWN, TR_POSITION_CONFLICT, TR_CHECKPOINT_STALE, TR_STREAM_PURGED,
 * TR_STREAM_SOURCE_CHANGED.
 */
export function startPoint(facts: StartFacts): StartPoint {
  const state = facts.checkpoint?.state ?? { kind: 'none' };
  return facts.byGtid ? startByGtid(facts, state) : startByPosition(facts, state);
}

function startByGtid(facts: StartFacts, state: CheckpointState): StartPoint {
  requireSameLife(facts);
  const entry = state.kind === 'none' ? null : state.entry;
  const last = GtidSet.parse(entry?.gtids ?? '');
  const known = facts.replicaExecuted.union(GtidSet.parse(entry?.gtidsBefore ?? ''));
  const isBroken = state.kind === 'partial' && !known.contains(last);
  const applied = isBroken ? known.subtract(last) : known.union(last);
  requireKnownHistory(facts, applied);
  if (isBroken) requireWhole(facts, last);
  const missing = facts.sourcePurged.subtract(applied);
  if (!missing.isEmpty()) {
    throw new TailraceError('TR_STREAM_PURGED', {
      what: `the source has purged transactions that the replica needs: ${missing.toString()}`,
    });
  }
  return {
    stream: { kind: 'gtid', set: applied.toString() },
    applied,
    adopt: facts.canAdopt ? applied.subtract(facts.replicaExecuted) : new GtidSet(),
    broken: isBroken ? { entry: state.entry, laneZeroCommitted: state.laneZeroCommitted } : null,
    epoch: entry?.epoch ?? 0,
    knownGtid: entry?.knownGtid ?? '',
  };
}

/** A source that no longer has what it once sent was reset, or lost its end in a crash: its numbers begin to mean something else. */
function requireKnownHistory({ sourceExecuted, sourceUuid }: StartFacts, applied: GtidSet): void {
  const lost = new GtidSet();
  for (const interval of applied.subtract(sourceExecuted).intervals()) {
    if (interval.sid === sourceUuid) lost.addInterval(interval);
  }
  if (lost.isEmpty()) return;
  throw new TailraceError('TR_STREAM_SOURCE_CHANGED', {
    what: `the replica has transactions of the source that the source itself no longer has: ${lost.toString()}`,
    why: 'its binary logs were reset, or it lost its last transactions in a crash',
  });
}

/** What is missing of an epoch that a crash has broken can only come from a server that has all of it. */
function requireWhole({ sourceExecuted, link }: StartFacts, last: GtidSet): void {
  const lacking = last.subtract(sourceExecuted);
  if (lacking.isEmpty()) return;
  throw new TailraceError('TR_STREAM_SOURCE_CHANGED', {
    what: `a crash has left ${last.toString()} half applied on the replica, and this source does not have ${lacking.toString()} of it`,
    why: `some lanes of link ${link} have committed their part of those transactions and others have not: the tables that they change are torn until they are completed`,
    cure: 'Use a source that has all of them, in whatever order: the former one, or another of its replicas. If there is none, seed the replica again.',
  });
}

function startByPosition(facts: StartFacts, state: CheckpointState): StartPoint {
  const { checkpoint } = facts;
  if (checkpoint !== null && state.kind !== 'none' && checkpoint.sourceUuid !== facts.sourceUuid) {
    throw new TailraceError('TR_STREAM_SOURCE_CHANGED', {
      what: `the checkpoint speaks of source ${checkpoint.sourceUuid}, this one is ${facts.sourceUuid}`,
      why: 'without GTIDs a position means nothing on another server',
    });
  }
  const broken =
    state.kind === 'partial' ? { entry: state.entry, laneZeroCommitted: state.laneZeroCommitted } : null;
  const position = startPosition(facts);
  if (position === null) {
    throw new TailraceError('TR_POSITION_UNKNOWN', {
      what: 'it is not known where in the binary log of the source the replica stands',
      why: 'the source runs without GTIDs, the replica has no checkpoint, and native replication is not configured there',
    });
  }
  return {
    stream: { kind: 'position', file: position.file, offset: position.offset },
    applied: new GtidSet(),
    adopt: new GtidSet(),
    broken,
    epoch: state.kind === 'none' ? 0 : state.entry.epoch,
    knownGtid: '',
  };
}
