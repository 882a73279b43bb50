import type { Gtid } from '../../binlog/gtid-event.js';
import { gtidNext } from '../lane/gtid-next.js';
import type { QueryEvent } from '../../binlog/query-event.js';
import { quoteIdentifier } from '../../mysql/identifier.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { ServerError } from '../../mysql/server-error.js';
import { readAccount } from '../../mysql/server-facts.js';
import { showStatement } from '../../statement/classify-statement.js';
import { redactReason } from '../../statement/redact-statement.js';
import type { Transaction } from '../../transaction/transaction.js';
import { transactionName } from '../failure/conflict-error.js';
import { nameGoneSchema } from '../../statement/gone-schema.js';
import { type SentStatement } from '../../statement/keep-semicolon.js';
import { tellLockWaits } from '../lock-waits.js';
import type { ReplicaSession } from '../replica-session.js';
import { tokenOptions } from '../../statement/replica-statement.js';
import { sessionStatement } from '../../statement/session-statements.js';
import { setSessionValues } from './session-values.js';
import { runBatch } from '../lane/statement-batch.js';
import { statementFailure } from '../failure/statement-failure.js';

const unknownDatabase = 1049;
const withoutLog = 'SET SESSION sql_log_bin=0';

/** A statement of the source, and the session of the replica in which it is run. */
export interface SourceStatement {
  readonly connection: ServerConnection;
  readonly transaction: Transaction;
  readonly statement: QueryEvent;
  /** By default it stands alone. */
  readonly isInTransaction?: boolean;
}

/**
 * Gives the session what the statement had on the source. False: its default schema does not exist, so that the session may have
 * another one, or none. The session's character_set_client must be utf8mb4.
 */
export async function prepareSession({
  connection,
  transaction,
  statement,
  isInTransaction = false,
}: SourceStatement): Promise<boolean> {
  let hasSchema = true;
  if (statement.schema !== '') {
    try {
      await connection.execute(`USE ${quoteIdentifier(statement.schema)}`);
    } catch (error) {
      // The statement may be the one that creates it, or may not need it: let the statement itself decide.
      if (!(error instanceof ServerError) || error.errno !== unknownDatabase) throw error;
      hasSchema = false;
    }
  }
  try {
    await setSessionValues(connection, statement.values ?? []);
    await connection.execute(sessionStatement(statement.context, statement.timestamp, { isInTransaction }));
  } catch (error) {
    throw statementFailure(transaction, error, 'its session settings');
  }
  return hasSchema;
}

/**
 * The same for a session that takes several statements in one text, and for one that stands alone: everything in one round trip,
 * and then the session writes no binary log, and its next transaction has this GTID.
 */
export async function prepareAtOnce(source: SourceStatement, gtid: Gtid): Promise<boolean> {
  const { connection, statement } = source;
  const { schema, values = [] } = statement;
  if (schema !== '' && values.length === 0) {
    const all = preparation(statement, gtid);
    try {
      await runBatch(connection, [all.join(';')], all.length);
      return true;
    } catch (error) {
      // One by one, to see which it is, and whether the statement can do without.
      if (!(error instanceof ServerError)) throw error;
    }
  }
  await connection.execute(withoutLog);
  const hasSchema = await prepareSession(source);
  await connection.execute(`SET ${gtidNext(gtid)}`);
  return hasSchema;
}

/** What prepares a session for a statement that has a default schema, and no values of its own. */
export function preparation(
  { schema, context, timestamp }: QueryEvent,
  gtid: Gtid,
): readonly [string, string, string, string] {
  const settings = sessionStatement(context, timestamp);
  return [withoutLog, `USE ${quoteIdentifier(schema)}`, settings, `SET ${gtidNext(gtid)}`];
}

/** Runs a statement in a session that was prepared for it. Rejects with TR_STATEMENT_FAILED and what `statementFailure` makes. */
export async function runInSession(
  session: ReplicaSession,
  { connection, transaction, statement }: SourceStatement,
  sent: SentStatement,
  hasSchema: boolean,
): Promise<void> {
  const options = tokenOptions(statement.context);
  const text = hasSchema ? sent.text : nameGoneSchema(sent.text, statement.schema, options);
  try {
    await tellLockWaits(runBatch(connection, [Buffer.from(text, 'latin1')], sent.replies), {
      control: session.control,
      sessions: [connection.threadId],
      subject: 'a statement',
      what: () => transactionName(transaction),
      log: session.log,
    });
  } catch (error) {
    if (!(error instanceof ServerError) || error.errno !== statement.errorCode) {
      const account = await readAccount(session.control).catch(() => null);
      throw statementFailure(transaction, error, showStatement(statement), account);
    }
    session.log.warn(
      {
        transaction: transactionName(transaction),
        statement: showStatement(statement),
        reason: redactReason(error.sqlMessage, statement.statement.toString('utf8')),
      },
      'a statement failed as it had failed on the source, which may have done a part of it: compare what it names',
    );
  }
}
