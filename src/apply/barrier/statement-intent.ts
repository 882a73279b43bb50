import type { CheckpointStore } from '../../checkpoint/checkpoint-store.js';
import { comparePositions } from '../../binlog/binlog-position.js';
import type { Transaction } from '../../transaction/transaction.js';
import type { StatementIntent } from '../../checkpoint/checkpoint-entry.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { quoteString } from '../../mysql/identifier.js';

/** Stands in an intent for the digest of the schemas: XA changes none, what is prepared tells whether it was run. */
export const xaIntentDigest = 'xa';

/** Whether a crash came after this very transaction had been announced: what it does may have been done. */
export async function wasXaIntent(checkpoint: CheckpointStore, transaction: Transaction): Promise<boolean> {
  const intent = await checkpoint.readIntent();
  if (intent?.schemaDigest !== xaIntentDigest) return false;
  return comparePositions(intent.start, { file: transaction.file, offset: transaction.startOffset }) === 0;
}

/** Stands in an intent for the digest of the schemas: statements that nothing can undo, and of which nothing tells how far they came. */
export const halfwayIntentDigest = 'halfway';

/** Stands in front of the digest of the schemas: a table that is created before its rows, and dropped if these do not come. */
export const createdIntentPrefix = 'created:';

/** Why a link that finds such an intent open does not go on by itself. */
export function halfwayError({ start, end }: StatementIntent, linkName: string): TailraceError {
  return new TailraceError('TR_STATEMENT_HALFWAY', {
    what: `the transaction at ${start.file}:${start.offset} was being applied when tailrace or the replica ended, and may have been applied in part`,
    why: 'it changes tables of an engine that cannot roll back (MyISAM, MEMORY) by statements',
    cure:
      `Compare its tables on both servers (mysqlbinlog --start-position=${start.offset} --stop-position=${end.offset} ${start.file} shows it). ` +
      'Where the replica has its changes in part, complete or undo them by hand. Where it has none of them, take the note away: ' +
      `SET sql_log_bin=0; UPDATE tailrace.link SET intent_digest=NULL WHERE name=${quoteString(linkName)}; then start again. ` +
      `Where it has all of them, leave the transaction out: tailrace skip ${start.file}:${start.offset} --source … --replica …`,
  });
}
