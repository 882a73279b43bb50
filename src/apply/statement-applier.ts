import type { Gtid } from '../binlog/gtid-event.js';
import { requireNoFractions } from '../dialect/whole-numbers.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkSettings } from '../link/link-settings.js';
import { quoteIdentifier } from '../mysql/identifier.js';
import { readSchemaDigest } from '../mysql/schema-digest.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import { showStatement } from '../source/classify-statement.js';
import type { Transaction } from '../source/transaction.js';
import { isLockRefusal, statementError } from './apply-failure.js';
import { transactionName } from './conflict-error.js';
import { epochPosition, type EpochPosition } from './epoch-position.js';
import { failpoint } from './failpoint.js';
import { keepSemicolon, type SentStatement } from './keep-semicolon.js';
import { gtidText, Lane, type LaneOptions } from './lane.js';
import { tellLockWaits } from './lock-waits.js';
import type { ReplicaSession } from './replica-session.js';
import { replicaStatement, tokenOptions } from './replica-statement.js';
import { sessionStatement } from './session-statements.js';
import { setSessionValues } from './session-values.js';
import { runBatch } from './statement-batch.js';
import { claimStatement } from './statement-lock.js';

/** Notes, where there is no GTID, that a statement is about to take effect. */
type Announce = (position: EpochPosition) => Promise<void>;

const unknownDatabase = 1049;
const announceSecondsMax = 5;
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

  /** Rejects with the TailraceError that stops the link. `release` is told the bytes that are no longer held. */
  async apply(whole: Transaction, release: (bytes: number) => void): Promise<EpochPosition> {
    const session = this.#session;
    await session.adoption?.settled();
    const transaction = await session.guard.restOf(whole);
    const gtid = session.ownGtids ? whole.gtid : null;
    if (transaction === null) return this.#leaveOut(whole, gtid, release);
    const schemaDigest = gtid === null ? await readSchemaDigest(session.control) : null;
    const announce = async ({ start, end }: EpochPosition): Promise<void> => {
      if (schemaDigest === null) return;
      await session.checkpoint.writeIntent({ start, end, schemaDigest });
      failpoint('after-intent');
    };
    const apply = transaction.kind === 'create-select' ? this.#createSelect : this.#statement;
    let position: EpochPosition;
    try {
      position = await apply.call(this, transaction, gtid, announce, release);
    } catch (error) {
      // A refused statement has had no effect. Whatever changes the schema before it is tried again is somebody's mending.
      const refused = error instanceof TailraceError && error.code === 'TR_STATEMENT_FAILED';
      if (refused && schemaDigest !== null) await session.checkpoint.clearIntent();
      throw error;
    }
    failpoint('after-statement');
    session.catalogue.invalidate();
    await session.record(position, gtid === null, transaction.statement?.timestamp);
    return position;
  }

  /** Nothing of it concerns the replica but that it was. */
  async #leaveOut(
    transaction: Transaction,
    gtid: Gtid | null,
    release: (bytes: number) => void,
  ): Promise<EpochPosition> {
    const { tail } = transaction;
    release(transaction.bytes);
    await tail?.drain(() => Promise.resolve(), release);
    const endOffset = tail?.end?.endOffset ?? transaction.endOffset;
    const position = epochPosition([{ ...transaction, endOffset }]);
    if (gtid !== null) {
      const connection = await openConnection(this.#settings.replica, { sessionLabel: 'statement' });
      try {
        await connection.execute('SET SESSION sql_log_bin=0');
        await useUp(connection, gtid);
      } finally {
        await connection.close();
      }
    }
    await this.#session.record(position, gtid === null);
    return position;
  }

  async #statement(
    transaction: Transaction,
    gtid: Gtid | null,
    announce: Announce,
    release: (bytes: number) => void,
  ): Promise<EpochPosition> {
    const session = this.#session;
    const position = epochPosition([transaction]);
    const isLogged = gtid !== null && exchangesPartition(transaction);
    if (isLogged) await this.#requireBinaryLog(transaction, 'exchanges a partition');
    const sent = sentStatement(transaction);
    const numbers = transaction.statement?.wholeNumbers;
    if (numbers !== undefined) await requireNoFractions(session.control, numbers, shownOf(transaction));
    const connection = await openConnection(this.#settings.replica, {
      sessionLabel: 'statement',
      multipleStatements: sent !== null && sent.replies > 1,
    });
    try {
      await connection.execute(`SET SESSION sql_log_bin=${isLogged ? 1 : 0}`);
      await this.#prepare(connection, transaction);
      if (gtid !== null) await connection.execute(`SET GTID_NEXT='${gtidText(gtid)}'`);
      if (gtid === null) await claimStatement(connection, this.#settings.name, session.checkpoint);
      await announce(position);
      failpoint('before-statement');
      await this.#run(connection, transaction, sent);
      failpoint('before-statement-gtid');
      if (gtid !== null) await useUp(connection, gtid);
    } finally {
      await connection.close();
    }
    release(transaction.bytes);
    return position;
  }

  /** The table and its rows are committed together; rows that do not fit into memory are streamed. */
  async #createSelect(
    transaction: Transaction,
    gtid: Gtid | null,
    announce: Announce,
    release: (bytes: number) => void,
  ): Promise<EpochPosition> {
    const encoder = this.#session.firstEncoder;
    const { tail } = transaction;
    if (gtid !== null) await this.#requireBinaryLog(transaction, 'creates a table and fills it');
    const lane = await Lane.open(this.#laneOptions);
    try {
      // The name of its schema is not ASCII, perhaps.
      await lane.statement('SET SESSION character_set_client=utf8mb4');
      await this.#prepare(lane.connection, transaction);
      if (gtid !== null) await lane.statement(`SET GTID_NEXT='${gtidText(gtid)}'`);
      else {
        await claimStatement(lane.connection, this.#settings.name, this.#session.checkpoint);
        // Its reading has begun a transaction.
        await lane.statement('COMMIT');
      }
      // From here on a FLUSH TABLES WITH READ LOCK waits for this session, and every other one that writes waits for that.
      if (tail === null) await announce(epochPosition([transaction]));
      failpoint('before-statement');
      await this.#run(lane.connection, transaction, sentStatement(transaction));
      await lane.append(encoder.events(transaction.rows));
      release(transaction.bytes);
      await tail?.drain((rows) => lane.append(encoder.events(rows)), release);
      const position = epochPosition([
        { ...transaction, endOffset: tail?.end?.endOffset ?? transaction.endOffset },
      ]);
      // Only now is it known where the transaction ends; until the commit there is nothing that an intent would have to tell of.
      if (tail !== null) await this.#announceSoon(announce, position);
      await this.#tellWaits(lane.commit(), lane.threadId, transaction);
      return position;
    } catch (error) {
      throw this.#failure(transaction, error, 'the rows of its table');
    } finally {
      await lane.close();
    }
  }

  /** Rejects like a lock that cannot be had, rather than wait for somebody who waits for the table that is being created. */
  async #announceSoon(announce: Announce, position: EpochPosition): Promise<void> {
    const { control } = this.#session;
    await control.execute(`SET SESSION lock_wait_timeout=${announceSecondsMax}`);
    try {
      await announce(position);
    } finally {
      await control.execute('SET SESSION lock_wait_timeout=31536000');
    }
  }

  /**
   * Without one, two things are not done at once: the table alone would use up the GTID, and its rows would be refused; a
   * partition would be exchanged without its GTID, and exchanged back after a crash between the two.
   */
  async #requireBinaryLog(transaction: Transaction, what: string): Promise<void> {
    const [row] = await this.#session.control.query<{ logs: string }>('SELECT @@GLOBAL.log_bin AS logs');
    if (String(row?.logs) === '1') return;
    throw new TailraceError('TR_STATEMENT_REPLICA', {
      what: `${transactionName(transaction)} ${what}, which the replica cannot do in one with its GTID`,
      why: 'it writes no binary log',
    });
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
    // Else the driver would follow character_set_client, and fail on every set that it does not know, such as eucjpms.
    await connection.execute("SET SESSION session_track_system_variables=''");
    try {
      await setSessionValues(connection, statement.values ?? []);
      await connection.execute(sessionStatement(statement.context, statement.timestamp));
    } catch (error) {
      throw this.#failure(transaction, error, 'its session settings');
    }
  }

  async #run(
    connection: ServerConnection,
    transaction: Transaction,
    sent: SentStatement | null,
  ): Promise<void> {
    const { statement } = transaction;
    if (statement === null || sent === null) return;
    try {
      await this.#tellWaits(
        runBatch(connection, [Buffer.from(sent.text, 'latin1')], sent.replies),
        connection.threadId,
        transaction,
      );
    } catch (error) {
      if (!(error instanceof ServerError) || error.errno !== statement.errorCode) {
        throw this.#failure(transaction, error, showStatement(statement));
      }
      this.#session.log.warn(
        {
          transaction: transactionName(transaction),
          statement: showStatement(statement),
          reason: error.sqlMessage,
        },
        'a statement failed as it had failed on the source, which may have done a part of it: compare what it names',
      );
    }
  }

  #tellWaits(work: Promise<void>, session: number, transaction: Transaction): Promise<void> {
    const { control, log } = this.#session;
    const what = (): string => transactionName(transaction);
    return tellLockWaits(work, { control, sessions: [session], subject: 'a statement', what, log });
  }

  #failure(transaction: Transaction, error: unknown, what: string): unknown {
    if (!(error instanceof ServerError)) return error;
    if (isLockRefusal(error)) return statementError(error, transactionName(transaction));
    const cure =
      error.errno === unknownVariable ? 'Use a replica that is not older than the source.' : undefined;
    return new TailraceError('TR_STATEMENT_FAILED', {
      what: `the replica refused the statement of ${transactionName(transaction)}: ${what}`,
      why: `${error.sqlMessage} (error ${error.errno})`,
      ...(cure === undefined ? {} : { cure }),
    });
  }
}

