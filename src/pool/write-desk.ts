import { TailraceError } from '../errors/tailrace-error.js';
import type { CounterBoard } from './counter-board.js';
import { askExecuted, goneThreads } from './executed-check.js';
import type { Guidance } from './guidance.js';
import type { LentConnection } from './lent-connection.js';
import { within } from './patience.js';
import type { PoolNode } from './pool-node.js';
import type { PoolSettings } from './pool-settings.js';
import type { TrackedSession } from './tracked-session.js';
import type { WaitRoom } from './wait-room.js';

export interface WriteDeskParts {
  readonly settings: PoolSettings;
  readonly nodes: ReadonlyMap<string, PoolNode>;
  readonly guidance: Guidance;
  readonly room: WaitRoom;
  readonly counters: CounterBoard;
  /** Aborted when the pool ends. */
  readonly ended: AbortSignal;
}

/** Gives connections for writes, and finds out what was written. */
export class WriteDesk {
  readonly #parts: WriteDeskParts;

  constructor(parts: WriteDeskParts) {
    this.#parts = parts;
  }

  /**
   * A connection to the source. As long as nothing has run on it, another attempt may follow: one that is starting is waited for. Throws
   * `TR_POOL_CHECKOUT`, `TR_POOL_FULL`, or the reason of `signal`.
   */
  async lend(deadlineMs: number, signal: AbortSignal | null): Promise<LentConnection> {
    const { nodes, guidance, room, counters, ended } = this.#parts;
    for (;;) {
      ended.throwIfAborted();
      signal?.throwIfAborted();
      const id = guidance.sourceId;
      const node = nodes.get(id);
      if (node === undefined)
        throw new TailraceError('TR_INTERNAL', { what: `The pool has no server ${id}.` });
      let why = node.closed;
      if (why === null) {
        try {
          const lent = await node.lend(deadlineMs - performance.now());
          counters.writes += 1;
          return lent;
        } catch (error) {
          counters.checkoutsFailed += 1;
          why = (error as Error).message;
        }
      }
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0)
        throw new TailraceError('TR_POOL_CHECKOUT', {
          what: `The source ${id} gave no connection for a write in time.`,
          why: this.#withHint(why),
        });
      await room.wait(leftMs, signal);
    }
  }

  /** Brings what was written on this connection since it was lent into the session. Never rejects. */
  async collect(lent: LentConnection, session: TrackedSession | null): Promise<void> {
    if (session === null) return;
    const { watch, node } = lent;
    const written = watch.lost === null ? watch.written() : null;
    if (written !== null) session.add(written);
    if (written !== null && !session.isLong) return;
    const { counters, settings } = this.#parts;
    const untilMs = Date.now() + settings.untrackedWriteMs;
    try {
      if (watch.lost !== null) throw new Error(watch.lost);
      counters.writesAsked += 1;
      const executed = await within(askExecuted(watch.raw), settings.checkoutMsMax);
      if (written !== null) {
        if (executed !== null) session.widen(executed);
      } else if (executed !== null) session.add(executed);
      else {
        counters.writesUntracked += 1;
        session.untracked(untilMs);
      }
    } catch {
      // What is known of it is in the session; only the asking for less failed.
      if (written !== null) return;
      counters.writesUntracked += 1;
      session.unsure({ node: node.id, threadId: watch.raw.threadId, untilMs });
    }
  }

  /**
   * Writes whose connection was lost may still be going on. Once the server has ended their threads, all that they have done is in what it
   * has executed, and the session need not stay with the source for them. Never rejects.
   */
  async settle(lent: LentConnection, session: TrackedSession): Promise<void> {
    const mine = session.unsureWrites.filter(({ node }) => node === lent.node.id);
    if (mine.length === 0) return;
    const { raw } = lent.watch;
    try {
      const gone = await goneThreads(
        raw,
        mine.map(({ threadId }) => threadId),
      );
      const executed = await askExecuted(raw);
      if (executed === null) return;
      session.settle(
        mine.filter(({ threadId }) => gone.has(threadId)),
        executed,
      );
    } catch {
      // The next read tries again; until then the session's reads stay on the source.
    }
  }

  #withHint(why: string): string {
    const source = this.#parts.guidance.current()?.hints.source;
    return source === undefined || source.state === 'up' ? why : `${why}; hints say: ${source.reason}`;
  }
}
