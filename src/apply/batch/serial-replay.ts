import { setTimeout as sleep } from 'node:timers/promises';
import type { RowsEvent } from '../../binlog/rows-event.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { ConflictPolicy } from './conflict-policy.js';
import { fitTraits } from '../../schema/fit-traits.js';
import type { Transaction } from '../../transaction/transaction.js';
import { ApplyFailure, explainFailure, stoppingError } from '../failure/apply-failure.js';
import { conflictError, describeConflict, transactionName } from '../failure/conflict-error.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import { failpoint } from '../failpoint.js';
import { gtidText } from '../lane/lane.js';
import { overwritingEvents } from './overwrite-row.js';
import type { ReplicaSession } from '../replica-session.js';
import type { EventChunk } from '../lane/share-encoder.js';
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
    const lane = session.firstLane;
    const position = epochPosition([transaction]);
    const gtid = session.ownGtids ? transaction.gtid : null;
    for (let attempt = 1; ; attempt++) {
      try {
        const statement = session.checkpoint.laneStatement(0, session.entry(position, 1, [], gtid !== null));
        await lane.transaction(gtid, statement, session.firstEncoder.events(transaction.rows));
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
    const lane = this.#session.firstLane;
    const failure = await explainFailure(error, this.#session.control, lane.threadId);
    if (failure instanceof TailraceError) throw failure;
    await lane.rollback();
    return failure;
  }

  /** Applies a transaction that does not fit event by event, and the events that do not fit row by row. */
  async #rowByRow(transaction: Transaction, position: EpochPosition): Promise<void> {
    const session = this.#session;
    const lane = session.firstLane;
    try {
      const gtid = session.ownGtids ? transaction.gtid : null;
      if (gtid !== null) await lane.statement(`SET GTID_NEXT='${gtidText(gtid)}'`);
      const entry = session.entry(position, 1, [], gtid !== null);
      await lane.execute(session.checkpoint.laneStatement(0, entry), []);
      for (const rows of transaction.rows) await this.#event(transaction, rows);
      await lane.commit();
      await lane.statement("SET GTID_NEXT='AUTOMATIC'");
    } catch (error) {
      if (error instanceof TailraceError && error.code !== 'TR_APPLY_CONFLICT') throw error;
      if (error instanceof TailraceError) {
        await lane.rollback();
        throw error;
      }
      throw stoppingError(await this.#rolledBack(error), transactionName(transaction));
    }
  }

  async #event(transaction: Transaction, rows: RowsEvent): Promise<void> {
    const session = this.#session;
    if ((await this.#try(session.firstEncoder.events([rows]))) === null) return;
    for (const row of singleRows(rows)) {
      const reason = await this.#try(session.firstEncoder.events([row.rows]));
      if (reason !== null) await this.#conflict(transaction, row, reason);
    }
  }

  /** Applies within the open transaction; the reason when the data does not fit. The server undoes a failed statement alone. */
  async #try(chunks: Iterable<EventChunk>): Promise<string | null> {
    const lane = this.#session.firstLane;
    try {
      await lane.append(chunks);
      return null;
    } catch (error) {
      const failure = await explainFailure(error, this.#session.control, lane.threadId);
      if (failure instanceof ApplyFailure && failure.kind === 'data') return failure.reason;
      throw error;
    }
  }

  async #conflict(transaction: Transaction, row: SingleRow, reason: string): Promise<void> {
    const session = this.#session;
    const lane = session.firstLane;
    const { table } = row.rows;
    const traits = fitTraits(await session.catalogue.load(table.schema, table.table), table);
    const overwriting = this.#policy === 'overwrite' ? overwritingEvents(row, traits) : null;
    if (this.#policy === 'stop' || (this.#policy === 'overwrite' && overwriting === null)) {
      throw await conflictError(transaction, row, traits, reason, session.control);
    }
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
    if (overwriting === null) return;
    await lane.setIdempotent(true);
    await lane.append([overwriting]);
    await lane.setIdempotent(false);
  }
}
