import type { QueryEvent } from '../../binlog/query-event.js';
import type { RowSettings } from '../../binlog/row-settings.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { showStatement } from '../../statement/classify-statement.js';
import type { Transaction } from '../../transaction/transaction.js';
import { transactionName } from '../failure/conflict-error.js';
import { Lane, type LaneOptions } from '../lane/lane.js';
import type { ReplicaSession } from '../replica-session.js';
import { replicaStatement, tokenOptions } from '../../statement/replica-statement.js';
import { prepareSession, runInSession } from './source-statement.js';
import { statementTokens, type TokenOptions } from '../../statement/statement-tokens.js';
import { OpenTemporaryTables, readTemporaryTables } from '../../statement/temporary-tables.js';
import { statementShape, unsafeReasons } from '../../statement/unsafe-statement.js';

/** What the checkpoint's statements rely on, behind a statement of the source: see `LaneSettings`. */
export const ownSettings = "SET SESSION sql_mode='STRICT_ALL_TABLES', character_set_client=latin1";

/** As long as the replica's own default, which its own applier waits. */
const lockWaitSeconds = 50;
/** So many statements are remembered as told about. */
const toldMax = 1000;
/** Functions that depend on the thread without a temporary table. */
const namesTheThread = /CONNECTION_ID|PSEUDO_THREAD_ID/i;

export interface RunOptions {
  /** Another session in which the transaction is open; null, the default: that of the link. */
  readonly lane?: Lane | null;
  /** False: the statement stands alone. */
  readonly isInTransaction?: boolean;
}

/**
 * The one session of a link in which the source's statements among row changes are run, as MySQL's own applier has one thread for
 * them. It lives as long as the link runs, because temporary tables live in it: the server keeps those of every session of the
 * source apart by `pseudo_thread_id`.
 */
export class StatementSession {
  readonly #session: ReplicaSession;
  readonly #options: LaneOptions;
  readonly #temporary = new OpenTemporaryTables();
  readonly #told = new Set<string>();
  #lane: Lane | null = null;

  constructor(session: ReplicaSession, options: LaneOptions) {
    this.#session = session;
    this.#options = { ...options, lockWaitSeconds, label: 'statements' };
  }

  /** The server's id of the session; null: there is none yet. */
  get threadId(): number | null {
    return this.#lane?.threadId ?? null;
  }

  /** The session, opened when it is needed for the first time. */
  async lane(): Promise<Lane> {
    if (this.#lane !== null) return this.#lane;
    const lane = await Lane.open(this.#options);
    this.#lane = lane;
    // The source had it, or it could not have logged statements.
    await lane.statement('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    return lane;
  }

  /** Whether a transaction is a statement that stands alone and creates or drops temporary tables. */
  isTemporary({ kind, statement }: Transaction): boolean {
    return kind === 'statement' && statement !== null && readTemporaryTables(statement) !== null;
  }

  /** Whether a statement that stands alone has to be run in this session, because it uses temporary tables. */
  isNeededFor(statement: QueryEvent): boolean {
    if (!statement.isThreadSpecific) return false;
    // Servers say it of every DROP TABLE, too.
    return this.#temporary.hasAny(statement.threadId) || !isDrop(statement);
  }

  /** Prepares the session for row events, whose generated columns the replica computes under these settings. */
  async adopt(settings: RowSettings | null): Promise<void> {
    const lane = await this.lane();
    // Statements of the source have changed them, and so have our own before every transaction.
    lane.forgetSettings();
    await lane.under(settings);
  }

  /** Runs one statement of a transaction; in `lane`, or in a session of the link's own. Rejects with what stops the link. */
  async run(
    transaction: Transaction,
    whole: QueryEvent,
    { lane = null, isInTransaction = true }: RunOptions = {},
  ): Promise<void> {
    const statement = (await this.#session.guard.restOf({ ...transaction, statement: whole }))?.statement;
    if (statement === undefined || statement === null) return;
    const use = readTemporaryTables(statement);
    const { threadId } = statement;
    // Nothing that it could drop is here: in ROW format, only the DROP of a temporary table is logged.
    if (use !== null && use.created === null && !this.#temporary.hasAny(threadId)) return;
    const usesTables = use === null && statement.isThreadSpecific;
    if (usesTables && !this.#temporary.hasAny(threadId)) requireNone(transaction, statement);
    this.#warn(transaction, statement);
    // Temporary tables are in this session only, and dropping them is no part of a transaction.
    const isOurs = lane === null || use !== null || (usesTables && this.#temporary.hasAny(threadId));
    if (isOurs && lane !== null && use?.created !== null) throw tooLarge(transaction, statement);
    const where = isOurs ? await this.lane() : lane;
    const { connection } = where;
    const work = { connection, transaction, statement, isInTransaction };
    where.forgetSettings();
    await connection.execute(`SET SESSION character_set_client=utf8mb4, pseudo_thread_id=${threadId}`);
    const hasSchema = await prepareSession(work);
    const text = withoutEnd(replicaStatement(statement), tokenOptions(statement.context));
    await runInSession(this.#session, work, { text, replies: 1 }, hasSchema);
    if (use !== null) this.#temporary.note(threadId, use);
  }

  /** What is open is lost with the session: temporary tables, too. */
  async close(): Promise<void> {
    const lane = this.#lane;
    this.#lane = null;
    if (this.#temporary.threads > 0) {
      this.#session.log.warn(
        { sessions: this.#temporary.threads },
        'sessions of the source have temporary tables open, which the replica loses now; a statement that needs them will stop the link',
      );
    }
    this.#temporary.clear();
    await lane?.close();
  }

  destroy(): void {
    this.#lane?.destroy();
  }

  #warn(transaction: Transaction, statement: QueryEvent): void {
    const reasons = unsafeReasons(statement);
    if (reasons.length === 0) return;
    const shape = statementShape(statement);
    if (this.#told.has(shape)) return;
    if (this.#told.size < toldMax) this.#told.add(shape);
    this.#session.log.warn(
      { transaction: transactionName(transaction), statement: showStatement(statement), reasons },
      'the source logged a change as a statement that may have another outcome on the replica: compare its tables with tailrace verify',
    );
  }
}

/** A temporary table of a session that began before the link did, or before it was started again. */
function requireNone(transaction: Transaction, statement: QueryEvent): void {
  if (namesTheThread.test(statement.statement.toString('latin1'))) return;
  throw new TailraceError('TR_STATEMENT_TEMPORARY', {
    what: `${transactionName(transaction)} uses a temporary table that the replica does not have: ${showStatement(statement)}`,
    why: 'the source created it before this link started, or before it was started again',
    cure: 'Bring the tables that it changes over otherwise, and set binlog_format=ROW on the source.',
  });
}

function tooLarge(transaction: Transaction, statement: QueryEvent): TailraceError {
  return new TailraceError('TR_STATEMENT_FORMAT', {
    what: `${transactionName(transaction)} is larger than may be held, and uses a temporary table: ${showStatement(statement)}`,
    cure: 'Raise the memory budget (--budget-mib) above twice the size of the transaction, then start again.',
  });
}

function isDrop({ statement }: QueryEvent): boolean {
  return /^\s*DROP\b/i.test(statement.toString('latin1', 0, 64));
}

/** Without a semicolon at its end, behind which a session that takes several statements would look for one. */
function withoutEnd(statement: string, options: TokenOptions): string {
  if (!statement.includes(';')) return statement;
  const tokens = [...statementTokens(statement, options)];
  let end = statement.length;
  for (let last = tokens.pop(); last?.text === ';'; last = tokens.pop()) end = last.start;
  return statement.slice(0, end);
}
