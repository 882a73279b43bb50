import { setTimeout as sleep } from 'node:timers/promises';
import type { Gtid } from '../../binlog/gtid-event.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StatementPolicy } from './statement-policy.js';
import { ServerError } from '../../mysql/server-error.js';
import { showStatement } from '../../statement/classify-statement.js';
import type { Transaction } from '../../transaction/transaction.js';
import { applyStep, type TailSink } from '../../transaction/transaction-tail.js';
import { drainTail } from '../../transaction/drain-tail.js';
import { type ApplyFailure, explainFailure, stoppingError } from '../failure/apply-failure.js';
import { transactionName } from '../failure/conflict-error.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import { failpoint } from '../failpoint.js';
import type { Lane } from '../lane/lane.js';
import { LastingEngines } from '../../schema/lasting-engines.js';
import type { ReplicaSession } from '../replica-session.js';
import { explicitDefaultsStatement } from '../../statement/session-statements.js';
import { halfwayIntentDigest } from './statement-intent.js';
import { ownSettings, type StatementSession } from './statement-session.js';
import { readTemporaryTables } from '../../statement/temporary-tables.js';

/** As often as MySQL's own replica tries (`replica_transaction_retries`). */
const lockAttemptsMax = 10;
const lockPauseMs = 200;
const errnoOfLocks = new Set([1205, 1213]);

/**
 * Applies transactions with statements among their row changes as MySQL's own applier does: everything in source order, in one
 * session and one replica transaction, together with its checkpoint. Nothing runs beside them.
 */
export class MixedApplier {
  readonly #session: ReplicaSession;
  readonly #policy: StatementPolicy;
  readonly #statements: StatementSession;
  readonly #engines = new LastingEngines();

  constructor(session: ReplicaSession, policy: StatementPolicy, statements: StatementSession) {
    this.#session = session;
    this.#policy = policy;
    this.#statements = statements;
  }

  /** A statement of another kind may have created a table, or changed its engine. */
  forgetEngines(): void {
    this.#engines.forget();
  }

  /** Rejects with the TailraceError that stops the link. */
  async apply(transaction: Transaction): Promise<EpochPosition> {
    this.#checkPolicy(transaction);
    const gtid = this.#session.ownGtids ? transaction.gtid : null;
    const lane = await this.#statements.lane();
    await this.#announce(transaction);
    for (let attempt = 1; ; attempt++) {
      try {
        const applying = this.#transaction(transaction, gtid, lane);
        const position = await this.#session.tellWaits(applying, () => transactionName(transaction), lane);
        this.#session.committed(position, gtid === null);
        return position;
      } catch (error) {
        // What a tail has brought is gone from memory.
        const mayRetry = transaction.tail === null && attempt < lockAttemptsMax && isLock(error);
        if (!mayRetry) throw await this.#stop(error, lane, transaction);
        await lane.rollback();
        await sleep(lockPauseMs * attempt);
      }
    }
  }

  async #transaction(transaction: Transaction, gtid: Gtid | null, lane: Lane): Promise<EpochPosition> {
    const { tail } = transaction;
    const known = epochPosition([transaction]);
    const next = lane.announcement(gtid);
    // First, where its end is known: nobody can take the link over then before it has ended.
    const recorded = tail === null ? this.#recorded(known, gtid) : [];
    await lane.statements(...opening(transaction), ...next, ...recorded);
    const sink = this.#sink(transaction, lane);
    failpoint('before-mixed');
    for (const step of transaction.steps) await applyStep(step, sink);
    failpoint('during-mixed');
    await drainTail(transaction, sink);
    const position =
      tail === null
        ? known
        : epochPosition([{ ...transaction, endOffset: tail.end?.endOffset ?? transaction.endOffset }]);
    // What was rolled back has taken the GTID and the checkpoint with it.
    const again = sink.isRolledBack ? next : [];
    if (tail !== null || sink.isRolledBack)
      await lane.statements(...again, ...this.#recorded(position, gtid));
    failpoint('before-mixed-commit');
    await lane.commit();
    failpoint('after-mixed-commit');
    if (gtid !== null) await lane.forgetGtid();
    return position;
  }

