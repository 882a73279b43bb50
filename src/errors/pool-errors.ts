import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** Of the client library. They reach the application that uses it; the exit codes are there for tools that are built on it. */
export const poolErrors = {
  TR_POOL_OPTIONS: entry(
    exitCodes.usage,
    'The options that a pool was created with have mistakes.',
    'Correct each listed option. docs/pool.md lists all options.',
  ),
  TR_POOL_TOKEN: entry(
    exitCodes.usage,
    'The given text is not a session token.',
    'Begin the session without a token. Take tokens only from `currentToken()` or `session.token`.',
  ),
  TR_POOL_NO_SESSION: entry(
    exitCodes.usage,
    'A read requested session consistency outside a session and without `minGtid`.',
    'Run it inside `runInSession`, or pass `minGtid`.',
  ),
  TR_POOL_CHECKOUT: entry(
    exitCodes.unreachable,
    'No suitable server gave a connection in time.',
    'See the reason for each server. `pool.explain()` shows more.',
  ),
  TR_POOL_SOURCE_SPARED: entry(
    exitCodes.refused,
    'Only the source could have answered a read, and its limit for reads is reached.',
    'Retry later, request less (`maxLagMs`, `consistency`), or raise the limit (`sourceReads`).',
  ),
  TR_POOL_FULL: entry(
    exitCodes.refused,
    'The limit for checkouts that wait for a connection is reached.',
    'Slow down, or raise `connectionLimit` of the servers or `checkoutsWaitingMax`.',
  ),
  TR_POOL_COMMIT_UNKNOWN: entry(
    exitCodes.unreachable,
    'The connection was lost during COMMIT. Whether the transaction was committed is unknown.',
    'Check whether its changes are there before you repeat it.',
  ),
  TR_POOL_TRANSACTION_LOST: entry(
    exitCodes.unreachable,
    'The connection of a transaction was lost. Later statements of the transaction were not run.',
    'Roll back and repeat the whole transaction. If the connection was lost at COMMIT, first check whether its changes are there.',
  ),
  TR_POOL_READ_ONLY_TRANSACTION: entry(
    exitCodes.refused,
    'A statement in a read-only transaction on a replica is not a plain read.',
    'Run it in a read-write transaction, which runs on the source.',
  ),
  TR_POOL_NO_STATEMENT_BEFORE: entry(
    exitCodes.usage,
    'Outside a transaction, a statement asked for the state that the previous statement left on its connection.',
    'Take the number from the result of the previous statement, or run both in one transaction.',
  ),
  TR_POOL_CONNECTION_RETURNED: entry(
    exitCodes.usage,
    'A statement was sent to an adapter connection that had already been returned.',
    'Return the connection only after its last statement.',
  ),
  TR_POOL_ENDED: entry(
    exitCodes.stopped,
    'The pool was ended.',
    'Do not use a pool after its end(). Create another one.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
