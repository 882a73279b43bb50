import { releaseTransaction, type Transaction } from './transaction.js';
import type { TailSink } from './transaction-tail.js';

/**
 * Gives `sink` what follows the head of a transaction, if anything does. The head has been applied: its memory is given back first, as
 * the tail may need it. Rejects when the stream broke.
 */
export async function drainTail(transaction: Transaction, sink: TailSink): Promise<void> {
  if (transaction.tail === null) return;
  releaseTransaction(transaction);
  await transaction.tail.drain(sink);
}
