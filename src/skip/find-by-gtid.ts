import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { TakenOver } from '../target/take-over.js';
import { readTransaction } from './read-transaction.js';
import type { SkipTarget } from './skip-target.js';
import type { TransactionContents } from './transaction-contents.js';

/**
 * The transaction that a target names, of a link that goes by GTID: whichever one, in whatever order. Throws TR_SKIP_REFUSED where
 * the source does not have it, or it cannot be left out.
 */
export async function findByGtid(
  settings: LinkSettings,
  target: SkipTarget,
  decided: TakenOver,
  end: BinlogPosition,
): Promise<TransactionContents> {
  if (target.kind === 'position') return findAt(settings, target.position, decided, end);
  const { gtid, set } = target;
  const { executed, uuid } = decided.sourceFacts;
  if (!executed.contains(set)) {
    throw new TailraceError('TR_SKIP_REFUSED', {
      what: `the source has no transaction ${gtid}`,
      why: `it is not in its gtid_executed${gtid.startsWith(uuid) ? '' : `, and not of its server_uuid, ${uuid}`}`,
      cure: 'Take the GTID from the message that the link stopped with, or from the binary log of the source.',
    });
  }
  requireSkippable(gtid, decided);
  const start = { kind: 'gtid', set: executed.subtract(set).toString() } as const;
  const contents = await readTransaction(settings, start, end, (one) => one.gtid === gtid);
  return contents ?? missing(`transaction ${gtid}`);
}

async function findAt(
  settings: LinkSettings,
  position: BinlogPosition,
  decided: TakenOver,
  end: BinlogPosition,
): Promise<TransactionContents> {
  const place = `${position.file}:${position.offset}`;
  const contents = await readTransaction(settings, { kind: 'position', ...position }, end, () => true);
  if (contents === null) return missing(`transaction at ${place}`);
  const { file, startOffset, gtid } = contents;
  if (gtid === null || file !== position.file || startOffset !== position.offset) {
    throw new TailraceError('TR_SKIP_REFUSED', {
      what: `no transaction with a GTID begins at ${place}`,
      cure: 'Source and replica have GTIDs: give the GTID of the transaction.',
    });
  }
  requireSkippable(gtid, decided);
  return contents;
}

/** Throws TR_SKIP_REFUSED where a transaction is on the replica already, in whole or in part. */
export function requireSkippable(gtid: string, { start }: Pick<TakenOver, 'start'>): void {
  const set = GtidSet.parse(gtid);
  if (start.applied.contains(set)) {
    throw new TailraceError('TR_SKIP_REFUSED', {
      what: `the replica has ${gtid} already`,
      why: 'it was applied, or left out before: tailrace.skipped on the replica lists what was left out',
      cure: 'Nothing needs to be done. What it changed cannot be taken back by leaving it out.',
    });
  }
  const torn = start.broken?.entry.gtids ?? '';
  if (!GtidSet.parse(torn).contains(set)) return;
  throw new TailraceError('TR_SKIP_REFUSED', {
    what: `a crash has left ${gtid} half applied on the replica`,
    why: `it belongs to an epoch of which only some lanes have committed: ${torn}`,
    cure: 'Start the link once: it completes that epoch first.',
  });
}

function missing(what: string): never {
  throw new TailraceError('TR_SKIP_REFUSED', {
    what: `the source did not send ${what}`,
    why: 'it is not in the binary logs that the source still has',
    cure: 'Look at SHOW BINARY LOGS on the source. What it has purged cannot be left out: seed the replica again.',
  });
}
