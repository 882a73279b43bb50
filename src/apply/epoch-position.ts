import { GtidSet } from '../gtid/gtid-set.js';
import type { BinlogPosition } from '../link/link-settings.js';
import type { Transaction } from '../source/transaction.js';

/** From where to where in the source's binary log some consecutive transactions reach, and their GTIDs. */
export interface EpochPosition {
  readonly start: BinlogPosition;
  readonly end: BinlogPosition;
  readonly gtids: GtidSet;
}

/** The extent of `transactions`, of which there is at least one. */
export function epochPosition(transactions: readonly Transaction[]): EpochPosition {
  const first = transactions[0] as Transaction;
  const last = transactions.at(-1) as Transaction;
  const gtids = new GtidSet();
  for (const { gtid } of transactions) if (gtid !== null) gtids.add(gtid.sid, gtid.gno, gtid.tag);
  return {
    start: { file: first.file, offset: first.startOffset },
    end: { file: last.file, offset: last.endOffset },
    gtids,
  };
}
