import type { CheckpointEntry, StoredCheckpoint } from '../checkpoint/checkpoint-entry.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { quoteString } from '../mysql/identifier.js';
import { comparePositions, type BinlogPosition } from '../binlog/binlog-position.js';

/** What tells whether a checkpoint speaks of the data that the replica has now. */
export interface LifeFacts {
  /** Name of the link. */
  readonly link: string;
  /** null, or one that says nothing yet: whatever the replica has, it is not contradicted. */
  readonly checkpoint: StoredCheckpoint | null;
  /** Every table was created after the checkpoint was written; see `isDataNewer`. */
  readonly isDataNewer: boolean;
  readonly replicaExecuted: GtidSet;
  /** Where native replication from the same source has come to; null: it is not configured. */
  readonly native: BinlogPosition | null;
  /** Where the user says that the replica stands. */
  readonly from: BinlogPosition | null;
}

/** So much of a GTID set stands in a message. */
const setShownLength = 300;

/*
 * A replica that is restored from an older backup keeps the checkpoint of what it was before, unless the backup brings schema
 * `tailrace` with it. What such a checkpoint claims would be passed over for ever, and in silence. Three things give it away:
 *
 * - With GTIDs, `gtid_executed` lacks the one that had come into it last when the checkpoint was written. A crash between the commit
 *   of an epoch and the adoption of its GTIDs takes none away, and a dump from that moment has it, too.
 * - Every table is younger than the checkpoint, and the checkpoint's own is not.
 * - Without GTIDs, somebody says where the replica stands, by `--from` or in the settings of native replication, and says another
 *   place than at the last start.
 */

/** What a checkpoint says, beyond `gtid_executed`, that the replica has; of an epoch that a crash has broken, too. */
export function claimedGtids(checkpoint: StoredCheckpoint | null): GtidSet {
  const entry = entryOf(checkpoint);
  return entry === null ? new GtidSet() : GtidSet.parse(entry.gtidsBefore).union(GtidSet.parse(entry.gtids));
}

/** Throws TR_CHECKPOINT_STALE when the checkpoint of a link with GTIDs claims what this data has not. Pure. */
export function requireSameLife(facts: LifeFacts): void {
  const { checkpoint, replicaExecuted, isDataNewer } = facts;
  const entry = entryOf(checkpoint);
  if (checkpoint === null || entry === null) return;
  const lacking = claimedGtids(checkpoint).subtract(replicaExecuted);
  const known = entry.knownGtid === '' ? new GtidSet() : GtidSet.parse(entry.knownGtid);
  const isBack = !replicaExecuted.contains(known);
  if (!isBack && (lacking.isEmpty() || !isDataNewer)) return;
  const missing = lacking.union(known.subtract(replicaExecuted));
  throw new TailraceError('TR_CHECKPOINT_STALE', {
    what: `the checkpoint of link ${facts.link} says that the replica has ${shown(missing)}, and its gtid_executed does not`,
    why: isBack
      ? `gtid_executed had ${entry.knownGtid} when the checkpoint was written: the replica was seeded or restored since`
      : 'every table of the replica was created after the checkpoint was written: it was seeded since',
    cure:
      `If gtid_executed is right for the data, as after a restore, forget the checkpoint. On the replica: ${forgetting(facts.link)} Then start again. ` +
      `If the data is not older, and gtid_executed was changed by hand, give back what it lacks: SET GLOBAL gtid_purged='+…'; with all that the data holds. If neither is certain, seed the replica again.`,
  });
}

/**
 * Where a link without GTIDs goes on; null: nothing tells. Throws TR_CHECKPOINT_STALE when the checkpoint is not of this data, and
 * TR_POSITION_CONFLICT when somebody says another place. Pure.
 */
export function startPosition(facts: LifeFacts): BinlogPosition | null {
  const { checkpoint, from, native } = facts;
  const entry = entryOf(checkpoint);
  if (checkpoint === null || entry === null) return from ?? native;
  const { life, state } = checkpoint;
  const stands = state.kind === 'partial' ? entry.start : entry.end;
  // After a hand-over native replication has gone on from our checkpoint.
  const goesOn = native !== null && comparePositions(native, entry.end) > 0 ? native : stands;
  const isConfirmed = from !== null && isSame(from, goesOn);
  if (from !== null && !isConfirmed && !isSame(from, life.from)) {
    throw conflict(facts, goesOn, `--from says that the replica stands at ${text(from)}`);
  }
  if (isConfirmed || goesOn !== stands) return goesOn;
  if (facts.isDataNewer) throw seededAgain(facts, goesOn);
  const wasSet = life.native !== undefined && native !== null && !isSame(native, life.native);
  if (wasSet && !isSame(native, stands)) {
    throw conflict(
      facts,
      goesOn,
      `native replication was set to ${text(native)} since the last start of the link`,
    );
  }
  return goesOn;
}

function seededAgain(facts: LifeFacts, goesOn: BinlogPosition): TailraceError {
  return new TailraceError('TR_CHECKPOINT_STALE', {
    what: `the checkpoint of link ${facts.link} says that the replica stands at ${text(goesOn)}, and every table of the replica was created after it was written`,
    why: 'the replica was seeded or restored since, and the checkpoint is of the data that it had before',
    cure:
      `If it was seeded, forget the checkpoint. On the replica: ${forgetting(facts.link)} Then start with --from and the position that the backup notes. ` +
      `If the tables were only rebuilt, and the data is the same, start once with --from ${text(goesOn)}.`,
  });
}

function conflict(facts: LifeFacts, goesOn: BinlogPosition, says: string): TailraceError {
  return new TailraceError('TR_POSITION_CONFLICT', {
    what: `${says}, and the checkpoint of link ${facts.link} says ${text(goesOn)}`,
    why: 'one of the two is of other data than the replica has now: what lies between them would be passed over, or applied twice',
    cure:
      `If the replica was restored, forget the checkpoint. On the replica: ${forgetting(facts.link)} Then start again. ` +
      `If the checkpoint is right, start once with --from ${text(goesOn)}.`,
  });
}

/** The statements that make a link forget where it was. */
function forgetting(link: string): string {
  const name = quoteString(link);
  return `SET sql_log_bin=0; DELETE FROM tailrace.checkpoint WHERE link=${name}; DELETE FROM tailrace.link WHERE name=${name};`;
}

function entryOf(checkpoint: StoredCheckpoint | null): CheckpointEntry | null {
  return checkpoint === null || checkpoint.state.kind === 'none' ? null : checkpoint.state.entry;
}

function isSame(a: BinlogPosition, b: BinlogPosition | null | undefined): boolean {
  return b !== null && b !== undefined && a.file === b.file && a.offset === b.offset;
}

function text({ file, offset }: BinlogPosition): string {
  return `${file}:${offset}`;
}

function shown(set: GtidSet): string {
  const all = set.toString();
  return all.length > setShownLength ? `${all.slice(0, setShownLength)}…` : all;
}
