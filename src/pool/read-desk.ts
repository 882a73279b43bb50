import { TailraceError } from '../errors/tailrace-error.js';
import { hintDefaults } from '../hints/hint-settings.js';
import { type Candidate, route } from '../hints/route.js';
import type { CounterBoard, SourceReason } from './counter-board.js';
import { hasExecuted } from './executed-check.js';
import type { Guidance, Guide } from './guidance.js';
import type { LentConnection } from './lent-connection.js';
import { onAbort } from './on-abort.js';
import { within } from './patience.js';
import { pickCandidate } from './pick-candidate.js';
import type { PickExplanation } from './pool-explanation.js';
import type { PoolNode } from './pool-node.js';
import type { PoolSettings } from './pool-settings.js';
import type { ReadRequest } from './read-request.js';
import type { SourceBudget } from './source-budget.js';
import type { WaitRoom } from './wait-room.js';

/** Picks that `explain` shows. */
const picksMax = 32;

/** A connection for a read. */
export interface LentRead {
  readonly lent: LentConnection;
  readonly kind: 'replica' | 'source';
  /** To be called once, when it has gone back. */
  readonly onBack: () => void;
}

export interface ReadDeskParts {
  readonly settings: PoolSettings;
  readonly nodes: ReadonlyMap<string, PoolNode>;
  readonly guidance: Guidance;
  readonly budget: SourceBudget;
  readonly room: WaitRoom;
  readonly counters: CounterBoard;
  /** Aborted when the pool ends. */
  readonly ended: AbortSignal;
}

/** A server that may answer, as things stand. */
interface Open extends Candidate {
  readonly node: PoolNode;
  readonly inFlight: number;
}

/** `signal` null: it cannot be given up. */
export interface ReadWish {
  readonly request: ReadRequest;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | null;
  /** Servers that are not to be tried; with any of them, nothing is waited for. */
  readonly refusedBy: ReadonlySet<string>;
}

/** One read on its way to a connection. */
class Search {
  readonly request: ReadRequest;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | null;
  /** Servers that refused this very read for want of a resource. */
  readonly refusedBy: ReadonlySet<string>;
  /** Of the last round. */
  passedOver: { readonly id: string; readonly reason: string }[] = [];
  isSpared = false;
  /** A replica would do, and only has no connection free: worth waiting for, rather than loading the source with it. */
  isWorthWaiting = false;
  waitedMs = 0;

  constructor({ request, deadlineMs, signal, refusedBy }: ReadWish) {
    this.request = request;
    this.deadlineMs = deadlineMs;
    this.signal = signal;
    this.refusedBy = refusedBy;
  }

  get leftMs(): number {
    return this.deadlineMs - performance.now();
  }

  passOver(id: string, reason: string): void {
    this.passedOver.push({ id, reason });
  }
}

/** Finds a connection for each read. */
export class ReadDesk {
  readonly #parts: ReadDeskParts;
  readonly #picks: PickExplanation[] = [];
  /** Reads that wait on a server for a session's writes. */
  readonly #waits = new Map<PoolNode, number>();

  constructor(parts: ReadDeskParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  get picks(): readonly PickExplanation[] {
    return this.#picks;
  }

  /**
   * A connection to a server that may answer, and has what must be there. Throws `TR_POOL_CHECKOUT`, `TR_POOL_SOURCE_SPARED`, `TR_POOL_FULL`, or
   * the reason of `signal`.
   */
  async lend(wish: ReadWish): Promise<LentRead> {
    const { settings, room, ended } = this.#parts;
    const { signal } = wish;
    const search = new Search(wish);
    for (let isFirst = true; ; isFirst = false) {
      ended.throwIfAborted();
      signal?.throwIfAborted();
      search.passedOver = [];
      search.isSpared = false;
      search.isWorthWaiting = false;
      const found = await this.#round(search, isFirst);
      if (found !== null) return found;
      const isRefused = search.isSpared && settings.sourceReads.beyond === 'refuse';
      if (isRefused || search.leftMs <= 0 || search.refusedBy.size > 0) throw this.#failure(search);
      await room.wait(search.leftMs, signal);
    }
  }

  /** Where a read would go now. */
  routeNow({ route: asked }: ReadRequest, guide: Guide) {
    const { zoneDistances } = this.#parts.settings;
    const settings = { zoneDistances, zoneHealthyShare: hintDefaults.zoneHealthyShare };
    return route(guide.hints, asked, settings, guide.ageMs);
  }

  /** Tries each server once, in order; null: none gave a connection. */
  async #round(search: Search, isFirst: boolean): Promise<LentRead | null> {
    const guide = this.#parts.guidance.current();
    if (guide === null) {
      search.passOver('all', 'nothing is known of any server yet');
      return null;
    }
    const { candidates, refused } = this.routeNow(search.request, guide);
    search.passedOver.push(...refused);
    for (const id of guide.unnamed) search.passOver(id, 'the hints do not name it');
    if (isFirst) this.#parts.budget.read(!candidates.some(({ kind }) => kind === 'replica'));
    let left = this.#open(candidates, search);
    while (left.length > 0) {
      const tier = Math.min(...left.map((one) => one.tier));
      const picked = pickCandidate(
        left.filter((one) => one.tier === tier),
        Math.random,
      );
      if (picked === null) return null;
      left = left.filter((one) => one !== picked);
      const lent =
        picked.kind === 'source'
          ? await this.#trySource(picked, search)
          : await this.#tryReplica(picked, search, left.length);
      if (lent !== null) return lent;
      if (search.leftMs <= 0) return null;
      search.signal?.throwIfAborted();
    }
    return null;
  }