  #sink(transaction: Transaction, lane: Lane): MixedSink {
    const writer = this.#session.writerIn(lane);
    return new MixedSink(
      async (rows) => {
        await this.#statements.adopt(transaction.settings);
        await writer.append({ events: rows });
      },
      (statement) => this.#statements.run(transaction, statement),
      lane,
    );
  }

  /** The checkpoint, and that no intent is open any more. */
  #recorded(position: EpochPosition, gtid: Gtid | null): string[] {
    const { checkpoint } = this.#session;
    return [
      ownSettings,
      checkpoint.laneStatement(0, this.#session.entry(position, 1, [], gtid !== null)),
      checkpoint.clearIntentStatement(),
    ];
  }

  /**
   * Tables of an engine that cannot roll back keep what a transaction has done to them, whether it is committed or not. After a crash
   * nothing could tell how far it came, but that it was begun.
   */
  async #announce(transaction: Transaction): Promise<void> {
    const { start, end } = epochPosition([transaction]);
    if (transaction.canRollBack || transaction.tail !== null || !transaction.steps.some(changesData)) return;
    if (!(await this.#engines.exist(this.#session.control))) return;
    await this.#session.checkpoint.writeIntent({ start, end, schemaDigest: halfwayIntentDigest });
    failpoint('after-intent');
  }

  #checkPolicy(transaction: Transaction): void {
    if (this.#policy === 'apply') return;
    const change = transaction.steps.find(changesData);
    if (change?.kind !== 'statement') return;
    throw new TailraceError('TR_STATEMENT_FORMAT', {
      what: `${transactionName(transaction)} holds a change that the source logged as a statement: ${showStatement(change.statement)}`,
      why: 'this link is set to stop at them (statements: stop)',
      cure: 'Set statements: apply.',
    });
  }

  async #stop(error: unknown, lane: Lane, transaction: Transaction): Promise<unknown> {
    const refusal =
      error instanceof ServerError
        ? await explainFailure(error, this.#session.control, lane.threadId)
        : error;
    // Nothing of it is left: neither its changes, nor that it was begun. Temporary tables stay for another try.
    const isOver = await lane.rollback().then(
      () => true,
      () => false,
    );
    const isWhole = transaction.canRollBack || transaction.steps.filter(changesSomething).length === 1;
    if (isOver && isWhole) await this.#session.checkpoint.clearIntent().catch(() => undefined);
    if (refusal instanceof TailraceError || !(error instanceof ServerError)) return refusal;
    const failure = refusal as ApplyFailure;
    if (failure.kind !== 'data') return stoppingError(failure, transactionName(transaction));
    return new TailraceError('TR_APPLY_CONFLICT', {
      what: `${transactionName(transaction)}, row changes with statements among them, does not fit the replica`,
      why: failure.reason,
    });
  }
}

/** Applies the steps of one transaction. */
class MixedSink implements Required<TailSink> {
  readonly #lane: Lane;
  isRolledBack = false;

  constructor(
    readonly rows: TailSink['rows'],
    readonly statement: Required<TailSink>['statement'],
    lane: Lane,
  ) {
    this.#lane = lane;
  }

  async rollback(): Promise<void> {
    await this.#lane.rollback();
    this.isRolledBack = true;
  }
}

/** What can be set before a transaction only, as its statements need it; they are of one session. */
function opening({ steps }: Transaction): string[] {
  const first = steps.find((step) => step.kind === 'statement');
  return first === undefined
    ? [ownSettings]
    : [explicitDefaultsStatement(first.statement.context), ownSettings];
}

/** Whether a step is a statement that changes data which others see. */
function changesData(step: Transaction['steps'][number]): boolean {
  if (step.kind !== 'statement' || readTemporaryTables(step.statement) !== null) return false;
  return !/^\s*(SAVEPOINT|RELEASE|ROLLBACK)\b/i.test(step.statement.statement.toString('latin1', 0, 64));
}

function changesSomething(step: Transaction['steps'][number]): boolean {
  return step.kind === 'rows' || changesData(step);
}

function isLock(error: unknown): boolean {
  if (error instanceof TailraceError) return error.code === 'TR_APPLY_LOCKED';
  return error instanceof ServerError && errnoOfLocks.has(error.errno);
}
