import { TailraceError } from '../../errors/tailrace-error.js';
import type { EpochPlan } from '../../plan/epoch-plan.js';
import { type LaneShare, lanesWorth, mergeShares } from '../../plan/partition.js';
import { type ApplyFailure, stoppingError } from '../failure/apply-failure.js';
import { epochPosition, type EpochPosition } from '../../transaction/epoch-position.js';
import type { RowWriter } from '../lane/row-writer.js';
import type { ReplicaSession } from '../replica-session.js';
import type { SerialReplay } from './serial-replay.js';
import { failpoint, failpointIsSet } from '../failpoint.js';

/**
 * A client that locks several tables can hold one that a lane waits for, and wait itself for one that another lane has changed;
 * the server sees no deadlock in that. One lane alone waits for nobody but the client.
 */
const lanesTableWaitSeconds = 2;

/** How an epoch went in. */
export interface EpochOutcome {
  readonly position: EpochPosition;
  /** Why it was replayed in source order; null: the plan held. */
  readonly fallback: string | null;
}

/**
 * Applies epochs: every lane its share, and when all have executed, all commit at once. An epoch whose plan fails is rolled
 * back and replayed as the source wrote it. Rejects with a TailraceError; after one, nothing but the checkpoint says what of
 * the epoch was committed.
 */
export class EpochApplier {
  readonly #session: ReplicaSession;
  readonly #replay: SerialReplay;

  constructor(session: ReplicaSession, replay: SerialReplay) {
    this.#session = session;
    this.#replay = replay;
  }

