import type { AsyncLocalStorage } from 'node:async_hooks';
import { GtidSet } from '../gtid/gtid-set.js';
import type { PoolSession } from './pool-session.js';
import { countIntervals, fitToken, intervalsMax, widenTo } from './session-gtids.js';
import { formatToken, parseToken, tokenLengthMax } from './session-token.js';

/** More of them at a time are no longer told apart. */
const unsureMax = 16;

/** A write whose connection was lost: what it committed can be learnt once its thread on the source is gone. */
export interface UnsureWrite {
  readonly node: string;
  readonly threadId: number;
  /** Milliseconds since 1970: reads are strong until then, unless it is learnt before. */
  readonly untilMs: number;
}

/** What a read of a session needs. */
export interface SessionNeed {
  readonly gtids: GtidSet;
  readonly isStrong: boolean;
}

/** One session in this process; the same one in others is told by its token. */
export class TrackedSession implements PoolSession {
  readonly #scope: AsyncLocalStorage<TrackedSession>;
  readonly #strongMsMax: number;
  #gtids = new GtidSet();
  #strongUntilMs = 0;
  #unsure: readonly UnsureWrite[] = [];

  /** `strongMsMax`: no token makes reads strong for longer. Throws `TR_POOL_TOKEN`. */
  constructor(scope: AsyncLocalStorage<TrackedSession>, strongMsMax: number, token: string) {
    this.#scope = scope;
    this.#strongMsMax = strongMsMax;
    this.merge(token);
  }

  get token(): string {
    const nowMs = Date.now();
    const untilMs = Math.max(this.#strongUntilMs, ...this.#unsure.map((write) => write.untilMs));
    const strongUntilMs = untilMs > nowMs ? untilMs : 0;
    const text = formatToken({ gtids: this.#gtids, strongUntilMs });
    if (text.length <= tokenLengthMax) return text;
    const fitting = formatToken({ gtids: fitToken(this.#gtids), strongUntilMs });
    // As many sources as no chain of replication has: then nothing is named, and reads go to the source.
    if (fitting.length <= tokenLengthMax) return fitting;
    return formatToken({ gtids: new GtidSet(), strongUntilMs: nowMs + this.#strongMsMax });
  }

  merge(token: string): void {
    const { gtids, strongUntilMs } = parseToken(token);
    if (!gtids.isEmpty()) this.add(gtids);
    if (strongUntilMs > 0) this.untracked(strongUntilMs);
  }

  run<Result>(work: () => Result): Result {
    return this.#scope.run(this, work);
  }

  need(nowMs: number): SessionNeed {
    const isStrong = this.#strongUntilMs > nowMs || this.#unsure.some(({ untilMs }) => untilMs > nowMs);
    return { gtids: this.#gtids, isStrong };
  }

  /** Has it become so long that the source shall be asked for what there is all together? */
  get isLong(): boolean {
    return countIntervals(this.#gtids) > intervalsMax;
  }

  /** Reads have to see these, too. A new set each time: whoever asked for the old one goes on with it. */
  add(gtids: GtidSet): void {
    this.#gtids = this.#gtids.union(gtids);
  }

  /** `executed`: all that the source has, asked after the writes of this session. */
  widen(executed: GtidSet): void {
    this.#gtids = widenTo(this.#gtids, executed);
  }

  /** Something was written, and it cannot be learnt what. */
  untracked(untilMs: number): void {
    const most = Date.now() + this.#strongMsMax;
    this.#strongUntilMs = Math.max(this.#strongUntilMs, Math.min(untilMs, most));
  }

  /** Something may have been written; see `settle`. */
  unsure(write: UnsureWrite): void {
    if (this.#unsure.length >= unsureMax) this.untracked(write.untilMs);
    else this.#unsure = [...this.#unsure, write];
  }

  get unsureWrites(): readonly UnsureWrite[] {
    return this.#unsure;
  }

  /** These are over for certain; what they have written is in `executed`. */
  settle(writes: readonly UnsureWrite[], executed: GtidSet): void {
    if (writes.length === 0) return;
    this.add(executed);
    this.#unsure = this.#unsure.filter((write) => !writes.includes(write));
  }
}
