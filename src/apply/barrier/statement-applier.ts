import type { Gtid } from '../../binlog/gtid-event.js';
import type { QueryEvent } from '../../binlog/query-event.js';
import { requireNoFractions } from '../../dialect/whole-numbers.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { ReplicaSettings } from '../replica-settings.js';
import { readSchemaDigest } from '../../schema/schema-digest.js';
import { openConnection, type ServerConnection } from '../../mysql/server-connection.js';
import { showStatement } from '../../statement/classify-statement.js';
import type { Transaction } from '../../transaction/transaction.js';
import { drainTail } from '../../transaction/drain-tail.js';
import { changedTables } from '../../statement/changed-tables.js';
import { CreatedTableApplier, hasRowsToCome, requireBinaryLog } from './created-table-applier.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import { isLockRefusal } from '../failure/apply-failure.js';
import { transactionName } from '../failure/conflict-error.js';
import { failpoint, failpointIsSet } from '../failpoint.js';
import { keepSemicolon, type SentStatement } from '../../statement/keep-semicolon.js';
import { KeptSession, type SessionUse } from './kept-session.js';
import { gtidNext } from '../lane/gtid-next.js';
import type { LaneOptions } from '../lane/lane.js';
import { MixedApplier } from './mixed-applier.js';
import type { ReplicaSession } from '../replica-session.js';
import { replicaStatement, tokenOptions } from '../../statement/replica-statement.js';
import { tellLockWaits } from '../lock-waits.js';
import { settingNames } from '../../statement/session-statements.js';
import {
  preparation,
  prepareAtOnce,
  prepareSession,
  runInSession,
  type SourceStatement,
} from './source-statement.js';
import { statementFailure } from '../failure/statement-failure.js';
import { ServerError } from '../../mysql/server-error.js';
import { StatementSession } from './statement-session.js';
import { runBatch } from '../lane/statement-batch.js';
import { claimStatement } from './statement-lock.js';
import type { StatementWork } from './statement-work.js';

/**
 * Applies statements: DDL, accounts, tables created and filled at once, and statements among row changes. DDL runs in a session in
 * which nothing is left of the statement before, with the source session's settings and under its own GTID. The checkpoint
 * follows; where there is no GTID to tell after a crash whether the statement was run, an intent goes before it.
 */
export class StatementApplier {
  readonly #session: ReplicaSession;
  readonly #settings: ReplicaSettings;
  readonly #mixed: MixedApplier;
  readonly #created: CreatedTableApplier;
  readonly #kept: KeptSession;
  /** Where statements among row changes run. */
  readonly statements: StatementSession;

  constructor(session: ReplicaSession, settings: ReplicaSettings, laneOptions: LaneOptions) {
    this.#session = session;
    this.#settings = settings;
    this.statements = new StatementSession(session, laneOptions);
    this.#mixed = new MixedApplier(session, settings.statements, this.statements);
    this.#created = new CreatedTableApplier(session, settings.name, laneOptions);
    this.#kept = new KeptSession(settings.replica);
  }

