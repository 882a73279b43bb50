import type { QueryEvent } from '../../binlog/query-event.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { comparePositions } from '../../binlog/binlog-position.js';
import { ServerError } from '../../mysql/server-error.js';
import type { Transaction } from '../../transaction/transaction.js';
import { drainTail } from '../../transaction/drain-tail.js';
import { transactionName } from '../failure/conflict-error.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import { failpoint } from '../failpoint.js';
import { Lane, type LaneOptions } from '../lane/lane.js';
import type { ReplicaSession } from '../replica-session.js';
import { replicaStatement, tokenOptions } from '../../statement/replica-statement.js';
import { createdTable, withRowsToCome } from '../../statement/rows-to-come.js';
import { prepareSession, runInSession } from './source-statement.js';
import { statementFailure } from '../failure/statement-failure.js';
import { createdIntentPrefix } from './statement-intent.js';
import { claimStatement } from './statement-lock.js';
import type { StatementWork } from './statement-work.js';

/** ER_START_TRANSACTION_CLAUSE of an engine that does not support atomic DDL: nothing has been done then. */
const noAtomicDdl = 3979;
const noSuchTable = 1146;
const announceSecondsMax = 5;

/** Whether the transaction creates a table and fills it with row events; what holds its query itself does not. */
export function hasRowsToCome({ kind, statement, rows, tail }: Transaction): boolean {
  if (kind !== 'create-select' || statement === null) return false;
  if (rows.length > 0 || tail !== null) return true;
  const text = replicaStatement(statement);
  return withRowsToCome(text, tokenOptions(statement.context)) !== text || /START\s+TRANSACTION/i.test(text);
}

/** Applies tables that are created and filled in one transaction. */
export class CreatedTableApplier {
  readonly #session: ReplicaSession;
  readonly #linkName: string;
  readonly #laneOptions: LaneOptions;

  constructor(session: ReplicaSession, linkName: string, laneOptions: LaneOptions) {
    this.#session = session;
    this.#linkName = linkName;
    this.#laneOptions = laneOptions;
  }

  /** The table and its rows are committed together; rows that do not fit into memory are streamed. */
  async apply(work: StatementWork): Promise<EpochPosition> {
    const { transaction, gtid, announce } = work;
    const { statement } = transaction;
    if (statement === null) throw new TailraceError('TR_INTERNAL', { what: 'a statement is missing' });
    if (gtid !== null) await requireBinaryLog(this.#session, transaction, 'creates a table and fills it');
    const wasCreated = await this.#wasCreated(transaction);
    const lane = await Lane.open(this.#laneOptions);
    try {
      // The name of its schema is not ASCII, perhaps.
      await lane.statement('SET SESSION character_set_client=utf8mb4');
      const hasSchema = await prepareSession({ connection: lane.connection, transaction, statement });
      if (gtid !== null) await lane.announce(gtid);
      else {
        await claimStatement(lane.connection, this.#linkName, this.#session.checkpoint);
        // Its reading has begun a transaction.
        await lane.statement('COMMIT');
      }
      if (wasCreated) return await this.#createThenFill(lane, statement, work, { hasSchema, wasCreated });
      // From here on a FLUSH TABLES WITH READ LOCK waits for this session, and every other one that writes waits for that.
      if (transaction.tail === null) await announce(epochPosition([transaction]));
      failpoint('before-statement');
      const text = withRowsToCome(replicaStatement(statement), tokenOptions(statement.context));
      try {
        await runInSession(
          this.#session,
          { connection: lane.connection, transaction, statement },
          { text, replies: 1 },
          hasSchema,
        );
      } catch (error) {
        if (!isNotAtomic(error)) throw error;
        return await this.#createThenFill(lane, statement, work, { hasSchema, wasCreated });
      }
      const position = await this.#fill(lane, work);
      // Only now is it known where the transaction ends; until the commit there is nothing that an intent would have to tell of.
      if (transaction.tail !== null) await this.#announceSoon(announce, position);
      await this.#session.tellWaits(lane.commit(), () => transactionName(transaction), lane);
      return position;
    } catch (error) {
      throw statementFailure(transaction, error, 'the rows of its table');
    } finally {
      await lane.close();
    }
  }

  /** Rejects like a lock that cannot be had, rather than wait for somebody who waits for the table that is being created. */
  async #announceSoon(announce: StatementWork['announce'], position: EpochPosition): Promise<void> {
    const { control } = this.#session;
    await control.execute(`SET SESSION lock_wait_timeout=${announceSecondsMax}`);
    try {
      await announce(position);
    } finally {
      await control.execute('SET SESSION lock_wait_timeout=31536000');
    }
  }

  /** A crash came between the table and its rows, and the table, if it is there, is ours. */
  async #wasCreated(transaction: Transaction): Promise<boolean> {
    const intent = await this.#session.checkpoint.readIntent();
    if (intent?.schemaDigest.startsWith(createdIntentPrefix) !== true) return false;
    return comparePositions(intent.start, epochPosition([transaction]).start) === 0;
  }

  async #fill(lane: Lane, { transaction }: StatementWork): Promise<EpochPosition> {
    const writer = this.#session.writerIn(lane);
    await writer.append({ events: transaction.rows });
    await drainTail(transaction, { rows: (events) => writer.append({ events }) });
    const endOffset = transaction.tail?.end?.endOffset ?? transaction.endOffset;
    return epochPosition([{ ...transaction, endOffset }]);
  }

