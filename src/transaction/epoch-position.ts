import { GtidSet } from '../gtid/gtid-set.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { Transaction } from './transaction.js';

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
  // Neighbours have neighbouring numbers as a rule: runs of them are added at once.
  let run: { sid: string; tag: string; first: number; last: number } | null = null;
  for (const { gtid } of transactions) {
    if (gtid === null) continue;
    if (run !== null && gtid.gno === run.last + 1 && gtid.sid === run.sid && gtid.tag === run.tag) {
      run.last = gtid.gno;
      continue;
    }
    if (run !== null) gtids.addInterval(run);
    run = { sid: gtid.sid, tag: gtid.tag, first: gtid.gno, last: gtid.gno };
  }
  if (run !== null) gtids.addInterval(run);
  return {
    start: { file: first.file, offset: first.startOffset },
    end: { file: last.file, offset: last.endOffset },
    gtids,
  };
}
