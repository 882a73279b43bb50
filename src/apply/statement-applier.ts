import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkSettings } from '../link/link-settings.js';
import { quoteIdentifier } from '../mysql/identifier.js';
import { readSchemaDigest } from '../mysql/schema-digest.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import { showStatement } from '../source/classify-statement.js';
import type { Transaction } from '../source/transaction.js';
import { transactionName } from './conflict-error.js';
import { disableEvent } from './disable-event.js';
import { epochPosition, type EpochPosition } from './epoch-position.js';
import { failpoint } from './failpoint.js';
import { gtidText, Lane, type LaneOptions } from './lane.js';
import type { ReplicaSession } from './replica-session.js';
import { sessionStatement } from './session-statements.js';
import { runBatch } from './statement-batch.js';

const unknownDatabase = 1049;
const unknownVariable = 1193;

/**
 * Applies statements: DDL, accounts, and tables created and filled at once. Each runs in a session of its own, that nothing of
 * the one before it can be left in, with the source session's settings and under its own GTID. The checkpoint follows; where
 * there is no GTID to tell after a crash whether the statement was run, an intent goes before it.
 */
export class StatementApplier {
  readonly #session: ReplicaSession;
  readonly #settings: LinkSettings;
  readonly #laneOptions: LaneOptions;

  constructor(session: ReplicaSession, settings: LinkSettings, laneOptions: LaneOptions) {
    this.#session = session;
    this.#settings = settings;
    this.#laneOptions = laneOptions;
  }

  /** Rejects with the TailraceError that stops the link. */
  async apply(transaction: Transaction): Promise<EpochPosition> {
    const session = this.#session;
    const position = epochPosition([transaction]);
    await session.adoption?.settled();
    const ownGtid = session.ownGtids && transaction.gtid !== null;
    if (!ownGtid) {
      await session.checkpoint.writeIntent({
        start: position.start,
        end: position.end,
        schemaDigest: await readSchemaDigest(session.control),
      });
      failpoint('after-intent');
    }
    failpoint('before-statement');
    if (transaction.kind === 'create-select') await this.#createSelect(transaction, ownGtid);
    else await this.#statement(transaction, ownGtid);
    failpoint('after-statement');
    session.catalogue.invalidate();
    await session.checkpoint.write(session.entry(position, 1, []));
    session.committed(position, !ownGtid);
    return position;
  }

  async #statement(transaction: Transaction, ownGtid: boolean): Promise<void> {
    const connection = await openConnection(this.#settings.replica, { sessionLabel: 'statement' });
    try {
      await connection.execute('SET SESSION sql_log_bin=0');
      await this.#prepare(connection, transaction);
      if (ownGtid && transaction.gtid !== null) {
        await connection.execute(`SET GTID_NEXT='${gtidText(transaction.gtid)}'`);
      }
      await this.#run(connection, transaction);
    } finally {
      await connection.close();
    }
  }

  async #createSelect(transaction: Transaction, ownGtid: boolean): Promise<void> {
    const lane = await Lane.open(this.#laneOptions);
    try {
      await this.#prepare(lane.connection, transaction);
      if (ownGtid && transaction.gtid !== null) await lane.statement(`SET GTID_NEXT='${gtidText(transaction.gtid)}'`);
      await this.#run(lane.connection, transaction);
      await lane.append(this.#session.firstEncoder.events(transaction.rows));
      await lane.commit();
    } finally {
      await lane.close();
    }
  }

  async #prepare(connection: ServerConnection, transaction: Transaction): Promise<void> {
    const { statement } = transaction;
    if (statement === null) return;
    if (statement.schema !== '') {
      try {
        await connection.execute(`USE ${quoteIdentifier(statement.schema)}`);
      } catch (error) {
        // The statement may be the one that creates it, or may not need it: let the statement itself decide.
        if (!(error instanceof ServerError) || error.errno !== unknownDatabase) throw error;
      }
    }
    try {
      await connection.execute(sessionStatement(statement.context, statement.timestamp));
    } catch (error) {
      throw this.#failure(transaction, error, 'its session settings');
    }
  }

  async #run(connection: ServerConnection, transaction: Transaction): Promise<void> {
    const { statement } = transaction;
    if (statement === null) return;
    const text = statement.statement.toString('latin1');
    const bytes = Buffer.from(disableEvent(text, 'DISABLE ON REPLICA'), 'latin1');
    try {
      await runBatch(connection, [bytes], 1);
    } catch (error) {
      // The source, too, ended with this error, having done part of the work.
      if (error instanceof ServerError && error.errno === statement.errorCode) return;
      throw this.#failure(transaction, error, showStatement(statement));
    }
  }

  #failure(transaction: Transaction, error: unknown, what: string): unknown {
    if (!(error instanceof ServerError)) return error;
    const cure = error.errno === unknownVariable ? 'Use a replica that is not older than the source.' : undefined;
    return new TailraceError('TR_STATEMENT_FAILED', {
      what: `the replica refused the statement of ${transactionName(transaction)}: ${what}`,
      why: `${error.sqlMessage} (error ${error.errno})`,
      ...(cure === undefined ? {} : { cure }),
    });
  }
}