  /**
   * A table of an engine that creates none within a transaction: MyISAM, MEMORY, CSV, … What a crash leaves of it between
   * the two is dropped, and both are done again: an intent says that the table is ours.
   */
  async #createThenFill(
    lane: Lane,
    statement: QueryEvent,
    work: StatementWork,
    { hasSchema, wasCreated }: { readonly hasSchema: boolean; readonly wasCreated: boolean },
  ): Promise<EpochPosition> {
    const { transaction, gtid } = work;
    const { checkpoint } = this.#session;
    const text = replicaStatement(statement);
    const table = createdTable(text, tokenOptions(statement.context));
    if (table === null) throw new TailraceError('TR_INTERNAL', { what: 'a table without a name' });
    await lane.rollback();
    const { start, end } = epochPosition([transaction]);
    if (wasCreated) await run(lane, `DROP TABLE IF EXISTS ${table}`);
    else if (!(await exists(lane, table))) {
      await checkpoint.writeIntent({ start, end, schemaDigest: createdIntentPrefix });
    }
    failpoint('after-intent');
    const source = { connection: lane.connection, transaction, statement };
    await runInSession(this.#session, source, { text, replies: 1 }, hasSchema);
    failpoint('created-not-filled');
    try {
      await lane.announce(gtid);
      const position = await this.#fill(lane, work);
      await lane.commit();
      failpoint('filled-not-recorded');
      return position;
    } catch (error) {
      if (error instanceof ServerError) {
        await lane.rollback();
        await run(lane, `DROP TABLE IF EXISTS ${table}`);
      }
      throw error;
    }
  }
}

/**
 * Without one, two things are not done at once: the table alone would use up the GTID, and its rows would be refused; a
 * partition would be exchanged without its GTID, and exchanged back after a crash between the two.
 */
export async function requireBinaryLog(
  session: ReplicaSession,
  transaction: Transaction,
  what: string,
): Promise<void> {
  const [row] = await session.control.query<{ logs: string }>('SELECT @@GLOBAL.log_bin AS logs');
  if (String(row?.logs) === '1') return;
  throw new TailraceError('TR_STATEMENT_REPLICA', {
    what: `${transactionName(transaction)} ${what}, which the replica cannot do in one with its GTID`,
    why: 'it writes no binary log',
  });
}

function isNotAtomic(error: unknown): boolean {
  const cause = error instanceof TailraceError ? error.cause : error;
  return cause instanceof ServerError && cause.errno === noAtomicDdl;
}

/** `sql` is text of one byte a character, in the character set of the session. */
function run(lane: Lane, sql: string): Promise<void> {
  return lane.bytes(Buffer.from(sql, 'latin1'));
}

async function exists(lane: Lane, table: string): Promise<boolean> {
  try {
    // Without a result: a lane takes none.
    await run(lane, `DO EXISTS (SELECT 1 FROM ${table})`);
    return true;
  } catch (error) {
    if (error instanceof ServerError && error.errno === noSuchTable) return false;
    throw error;
  }
}