  async apply(plan: EpochPlan): Promise<EpochOutcome> {
    const position = epochPosition(plan.transactions);
    if (plan.doubt !== null) {
      return this.#fallBack(plan, position, `table ${plan.doubt.table}: ${plan.doubt.why}`);
    }
    let failure = await this.#attempt(plan, position, plan.shares);
    if (failure?.kind === 'lock' && plan.shares.length > 1) {
      this.#session.log.debug(
        { reason: failure.reason },
        'lanes were in each other’s way: epoch goes again in one lane',
      );
      failure = await this.#attempt(plan, position, [mergeShares(plan.shares)]);
    }
    if (failure === null) return { position, fallback: null };
    return this.#fallBack(plan, position, failure.reason);
  }

  /** After a crash: what is missing of an epoch that some lanes have committed, in one lane. */
  async complete(plan: EpochPlan, laneZeroCommitted: boolean): Promise<void> {
    const session = this.#session;
    const position = epochPosition(plan.transactions);
    const share = mergeShares(plan.shares);
    const writer = session.first;
    const mark = { entry: session.entry(position, 1, plan.strictTables, false), gtid: null };
    try {
      await writer.begin(mark, laneZeroCommitted ? { events: [] } : { share, part: 'unrepeatable' });
      await writer.repeat(share);
      if (session.adoption !== null) await session.snapshots.take();
      await writer.commit();
    } catch (error) {
      throw await this.#stop(error, writer, 'the rest of an epoch that a crash had broken');
    }
    session.committed(position, true);
  }

  async #fallBack(plan: EpochPlan, position: EpochPosition, reason: string): Promise<EpochOutcome> {
    this.#session.log.warn(
      { reason, tables: plan.strictTables, from: position.start, to: position.end },
      'the plan of an epoch did not hold: replaying its transactions one by one',
    );
    this.#session.clock?.apply(1, this.#session.writers.length);
    await this.#replay.transactions(plan.transactions);
    return { position, fallback: reason };
  }

  /** One try with the given shares; null when it was committed, else everything was rolled back. */
  async #attempt(
    plan: EpochPlan,
    position: EpochPosition,
    shares: readonly LaneShare[],
  ): Promise<ApplyFailure | null> {
    const weight = plan.shares.reduce((sum, share) => sum + share.weight, 0);
    this.#session.clock?.apply(shares.length, lanesWorth(weight, this.#session.writers.length));
    if (shares.length === 1) return this.#oneLane(plan, position, shares[0] as LaneShare);
    return this.#manyLanes(plan, position, shares);
  }

  async #oneLane(plan: EpochPlan, position: EpochPosition, share: LaneShare): Promise<ApplyFailure | null> {
    const session = this.#session;
    const writer = session.first;
    const only = plan.transactions.length === 1 ? plan.transactions[0] : undefined;
    const gtid = session.ownGtids ? (only?.gtid ?? null) : null;
    const entry = session.entry(position, 1, plan.strictTables, gtid !== null);
    try {
      if (gtid === null && session.adoption !== null) {
        await writer.begin({ entry, gtid }, { share, part: 'all' });
        await session.snapshots.take();
        failpoint('before-commit');
        await writer.commit();
      } else {
        failpoint('before-commit');
        await writer.once({ entry, gtid }, { share, part: 'all' });
      }
      failpoint('after-commit');
    } catch (error) {
      return this.#rolledBack(error, [writer]);
    }
    session.committed(position, gtid === null);
    return null;
  }

  async #manyLanes(
    plan: EpochPlan,
    position: EpochPosition,
    shares: readonly LaneShare[],
  ): Promise<ApplyFailure | null> {
    const session = this.#session;
    const entry = session.entry(position, shares.length, plan.strictTables, false);
    const writers = session.writers.slice(0, shares.length);
    const executed = await Promise.allSettled(
      writers.map(async (writer, index) => {
        const share = shares[index] as LaneShare;
        await writer.begin({ entry, gtid: null }, { share, part: 'all' }, lanesTableWaitSeconds);
        session.clock?.set(index, 'commit');
      }),
    );
    const failed = executed.findIndex((result) => result.status === 'rejected');
    if (failed >= 0) {
      const reason: unknown = (executed[failed] as PromiseRejectedResult).reason;
      const culprit = writers[failed] as RowWriter;
      return this.#rolledBack(reason, [culprit, ...writers.filter((writer) => writer !== culprit)]);
    }
    try {
      await session.snapshots.take();
    } catch (error) {
      return this.#rolledBack(error, writers);
    }
    failpoint('before-commit');
    // From here on nothing is rolled back: a lane that cannot commit leaves the epoch to recovery.
    await this.#commitAll(writers);
    failpoint('after-commit');
    session.committed(position, true);
    return null;
  }

  async #commitAll(writers: readonly RowWriter[]): Promise<void> {
    // Lane 0 holds what cannot be applied twice: a crash that leaves it out is another case than one that leaves out others.
    const zeroLast = failpointIsSet('before-lane-zero-commit');
    const committed = await Promise.allSettled(
      (zeroLast ? [...writers].reverse() : writers).map(async (writer, index) => {
        if (index > 0) failpoint(zeroLast ? 'before-lane-zero-commit' : 'between-commits');
        await writer.commit();
      }),
    );
    for (const result of committed) {
      if (result.status === 'fulfilled') continue;
      if (result.reason instanceof TailraceError) throw result.reason;
      throw new TailraceError('TR_SERVER_LOST', {
        what: 'a lane could not commit its share of an epoch; the rest is applied again from the checkpoint',
        why: (result.reason as Error).message,
      });
    }
  }

  /** Rolls every lane back; the first is the one that failed. */
  async #rolledBack(error: unknown, writers: readonly RowWriter[]): Promise<ApplyFailure> {
    const failure = await (writers[0] as RowWriter).explain(error);
    if (failure instanceof TailraceError) throw failure;
    await Promise.all(writers.map((writer) => writer.rollback()));
    return failure;
  }

  async #stop(error: unknown, writer: RowWriter, what: string): Promise<TailraceError> {
    const failure = await writer.explain(error);
    if (failure instanceof TailraceError) return failure;
    await writer.rollback();
    return stoppingError(failure, what);
  }
}
