import { setTimeout as sleep } from 'node:timers/promises';
import type { Gtid } from '../../binlog/gtid-event.js';
import { readXaStatement, type XaStatement } from '../../binlog/xa-event.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { ReplicaSettings } from '../replica-settings.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { ServerError } from '../../mysql/server-error.js';
import type { Transaction } from '../../transaction/transaction.js';
import { drainTail } from '../../transaction/drain-tail.js';
import { explainFailure, stoppingError } from '../failure/apply-failure.js';
import { transactionName } from '../failure/conflict-error.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import { failpoint } from '../failpoint.js';
import { gtidNext } from '../lane/gtid-next.js';
import { Lane, type LaneOptions } from '../lane/lane.js';
import { tellLockWaits } from '../lock-waits.js';
import type { ReplicaSession } from '../replica-session.js';
import { claimStatement } from './statement-lock.js';
import { wasXaIntent, xaIntentDigest } from './statement-intent.js';
import { requireXaReplica } from './xa-replica.js';

const unknownXid = 1397;
const xidTaken = 1440;
/** A session that was cut off in the middle of the same transaction ends a moment later. */
const attemptsMax = 20;
const attemptPauseMs = 100;

/** In the replica's own binary log, and left to any session once it is prepared (what 8.0.29 and later do by default). */
const loggedSession = 'SET SESSION sql_log_bin=1 /*!80029 , SESSION xa_detach_on_prepare=1 */';

/*
 * A prepared transaction of the replica is the one of the source: it holds the same locks, shows nothing, outlives whatever is
 * restarted, and native replication can take over before its outcome.
 *
 * Counter-example for `sql_log_bin=0`, which everything else runs with (seen on 9.7): the replica is killed after XA PREPARE. Its
 * recovery rolls back what is prepared and not in its binary log, but keeps the GTID. XA COMMIT then finds nothing, and the
 * rows are lost for good. Therefore XA is logged by the replica, see docs/decisions/0013.
 */

/** What `XaApplier` was given, taken apart. */
interface XaWork {
  readonly transaction: Transaction;
  readonly statement: XaStatement;
  readonly gtid: Gtid | null;
}

/** Applies XA transactions: the rows up to XA PREPARE, and later the outcome, each under the GTID that it has on the source. */
export class XaApplier {
  readonly #session: ReplicaSession;
  readonly #settings: ReplicaSettings;
  readonly #laneOptions: LaneOptions;

  constructor(session: ReplicaSession, settings: ReplicaSettings, laneOptions: LaneOptions) {
    this.#session = session;
    this.#settings = settings;
    this.#laneOptions = laneOptions;
  }

  /** Rejects with the TailraceError that stops the link. */
  async apply(transaction: Transaction): Promise<EpochPosition> {
    const session = this.#session;
    const statement = transaction.statement === null ? null : readXaStatement(transaction.statement);
    if (statement === null) {
      throw new TailraceError('TR_INTERNAL', { what: 'an XA transaction came without its identifier' });
    }
    await session.adoption?.settled();
    await requireXaReplica(session, statement.xid);
    const gtid = session.ownGtids ? transaction.gtid : null;
    const apply = transaction.kind === 'xa' ? this.#rows : this.#outcome;
    const lane = await Lane.open(this.#laneOptions);
    let position: EpochPosition;
    try {
      await lane.statement(loggedSession);
      await lane.under(transaction.settings);
      if (gtid === null) await claimStatement(lane.connection, this.#settings.name, session.checkpoint);
      // Its reading has begun a transaction, in which no XA transaction can begin.
      await lane.statement('COMMIT');
      position = await tellLockWaits(apply.call(this, lane, { transaction, statement, gtid }), {
        control: session.control,
        sessions: [lane.threadId],
        subject: 'an XA transaction',
        what: () => transactionName(transaction),
        log: session.log,
      });
    } catch (error) {
      throw await this.#stop(error, lane, transaction);
    } finally {
      // What was not prepared is rolled back with the session.
      await lane.close();
    }
    failpoint(transaction.kind === 'xa' ? 'after-xa-prepare' : 'after-xa-outcome');
    await session.record(position, gtid === null);
    return position;
  }

  async #rows(lane: Lane, { transaction, statement, gtid }: XaWork): Promise<EpochPosition> {
    const { xid } = statement;
    const wasTried = gtid === null && (await wasXaIntent(this.#session.checkpoint, transaction));
    const isPrepared = !(await begin(lane, { xid, gtid, wasTried }));
    const end = await this.#append(lane, transaction, isPrepared);
    const position = epochPosition([{ ...transaction, endOffset: end.endOffset }]);
    if (isPrepared) return position;
    if (end.onePhase) {
      // Without a GTID of its own it is known by its checkpoint, which becomes visible together with the rows.
      const entry = this.#session.entry(position, 1, [], false);
      if (gtid === null) await lane.statement(this.#session.checkpoint.laneStatement(0, entry));
      await lane.statement(`XA END ${xid}`);
      await lane.statement(`XA COMMIT ${xid} ONE PHASE`);
      return position;
    }
    await lane.statement(`XA END ${xid}`);
    await this.#announced(gtid, position, async () => {
      failpoint('before-xa-prepare');
      await lane.statement(`XA PREPARE ${xid}`);
    });
    return position;
  }

  /** Appends all rows; how the transaction ended is known only behind them. Rows of what is prepared already are passed over. */
  async #append(
    lane: Lane,
    transaction: Transaction,
    isPrepared: boolean,
  ): Promise<{ readonly endOffset: number; readonly onePhase: boolean }> {
    const { tail } = transaction;
    const writer = this.#session.writerIn(lane);
    if (!isPrepared) await writer.append({ events: transaction.rows });
    if (tail === null) return { endOffset: transaction.endOffset, onePhase: false };
    await drainTail(transaction, {
      rows: async (rows) => {
        if (!isPrepared) await writer.append({ events: rows });
        failpoint('during-large-transaction');
      },
    });
    return tail.end ?? { endOffset: transaction.endOffset, onePhase: false };
  }

  async #outcome(lane: Lane, { transaction, statement, gtid }: XaWork): Promise<EpochPosition> {
    const { xid } = statement;
    const position = epochPosition([transaction]);
    const { connection } = lane;
    if (gtid !== null) await lane.statement(`SET ${gtidNext(gtid)}`);
    else if (!(await isKnown(connection, xid))) {
      // Announced only when it was there: then it is gone because it was done.
      if (await wasXaIntent(this.#session.checkpoint, transaction)) return position;
      throw notPrepared(transaction, statement);
    }
    await this.#announced(gtid, position, async () => {
      failpoint('before-xa-outcome');
      await decide(connection, transaction, statement);
    });
    return position;
  }

