import { TailraceError } from '../errors/tailrace-error.js';
import { isConnectionLoss } from './connection-loss.js';
import type { LentConnection } from './lent-connection.js';
import type { TransactionOptions, Work } from './replica-pool.js';

const isolations: readonly string[] = [
  'READ UNCOMMITTED',
  'READ COMMITTED',
  'REPEATABLE READ',
  'SERIALIZABLE',
];

/**
 * Runs `work` in a transaction, which is committed when it resolves; when it rejects, whoever takes the connection back rolls back. Throws
 * `TR_POOL_OPTIONS`, `TR_POOL_COMMIT_UNKNOWN`, and what `work` or the server throws.
 */
export async function runTransaction<Result>(
  { connection, watch, node }: LentConnection,
  work: Work<Result>,
  { isolation }: TransactionOptions,
): Promise<Result> {
  if (isolation !== undefined) {
    if (!isolations.includes(isolation))
      throw new TailraceError('TR_POOL_OPTIONS', {
        what: `isolation must be one of ${isolations.join(', ')}.`,
      });
    await connection.query(`SET TRANSACTION ISOLATION LEVEL ${isolation}`);
  }
  await connection.query('START TRANSACTION');
  const result = await work(connection);
  try {
    await connection.query('COMMIT');
  } catch (error) {
    if (watch.lost === null && !isConnectionLoss(error)) throw error;
    throw new TailraceError('TR_POOL_COMMIT_UNKNOWN', {
      what: `The connection to ${node.id} was lost during COMMIT.`,
      why: (error as Error).message,
      cause: error,
    });
  }
  return result;
}