  #open(candidates: readonly Candidate[], search: Search): Open[] {
    return candidates.flatMap((candidate) => {
      const node = this.#parts.nodes.get(candidate.id);
      if (node === undefined) return [];
      if (search.refusedBy.has(candidate.id)) {
        search.passOver(candidate.id, 'it has refused this read for want of a resource');
        return [];
      }
      if (node.closed !== null) {
        search.passOver(candidate.id, node.closed);
        search.isWorthWaiting ||= candidate.kind === 'replica' && node.down === null;
        return [];
      }
      return [{ ...candidate, node, inFlight: node.inFlight }];
    });
  }

  /** `others`: how many are left to be tried, among whom the time to wait is shared: one may stand still. */
  async #tryReplica(picked: Open, search: Search, others: number): Promise<LentRead | null> {
    const { gtids } = search.request;
    const leftMs = Math.max(0, Math.min(this.#parts.settings.waitMsMax - search.waitedMs, search.leftMs));
    const waitMs = leftMs / (others + 1);
    if (picked.mustWait && !this.#mayWait(picked, search)) return null;
    const lent = await this.#lendFrom(picked.node, search);
    if (lent === null) return null;
    if (!gtids.isEmpty() && !(await this.#check(lent, picked, Math.floor(waitMs), search))) return null;
    lent.mayBeCut = true;
    this.#note(picked, search, null);
    return { lent, kind: 'replica', onBack: () => undefined };
  }

  #mayWait({ id, node }: Open, search: Search): boolean {
    const most = this.#parts.settings.waitsPerNodeMax ?? Math.ceil(node.settings.connectionsMax / 2);
    if ((this.#waits.get(node) ?? 0) < most) return true;
    search.passOver(id, `${most} reads wait there already`);
    return false;
  }

  /** Whether the server has what must be there; if not, the connection has gone back. */
  async #check(lent: LentConnection, { id, node }: Open, waitMs: number, search: Search): Promise<boolean> {
    const { counters, settings } = this.#parts;
    const startMs = performance.now();
    const giveUp = (): void => lent.tearOff('the read was given up');
    const callOff = search.signal === null ? null : onAbort(search.signal, giveUp);
    this.#waits.set(node, (this.#waits.get(node) ?? 0) + 1);
    let reason = `it lacked the transactions asked for after ${waitMs} ms`;
    try {
      const limitMs = waitMs + settings.connectMsMax;
      const checking = hasExecuted(lent.watch.raw, search.request.gtids, waitMs);
      const has = await within(checking, limitMs);
      // What was asked here is not the application's, and stays nowhere.
      lent.watch.start();
      if (has) return true;
      await lent.giveBack(true);
    } catch (error) {
      reason = (error as Error).message;
      if (!lent.isTornOff) {
        counters.checkoutsFailed += 1;
        if (lent.watch.outstanding > 0) node.fail(reason);
      }
      await lent.giveBack(false);
    } finally {
      callOff?.();
      this.#waits.set(node, (this.#waits.get(node) ?? 1) - 1);
      const tookMs = performance.now() - startMs;
      search.waitedMs += tookMs;
      counters.waits += 1;
      counters.waitedMs += tookMs;
    }
    counters.waitsInVain += 1;
    search.passOver(id, reason);
    return false;
  }

  async #trySource(picked: Open, search: Search): Promise<LentRead | null> {
    const { budget } = this.#parts;
    const { isStrongByWish } = search.request;
    if (picked.isLastResort && search.isWorthWaiting) {
      search.passOver(picked.id, 'it is spared while replicas are only busy');
      return null;
    }
    if (!isStrongByWish) {
      const refusal = budget.refusal(performance.now());
      if (refusal !== null) {
        search.isSpared = true;
        search.passOver(picked.id, refusal);
        return null;
      }
      budget.take();
    }
    const onBack = (): void => {
      if (isStrongByWish) return;
      budget.giveBack();
      this.#parts.room.wakeSome();
    };
    const lent = await this.#lendFrom(picked.node, search);
    if (lent === null) {
      onBack();
      return null;
    }
    lent.mayBeCut = true;
    this.#note(picked, search, this.#whySource(search));
    return { lent, kind: 'source', onBack };
  }

  #whySource({ request: { isStrongByWish, gtids, route: asked } }: Search): SourceReason {
    if (isStrongByWish) return 'strong';
    return asked.consistency === 'strong' || !gtids.isEmpty() ? 'session' : 'spilled';
  }

  async #lendFrom(node: PoolNode, search: Search): Promise<LentConnection | null> {
    if (node.closed !== null) {
      search.passOver(node.id, node.closed);
      return null;
    }
    try {
      return await node.lend(search.leftMs);
    } catch (error) {
      this.#parts.counters.checkoutsFailed += 1;
      search.passOver(node.id, (error as Error).message);
      return null;
    }
  }

  #note({ id, kind, reason }: Open, search: Search, why: SourceReason | null): void {
    this.#parts.counters.read(id, why);
    this.#picks.unshift({ atMs: Date.now(), node: id, kind, reason, passedOver: search.passedOver });
    if (this.#picks.length > picksMax) this.#picks.pop();
  }

  #failure({ passedOver, isSpared }: Search): TailraceError {
    const why = passedOver.map(({ id, reason }) => `${id}: ${reason}`).join('; ');
    if (isSpared)
      return new TailraceError('TR_POOL_SOURCE_SPARED', {
        what: 'No replica could answer a read, and the limit for reads on the source is reached.',
        why,
      });
    return new TailraceError('TR_POOL_CHECKOUT', {
      what: 'No server gave a connection for a read in time.',
      why,
    });
  }
}
