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
      what: `The source has no transaction ${gtid}.`,
      why: `It is not in its gtid_executed${gtid.startsWith(uuid) ? '' : `, and not of its server_uuid, ${uuid}`}`,
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
      what: `No transaction with a GTID begins at ${place}.`,
      cure: 'Source and replica have GTIDs, so pass the GTID of the transaction.',
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
      what: `The replica already has ${gtid}.`,
      why: 'It was applied or skipped earlier: tailrace.skipped on the replica lists skipped transactions.',
      cure: 'Do nothing. Skipping a transaction cannot undo what it changed.',
    });
  }
  const torn = start.broken?.entry.gtids ?? '';
  if (!GtidSet.parse(torn).contains(set)) return;
  throw new TailraceError('TR_SKIP_REFUSED', {
    what: `A crash left ${gtid} half applied on the replica.`,
    why: `It belongs to an epoch of which only some lanes have committed: ${torn}`,
    cure: 'Start the link once. It completes that epoch first.',
  });
}

function missing(what: string): never {
  throw new TailraceError('TR_SKIP_REFUSED', {
    what: `The source did not send ${what}.`,
    why: 'It is not in the binary logs that the source still has.',
    cure: 'Look at SHOW BINARY LOGS on the source. A purged transaction cannot be skipped: reseed the replica.',
  });
}
