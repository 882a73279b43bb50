import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** Of the client library. They reach the application that uses it; the exit codes are there for tools that are built on it. */
export const poolErrors = {
  TR_POOL_OPTIONS: entry(
    exitCodes.usage,
    'The options that a pool was created with have mistakes.',
    'See what is said about each of them; docs/pool.md lists every option.',
  ),
  TR_POOL_TOKEN: entry(
    exitCodes.usage,
    'What was given as the token of a session is none.',
    'Begin the session without a token; take tokens only from `currentToken()` or `session.token`.',
  ),
  TR_POOL_NO_SESSION: entry(
    exitCodes.usage,
    'A read asked for session consistency outside of a session, and without saying which transactions it means.',
    'Run it inside of `runInSession`, or give `minGtid`.',
  ),
  TR_POOL_CHECKOUT: entry(
    exitCodes.unreachable,
    'No server that may answer gave a connection in time.',
    'See why each of them did not; `pool.explain()` tells more.',
  ),
  TR_POOL_SOURCE_SPARED: entry(
    exitCodes.refused,
    'Only the source could have answered a read, and it is spared: it has as many of them as it is to have.',
    'Try again later; ask for less (`maxLagMs`, `consistency`), or let the source take more (`sourceReads`).',
  ),
  TR_POOL_FULL: entry(
    exitCodes.refused,
    'As many checkouts wait for a connection as may.',
    'Slow down; raise `connectionLimit` of the servers, or `checkoutsWaitingMax`.',
  ),
  TR_POOL_COMMIT_UNKNOWN: entry(
    exitCodes.unreachable,
    'The connection was lost while a transaction was being committed: whether it was, is not known.',
    'Look whether its changes are there before it is done again.',
  ),
  TR_POOL_TRANSACTION_LOST: entry(
    exitCodes.unreachable,
    'The connection of a transaction was lost, and the statements after that were not run.',
    'Roll back, and do the whole transaction again; if it was lost at COMMIT, look first whether its changes are there.',
  ),
  TR_POOL_READ_ONLY_TRANSACTION: entry(
    exitCodes.refused,
    'A read-only transaction on a replica was given a statement that is not a plain read.',
    'Run it in a transaction that may write; it runs on the source.',
  ),
  TR_POOL_NO_STATEMENT_BEFORE: entry(
    exitCodes.usage,
    'A statement asked what the one before it left in its connection, outside of a transaction.',
    'Take the number from the result of the statement before, or run both in one transaction.',
  ),
  TR_POOL_CONNECTION_RETURNED: entry(
    exitCodes.usage,
    'A statement was given to a connection of an adapter that had been given back.',
    'Give it back behind its last statement.',
  ),
  TR_POOL_ENDED: entry(
    exitCodes.stopped,
    'The pool was ended.',
    'Do not use a pool behind its end(); create another one.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
