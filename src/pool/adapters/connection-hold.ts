import { TailraceError } from '../../errors/tailrace-error.js';
import { isConnectionLoss } from '../connection-loss.js';
import type { PoolSession } from '../pool-session.js';
import type { Checkout } from '../replica-pool.js';
import type { StatementRequest } from './statement-request.js';
import type { StatementRoute } from '../statement-route.js';
import type { StatementAnswer, StatementRunner } from './statement-runner.js';

/**
 * A server's connection that is held over several statements, because something of it stays: an open transaction, settings
 * for the next one, or whatever a statement has done to its session.
 */
export class ConnectionHold {
  readonly checkout: Checkout;
  /** In which it was taken out; its transactions go there. */
  readonly session: PoolSession | null;
  readonly #runner: StatementRunner;
  #isInTransaction = false;
  #isPrimed = false;
  #isChanged = false;
  #failure: unknown = null;

  constructor(checkout: Checkout, session: PoolSession | null, runner: StatementRunner) {
    this.checkout = checkout;
    this.session = session;
    this.#runner = runner;
  }

  /** Whether the statements to come need this connection and no other. */
  get isNeeded(): boolean {
    return this.#isInTransaction || this.#isPrimed || this.#isChanged || this.#failure !== null;
  }

  /** Whether no transaction is open or about to begin. */
  get isIdle(): boolean {
    return !this.#isInTransaction && !this.#isPrimed;
  }

  /**
   * Runs a statement. Errors: what the server says; TR_POOL_READ_ONLY_TRANSACTION; TR_POOL_TRANSACTION_LOST for every
   * statement after the one with which the connection was lost: on another connection it would not be part of the transaction.
   */
  async run(route: StatementRoute, request: StatementRequest): Promise<StatementAnswer> {
    this.admit(route);
    try {
      const answer = await this.#runner.run(this.checkout.connection, request);
      this.#note(route);
      return answer;
    } catch (error) {
      // What a failed COMMIT leaves is not known, and neither is what a lost connection has done.
      if (route.kind === 'end' || isLost(error)) this.#failure = error;
      else this.#isPrimed = false;
      if (route.kind === 'session') this.#isChanged = true;
      throw route.kind === 'end' && isLostInFlight(error) ? commitUnknown(request, error) : error;
    }
  }

  /** Throws what `run` throws for a statement that may not run here. */
  admit(route: StatementRoute): void {
    if (this.#failure !== null) throw transactionLost(this.#failure);
    if (this.checkout.kind === 'replica' && !this.#mayRunOnReplica(route)) throw readOnlyTransaction();
  }

  #mayRunOnReplica(route: StatementRoute): boolean {
    switch (route.kind) {
      case 'read':
      case 'end':
      case 'savepoint':
        return true;
      case 'next-transaction':
        return route.access !== 'write';
      case 'begin':
        // Without a word about it, a transaction can write, unless the statement before has said otherwise.
        return route.access === 'read' || (route.access === null && this.#isPrimed);
      default:
        return false;
    }
  }

  #note(route: StatementRoute): void {
    this.#isPrimed = route.kind === 'next-transaction';
    if (route.kind === 'begin') this.#isInTransaction = true;
    if (route.kind === 'end') this.#isInTransaction = false;
    if (route.kind === 'session') this.#isChanged = true;
  }

  /** Gives the connection back; nobody gets it again if something of what was done stays in it. */
  async end(): Promise<void> {
    await (this.isNeeded ? this.checkout.destroy() : this.checkout.release());
  }
}

function isLost(error: unknown): boolean {
  return isConnectionLoss(error) || codeOf(error) === 'PROTOCOL_SEQUENCE_TIMEOUT';
}

/** Whether the connection was lost behind the statement, and not before it could be sent. */
function isLostInFlight(error: unknown): boolean {
  return isConnectionLoss(error) && codeOf(error) !== undefined;
}

function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string }).code;
}

/** What a ROLLBACK has done is known either way: the server does the same when a connection is lost. */
function commitUnknown(request: StatementRequest, cause: unknown): unknown {
  if (!/^\W*COMMIT\b/i.test(request.sql)) return cause;
  return new TailraceError('TR_POOL_COMMIT_UNKNOWN', {
    what: 'The connection was lost during COMMIT.',
    why: (cause as Error).message,
    cause,
  });
}

function transactionLost(cause: unknown): TailraceError {
  return new TailraceError('TR_POOL_TRANSACTION_LOST', {
    what: 'The statement was not run: the connection of its transaction is gone.',
    why: cause instanceof Error ? cause.message : String(cause),
    cause,
  });
}

function readOnlyTransaction(): TailraceError {
  return new TailraceError('TR_POOL_READ_ONLY_TRANSACTION', {
    what: 'The statement was not run: its transaction is read-only and runs on a replica.',
    why: 'It changes or locks something, or depends on the source.',
  });
}