  async close(): Promise<void> {
    await Promise.all([this.statements.close(), this.#kept.close()]);
  }

  /** Drops its sessions at once. */
  destroy(): void {
    this.statements.destroy();
    this.#kept.destroy();
  }

  /** Rejects with the TailraceError that stops the link. */
  async apply(whole: Transaction): Promise<EpochPosition> {
    const session = this.#session;
    await session.adoption?.settled();
    if (whole.kind === 'mixed') return this.#mixed.apply(whole);
    const transaction = await session.guard.restOf(whole);
    const gtid = session.ownGtids ? whole.gtid : null;
    if (transaction === null) return this.#leaveOut(whole, gtid);
    if (this.statements.isTemporary(transaction)) return this.#mixed.apply(asMixed(transaction));
    const schemaDigest = gtid === null ? await readSchemaDigest(session.control) : null;
    const announce = async ({ start, end }: EpochPosition): Promise<void> => {
      if (schemaDigest === null) return;
      await session.checkpoint.writeIntent({ start, end, schemaDigest });
      failpoint('after-intent');
    };
    const work = { transaction, gtid, announce };
    const { statement } = transaction;
    // Of these tables alone what is known is forgotten behind the statement.
    const changed = statement === null ? null : changedTables(statement);
    let position: EpochPosition;
    try {
      position = await (hasRowsToCome(transaction)
        ? this.#created.apply(work)
        : this.#statement(work, changed !== null));
    } catch (error) {
      // A refused statement has had no effect. Whatever changes the schema before it is tried again is somebody's mending.
      const refused = error instanceof TailraceError && error.code === 'TR_STATEMENT_FAILED';
      if (refused && schemaDigest !== null) await session.checkpoint.clearIntent();
      throw error;
    }
    failpoint('after-statement');
    if (changed === null) session.catalogue.invalidate();
    else session.catalogue.forget(changed);
    this.#mixed.forgetEngines();
    // The replica's own set of GTIDs says that it was run; the checkpoint follows with the next epoch.
    if (gtid !== null && transaction.kind === 'statement' && session.mayDefer) session.defer(position);
    else await session.record(position, gtid === null, transaction.statement?.timestamp);
    return position;
  }

  /** Nothing of it concerns the replica but that it was. */
  async #leaveOut(transaction: Transaction, gtid: Gtid | null): Promise<EpochPosition> {
    await drainTail(transaction, { rows: () => Promise.resolve() });
    const endOffset = transaction.tail?.end?.endOffset ?? transaction.endOffset;
    const position = epochPosition([{ ...transaction, endOffset }]);
    if (gtid !== null) {
      const connection = await this.#openOne(false, false);
      try {
        await useUp(connection, gtid);
      } finally {
        await connection.close();
      }
    }
    await this.#session.record(position, gtid === null);
    return position;
  }

  /** `isSimple`: it is certain which tables it changes. */
  async #statement(
    { transaction, gtid, announce }: StatementWork,
    isSimple: boolean,
  ): Promise<EpochPosition> {
    const session = this.#session;
    const position = epochPosition([transaction]);
    const isLogged = gtid !== null && exchangesPartition(transaction);
    if (isLogged) await requireBinaryLog(session, transaction, 'exchanges a partition');
    const { statement } = transaction;
    if (statement === null) throw new TailraceError('TR_INTERNAL', { what: 'a statement is missing' });
    const sent = sentStatement(transaction.kind, statement);
    const { wholeNumbers } = statement;
    if (wholeNumbers !== undefined) {
      await requireNoFractions(session.control, wholeNumbers, showStatement(statement));
    }
    if (this.statements.isNeededFor(statement)) {
      await this.#inSession(statement, { transaction, gtid, announce });
      return position;
    }
    // Without a GTID, the lock of the statement ends with its session; and where several statements may come in one text, one with a
    // semicolon means something else.
    const isKept = gtid !== null && !isLogged && statement.schema !== '' && !sent.text.includes(';');
    const use = sessionUse(statement, isSimple);
    const connection = isKept ? await this.#kept.take(use) : await this.#openOne(isLogged, sent.replies > 1);
    let isReusable = false;
    try {
      const source = { connection, transaction, statement };
      if (
        isKept &&
        use.isPlain &&
        statement.errorCode === 0 &&
        (await this.#atOnce(source, gtid, sent.text))
      ) {
        isReusable = true;
        return position;
      }
      const hasSchema = isKept ? await prepareAtOnce(source, gtid) : await prepareSession(source);
      if (gtid !== null && !isKept) await connection.execute(`SET ${gtidNext(gtid)}`);
      if (gtid === null) await claimStatement(connection, this.#settings.name, session.checkpoint);
      await announce(position);
      failpoint('before-statement');
      await runInSession(session, source, sent, hasSchema);
      failpoint('before-statement-gtid');
      if (isKept) {
        const texts = useUpStatements(gtid);
        await runBatch(connection, [texts.join(';')], texts.length);
      } else if (gtid !== null) await useUp(connection, gtid);
      // One that failed as on the source, or brought values of its session, leaves who knows what.
      isReusable = isKept && hasSchema && statement.errorCode === 0 && (statement.values ?? []).length === 0;
    } finally {
      if (isReusable) this.#kept.giveBack(connection, use);
      else await connection.close();
    }
    return position;
  }

  /**
   * Settings, statement and GTID in one text. False: the server refused some of it, and nothing was done but what has used up the
   * GTID, under which the server does nothing a second time.
   */
  async #atOnce(source: SourceStatement, gtid: Gtid, text: string): Promise<boolean> {
    // In ASCII it means the same in whatever character set the settings before it have set.
    if (!/^[\x20-\x7e\s]*$/.test(text) || failpointIsSet('before-statement-gtid')) return false;
    const { connection, transaction, statement } = source;
    const texts = [
      ...preparation(statement, gtid),
      // What ends with a comment ends before the semicolon.
      `${text}\n`,
      ...useUpStatements(gtid),
    ];
    failpoint('before-statement');
    const { control, log } = this.#session;
    try {
      await tellLockWaits(runBatch(connection, [texts.join(';')], texts.length), {
        control,
        sessions: [connection.threadId],
        subject: 'a statement',
        what: () => transactionName(transaction),
        log,
      });
      return true;
    } catch (error) {
      // One by one, to see what it is.
      if (error instanceof ServerError && !isLockRefusal(error)) return false;
      throw statementFailure(transaction, error, showStatement(statement), null);
    }
  }

  /** A session for one statement that cannot have the one that is kept. */
  async #openOne(isLogged: boolean, multipleStatements: boolean): Promise<ServerConnection> {
    const connection = await openConnection(this.#settings.replica, {
      sessionLabel: 'statement',
      multipleStatements,
    });
    try {
      await connection.execute(`SET SESSION sql_log_bin=${isLogged ? 1 : 0}`);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** One that stands alone and uses temporary tables, such as an ALTER of one: these are in the session of the link. */
  async #inSession(statement: QueryEvent, { transaction, gtid, announce }: StatementWork): Promise<void> {
    const lane = await this.statements.lane();
    await lane.statement('SET SESSION autocommit=1');
    if (gtid !== null) await lane.statement(`SET ${gtidNext(gtid)}`);
    await announce(epochPosition([transaction]));
    failpoint('before-statement');
    await this.statements.run(transaction, statement, { isInTransaction: false });
    if (gtid !== null) await useUp(lane.connection, gtid);
    await lane.statements(`SET ${gtidNext(null)}`, 'SET SESSION autocommit=0');
  }
}

/** A statement that stands alone, as a transaction that it is the only step of: its checkpoint is then committed with it. */
function asMixed(transaction: Transaction): Transaction {
  const { statement } = transaction;
  return {
    ...transaction,
    kind: 'mixed',
    steps: statement === null ? [] : [{ kind: 'statement', statement }],
    statement: null,
  };
}

function sentStatement(kind: Transaction['kind'], statement: QueryEvent): SentStatement {
  const text = replicaStatement(statement);
  return kind === 'statement' ? keepSemicolon(text, tokenOptions(statement.context)) : { text, replies: 1 };
}

/** Outside of the binary log it does not leave its GTID behind (seen on 9.7), and it must not run twice. */
function exchangesPartition({ statement }: Transaction): boolean {
  const text = statement?.statement.toString('latin1') ?? '';
  return /\bEXCHANGE(?:\s|\/\*[^]*?\*\/)+PARTITION\b/i.test(text);
}

/** A statement that names its tables and computes nothing leaves nothing behind: no variable, no temporary table, no lock. */
function sessionUse(statement: QueryEvent, isSimple: boolean): SessionUse {
  const { schema, context } = statement;
  const computes = /\bSELECT\b|@/i.test(statement.statement.toString('latin1'));
  return { schema, settings: settingNames(context), isPlain: isSimple && !computes };
}

/**
 * Commits an empty transaction under a GTID, which the server passes over when it has it already: a statement that failed as
 * on the source does not leave it behind.
 */
async function useUp(connection: ServerConnection, gtid: Gtid): Promise<void> {
  for (const statement of useUpStatements(gtid)) await connection.execute(statement);
}

function useUpStatements(gtid: Gtid): readonly string[] {
  return [`SET ${gtidNext(gtid)}`, 'BEGIN', 'COMMIT'];
}