  /** Without a GTID nothing tells after a crash whether a statement was run, but that it was about to be. */
  async #announced(
    gtid: Gtid | null,
    { start, end }: EpochPosition,
    run: () => Promise<void>,
  ): Promise<void> {
    if (gtid !== null) return run();
    const { checkpoint } = this.#session;
    await checkpoint.writeIntent({ start, end, schemaDigest: xaIntentDigest });
    failpoint('after-intent');
    try {
      await run();
    } catch (error) {
      // What the replica refused has had no effect; after a lost connection that is not known.
      const isRefusal = !(error instanceof TailraceError) || error.code === 'TR_XA_NOT_PREPARED';
      if (isRefusal) await checkpoint.clearIntent();
      throw error;
    }
  }

  async #stop(error: unknown, lane: Lane, transaction: Transaction): Promise<unknown> {
    if (!(error instanceof ServerError)) return error;
    const what = transactionName(transaction);
    const failure = await explainFailure(error, this.#session.control, lane.threadId);
    if (failure instanceof TailraceError) return failure;
    if (failure.kind !== 'data') return stoppingError(failure, what);
    return new TailraceError('TR_APPLY_CONFLICT', {
      what: `${what}, an XA transaction, does not fit the replica`,
      why: failure.reason,
    });
  }
}

/** Begins it; false when it is there already, prepared by an earlier try. */
async function begin(
  lane: Lane,
  { xid, gtid, wasTried }: { readonly xid: string; readonly gtid: Gtid | null; readonly wasTried: boolean },
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    // Each time: a refused XA START gives it back.
    await lane.announce(gtid);
    try {
      await lane.statement(`XA START ${xid}`);
      return true;
    } catch (error) {
      if (!hasErrno(error, xidTaken)) throw error;
      if (wasTried) return false;
      if (attempt === attemptsMax) {
        throw new TailraceError('TR_XA_TAKEN', {
          what: `the replica has an XA transaction ${xid} of its own, which the source prepares now`,
          why: error.sqlMessage,
        });
      }
    }
    await sleep(attemptPauseMs);
  }
}

/** Whether a prepared transaction has this identifier; told without the privilege that XA RECOVER needs. */
async function isKnown(connection: ServerConnection, xid: string): Promise<boolean> {
  try {
    await connection.execute(`XA START ${xid}`);
  } catch (error) {
    if (hasErrno(error, xidTaken)) return true;
    throw error;
  }
  await connection.execute(`XA END ${xid}`);
  await connection.execute(`XA ROLLBACK ${xid}`);
  return false;
}

async function decide(
  connection: ServerConnection,
  transaction: Transaction,
  statement: XaStatement,
): Promise<void> {
  try {
    await connection.execute(`XA ${statement.verb} ${statement.xid}`);
  } catch (error) {
    if (hasErrno(error, unknownXid)) throw notPrepared(transaction, statement);
    throw error;
  }
}

function notPrepared(transaction: Transaction, { verb, xid }: XaStatement): TailraceError {
  return new TailraceError('TR_XA_NOT_PREPARED', {
    what: `${transactionName(transaction)} is XA ${verb} ${xid}, which the replica has not prepared`,
    why: 'it was prepared before the link began, or was ended on the replica by somebody else',
  });
}

function hasErrno(error: unknown, errno: number): error is ServerError {
  return error instanceof ServerError && error.errno === errno;
}
