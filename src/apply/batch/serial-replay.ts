import { setTimeout as sleep } from 'node:timers/promises';
import type { RowsEvent } from '../../binlog/rows-event.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { type ConflictPolicy, meetConflict } from './conflict-policy.js';
import { fitTraits } from '../../schema/fit-traits.js';
import type { Transaction } from '../../transaction/transaction.js';
import { ApplyFailure, stoppingError } from '../failure/apply-failure.js';
import { conflictError, describeConflict, transactionName } from '../failure/conflict-error.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import { failpoint } from '../failpoint.js';
import type { ReplicaSession } from '../replica-session.js';
import { type SingleRow, singleRows } from './single-rows.js';
import { tellSkipCommand } from '../failure/skip-command.js';

/** As often as MySQL's own replica tries (`replica_transaction_retries`). */
const lockAttemptsMax = 10;
const lockPauseMs = 200;

/**
 * Applies transactions exactly as the source wrote them, in order, each in one replica transaction of the first lane. What
 * fails here has really failed: the replica has diverged, or refuses to take anything.
 */
export class SerialReplay {
  readonly #session: ReplicaSession;
  readonly #policy: ConflictPolicy;
  #conflicts = 0;

  constructor(session: ReplicaSession, policy: ConflictPolicy) {
    this.#session = session;
    this.#policy = policy;
  }

  /** Row changes that were overwritten or skipped. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /** Rejects with the TailraceError that stops the link; what came before the failing transaction is committed then. */
  async transactions(transactions: readonly Transaction[]): Promise<void> {
    await this.#session.adoption?.settled();
    for (const transaction of transactions) {
      await tellSkipCommand(this.#one(transaction), transaction);
      failpoint('during-replay');
    }
  }

  async #one(transaction: Transaction): Promise<void> {
    const session = this.#session;
    const position = epochPosition([transaction]);
    const gtid = session.ownGtids ? transaction.gtid : null;
    for (let attempt = 1; ; attempt++) {
      try {
        const entry = session.entry(position, 1, [], gtid !== null);
        await session.first.once({ entry, gtid }, { events: transaction.rows });
        break;
      } catch (error) {
        const failure = await this.#rolledBack(error);
        if (failure.kind === 'lock' && attempt < lockAttemptsMax) {
          await sleep(lockPauseMs * attempt);
          continue;
        }
        if (failure.kind !== 'data') throw stoppingError(failure, transactionName(transaction));
        await this.#rowByRow(transaction, position);
        break;
      }
    }
    session.committed(position, gtid === null);
  }

  async #rolledBack(error: unknown): Promise<ApplyFailure> {
    const writer = this.#session.first;
    const failure = await writer.explain(error);
    if (failure instanceof TailraceError) throw failure;
    await writer.rollback();
    return failure;
  }

  /** Applies a transaction that does not fit event by event, and the events that do not fit row by row. */
  async #rowByRow(transaction: Transaction, position: EpochPosition): Promise<void> {
    const session = this.#session;
    const writer = session.first;
    try {
      const gtid = session.ownGtids ? transaction.gtid : null;
      await writer.begin({ entry: session.entry(position, 1, [], gtid !== null), gtid }, { events: [] });
      for (const rows of transaction.rows) await this.#event(transaction, rows);
      await writer.commit();
    } catch (error) {
      if (error instanceof TailraceError && error.code !== 'TR_APPLY_CONFLICT') throw error;
      if (error instanceof TailraceError) {
        await writer.rollback();
        throw error;
      }
      throw stoppingError(await this.#rolledBack(error), transactionName(transaction));
    }
  }

  async #event(transaction: Transaction, rows: RowsEvent): Promise<void> {
    if ((await this.#try(rows)) === null) return;
    for (const row of singleRows(rows)) {
      const reason = await this.#try(row.rows);
      if (reason !== null) await this.#conflict(transaction, row, reason);
    }
  }

  /** Applies within the open transaction; the reason when the data does not fit. The server undoes a failed statement alone. */
  async #try(rows: RowsEvent): Promise<string | null> {
    const writer = this.#session.first;
    try {
      await writer.append({ events: [rows] });
      return null;
    } catch (error) {
      const failure = await writer.explain(error);
      if (failure instanceof ApplyFailure && failure.kind === 'data') return failure.reason;
      throw error;
    }
  }

  async #conflict(transaction: Transaction, row: SingleRow, reason: string): Promise<void> {
    const session = this.#session;
    const { table } = row.rows;
    const traits = fitTraits(await session.catalogue.load(table.schema, table.table), table);
    const isMet = await meetConflict(this.#policy, session.first, row, traits);
    if (!isMet) throw await conflictError(transaction, row, traits, reason, session.control);
    this.#conflicts++;
    session.log.warn(
      {
        ...describeConflict(row, traits),
        transaction: transactionName(transaction),
        reason,
        policy: this.#policy,
      },
      'a row change did not fit the replica',
    );
  }
}