function shownOf({ statement }: Transaction): string {
  return statement === null ? '' : showStatement(statement);
}

function sentStatement({ kind, statement }: Transaction): SentStatement | null {
  if (statement === null) return null;
  const text = replicaStatement(statement);
  if (kind === 'create-select') return { text: withRowsToCome(text), replies: 1 };
  return keepSemicolon(text, tokenOptions(statement.context));
}

/**
 * A `CREATE TABLE` that is committed together with the rows behind it. Servers since 8.0.21 log it so; older ones and
 * MariaDB log the definition as it is, and the rows in the same transaction.
 */
function withRowsToCome(statement: string): string {
  return /START\s+TRANSACTION\s*$/i.test(statement) ? statement : `${statement} START TRANSACTION`;
}

/** Outside of the binary log it does not leave its GTID behind (seen on 9.7), and it must not run twice. */
function exchangesPartition({ statement }: Transaction): boolean {
  const text = statement?.statement.toString('latin1') ?? '';
  return /\bEXCHANGE(?:\s|\/\*[^]*?\*\/)+PARTITION\b/i.test(text);
}

/**
 * Commits an empty transaction under a GTID, which the server passes over when it has it already: a statement that failed as
 * on the source does not leave it behind.
 */
async function useUp(connection: ServerConnection, gtid: Gtid): Promise<void> {
  await connection.execute(`SET GTID_NEXT='${gtidText(gtid)}'`);
  await connection.execute('BEGIN');
  await connection.execute('COMMIT');
}
