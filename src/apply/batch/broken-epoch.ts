import { comparePositions } from '../../binlog/binlog-position.js';
import type { CheckpointEntry } from '../../checkpoint/checkpoint-entry.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { GtidSet } from '../../gtid/gtid-set.js';
import type { Transaction } from '../../transaction/transaction.js';
import type { TransactionQueue } from '../../transaction/transaction-queue.js';

/** Where the transactions of a broken epoch come from. */
export interface BrokenEpochFeed {
  readonly queue: TransactionQueue;
  readonly signal: AbortSignal;
  /** Waits until something arrives. Rejects when nothing more will. */
  arrival(): Promise<void>;
}

/**
 * Takes exactly the transactions of an epoch that a crash has broken from the queue; null: a stop was asked for. `byGtid`: they
 * are told by their GTIDs, else by position, also where some of them have GTIDs. Rejects with TR_STREAM_SOURCE_CHANGED when
 * others come.
 */
export async function collectBrokenEpoch(
  entry: CheckpointEntry,
  byGtid: boolean,
  feed: BrokenEpochFeed,
): Promise<Transaction[] | null> {
  const expected = GtidSet.parse(entry.gtids);
  const transactions: Transaction[] = [];
  const seen = new GtidSet();
  for (;;) {
    const next = feed.queue.take();
    if (next === undefined) {
      await feed.arrival();
      if (feed.signal.aborted) return null;
      continue;
    }
    checkBelongs(next, entry, byGtid ? expected : null);
    transactions.push(next);
    if (next.gtid !== null) seen.add(next.gtid.sid, next.gtid.gno, next.gtid.tag);
    const end = { file: next.file, offset: next.endOffset };
    if (byGtid ? seen.contains(expected) : comparePositions(end, entry.end) === 0) return transactions;
  }
}

/** `expected`: null, it is told by its position. */
function checkBelongs(transaction: Transaction, entry: CheckpointEntry, expected: GtidSet | null): void {
  const { kind, tail, gtid, file, startOffset, endOffset } = transaction;
  const belongs =
    kind === 'rows' &&
    tail === null &&
    (expected === null
      ? comparePositions({ file, offset: endOffset }, entry.end) <= 0
      : gtid !== null && expected.has(gtid.sid, gtid.gno, gtid.tag));
  if (belongs) return;
  throw new TailraceError('TR_STREAM_SOURCE_CHANGED', {
    what: 'the source does not send the transactions of the epoch that a crash had broken',
    why: `the checkpoint expects ${entry.gtids || `${entry.start.file}:${entry.start.offset}`}, the stream brings ${file}:${startOffset}`,
  });
}
