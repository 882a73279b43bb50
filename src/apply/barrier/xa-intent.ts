import type { CheckpointStore } from '../../checkpoint/checkpoint-store.js';
import { comparePositions } from '../../binlog/binlog-position.js';
import type { Transaction } from '../../transaction/transaction.js';

/** Stands in an intent for the digest of the schemas: XA changes none, what is prepared tells whether it was run. */
export const xaIntentDigest = 'xa';

/** Whether a crash came after this very transaction had been announced: what it does may have been done. */
export async function wasXaIntent(checkpoint: CheckpointStore, transaction: Transaction): Promise<boolean> {
  const intent = await checkpoint.readIntent();
  if (intent?.schemaDigest !== xaIntentDigest) return false;
  return comparePositions(intent.start, { file: transaction.file, offset: transaction.startOffset }) === 0;
}
