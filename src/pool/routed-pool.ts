import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { TailraceError } from '../errors/tailrace-error.js';
import { isConnectionLoss, lacksResource } from './connection-loss.js';
import { CounterBoard } from './counter-board.js';
import { explainPool } from './explain-pool.js';
import { Guidance } from './guidance.js';
import type { LentConnection } from './lent-connection.js';
import { onAbort } from './on-abort.js';
import type { PoolCounters } from './pool-counters.js';
import type { PoolExplanation } from './pool-explanation.js';
import { PoolNode } from './pool-node.js';
import type { PoolSession } from './pool-session.js';
import type { PoolSettings } from './pool-settings.js';
import { type LentRead, ReadDesk } from './read-desk.js';
import { readRequest } from './read-request.js';
import type {
  Checkout,
  PoolEvents,
  ReadOptions,
  ReplicaPool,
  TransactionOptions,
  Work,
  WriteOptions,
} from './replica-pool.js';
import { SourceBudget } from './source-budget.js';
import { TrackedSession } from './tracked-session.js';
import { runTransaction } from './run-transaction.js';
import { WaitRoom } from './wait-room.js';
import { WriteDesk } from './write-desk.js';

const endMsDefault = 5_000;
/** For the servers to hear that connections end. */
const quitMsMax = 1_000;

/** A checkout as the pool itself sees it. */
interface OwnCheckout extends Checkout {
  readonly lent: LentConnection;
}

/** See `ReplicaPool`. */
export class RoutedPool
  extends EventEmitter<{ -readonly [Name in keyof PoolEvents]: [...PoolEvents[Name]] }>
  implements ReplicaPool
{
  readonly #settings: PoolSettings;
  readonly #scope = new AsyncLocalStorage<TrackedSession>();
  readonly #nodes: ReadonlyMap<string, PoolNode>;
  readonly #room: WaitRoom;
  readonly #budget: SourceBudget;
  readonly #counters = new CounterBoard();
  readonly #guidance: Guidance;
  readonly #reads: ReadDesk;
  readonly #writes: WriteDesk;
  /** Ends waiting and retries. */
  readonly #ended = new AbortController();
  #readying: Promise<void> | null = null;
  #ending: Promise<void> | null = null;

  constructor(settings: PoolSettings) {
    super();
    this.#settings = settings;
    this.#room = new WaitRoom(settings.checkoutsWaitingMax);
    this.#budget = new SourceBudget(settings.sourceReads);
    this.#guidance = new Guidance(
      settings,
      () => this.#room.wakeAll(),
      (origin, reason) => this.emit('hints', { origin, reason }),
    );
    const listener = {
      onCircuit: ({ id }: PoolNode, up: boolean, reason: string) => {
        this.emit('node', { node: id, up, reason });
        this.#room.wakeAll();
      },
      onFree: () => this.#room.wakeSome(),
    };
    const nodes = [settings.source, ...settings.replicas];
    this.#nodes = new Map(nodes.map((node) => [node.id, new PoolNode(node, settings, listener)]));
    const parts = {
      settings,
      nodes: this.#nodes,
      guidance: this.#guidance,
      budget: this.#budget,
      room: this.#room,
      counters: this.#counters,
      ended: this.#ended.signal,
    };
    this.#reads = new ReadDesk(parts);
    this.#writes = new WriteDesk(parts);
    this.#guidance.start();
  }

  get counters(): PoolCounters {
    return this.#counters.snapshot(this.#room.waiting);
  }

  async read<Result>(work: Work<Result>, options: ReadOptions = {}): Promise<Result> {
    const refusedBy = new Set<string>();
    let refusal: unknown = null;
    for (let retriesLeft = this.#settings.readRetriesMax; ;) {
      const checkout = await this.#checkoutRead(options, refusedBy).catch((error: unknown) => {
        // Of a server that was asked, its own answer says more than that no other one is left.
        throw refusal ?? error;
      });
      const { lent } = checkout;
      const giveUp = (): void => lent.tearOff('the read was given up');
      const callOff = options.signal === undefined ? null : onAbort(options.signal, giveUp);
      try {
        const result = await work(checkout.connection);
        await checkout.release();
        return result;
      } catch (error) {
        const isLost = lent.watch.lost !== null || isConnectionLoss(error);
        if (isLost && lent.watch.lost === null) await checkout.destroy();
        else await checkout.release();
        options.signal?.throwIfAborted();
        if (!isLost && lacksResource(error)) {
          refusal ??= error;
          refusedBy.add(lent.node.id);
        } else if (isLost && retriesLeft > 0) retriesLeft -= 1;
        else throw error;
        this.#counters.readsRetried += 1;
      } finally {
        callOff?.();
      }
    }
  }

  async write<Result>(work: Work<Result>, options: WriteOptions = {}): Promise<Result> {
    const checkout = await this.#checkoutWrite(options);
    try {
      return await work(checkout.connection);
    } finally {
      await checkout.release();
    }
  }

  async transaction<Result>(work: Work<Result>, options: TransactionOptions = {}): Promise<Result> {
    const checkout = await this.#checkoutWrite(options);
    try {
      return await runTransaction(checkout.lent, work, options);
    } finally {
      await checkout.release();
    }
  }

  checkout(kind: 'read' | 'write', options: ReadOptions = {}): Promise<Checkout> {
    return kind === 'read' ? this.#checkoutRead(options) : this.#checkoutWrite(options);
  }

  session(token = ''): PoolSession {
    return new TrackedSession(this.#scope, this.#settings.untrackedWriteMs, token);
  }

  runInSession<Result>(token: string | undefined, work: () => Result): Result {
    return this.session(token).run(work);
  }

  currentToken(): string | null {
    return this.#scope.getStore()?.token ?? null;
  }

  currentSession(): PoolSession | null {
    return this.#scope.getStore() ?? null;
  }

  explain(options: ReadOptions = {}): PoolExplanation {
    const request = readRequest(options, this.#scope.getStore() ?? null, this.#settings.zone);
    return explainPool({
      guidance: this.#guidance,
      nodes: this.#nodes,
      reads: this.#reads,
      request,
      budget: this.#budget,
    });
  }

  ready(): Promise<void> {
    return (this.#readying ??= this.#untilReady().finally(() => (this.#readying = null)));
  }

  async #untilReady(): Promise<void> {
    const deadlineMs = performance.now() + this.#settings.checkoutMsMax;
    while (this.#guidance.current() === null) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0)
        throw this.#counted(
          new TailraceError('TR_POOL_CHECKOUT', {
            what: 'Nothing is known about any server yet.',
            why: this.#guidance.words,
          }),
        );
      this.#requireOpen();
      await this.#room.stay(leftMs, null);
    }
  }

  end({ timeoutMs = endMsDefault }: { readonly timeoutMs?: number } = {}): Promise<void> {
    return (this.#ending ??= this.#end(timeoutMs));
  }

  async #end(timeoutMs: number): Promise<void> {
    this.#ended.abort(new TailraceError('TR_POOL_ENDED', { what: 'The pool was ended.' }));
    this.#room.wakeAll();
    await this.#guidance.end();
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#counters.checkedOutNow > 0 && performance.now() < deadlineMs)
      await this.#room.stay(deadlineMs - performance.now(), null);
    await Promise.all([...this.#nodes.values()].map((node) => node.end(quitMsMax)));
    this.#room.close();
  }

  async #checkoutRead(
    options: ReadOptions,
    refusedBy: ReadonlySet<string> = new Set(),
  ): Promise<OwnCheckout> {
    return this.#counting(async () => {
      const session = this.#scope.getStore() ?? null;
      const request = readRequest(options, session, this.#settings.zone);
      const deadlineMs = performance.now() + this.#settings.checkoutMsMax;
      const signal = options.signal ?? null;
      const found = await this.#reads.lend({ request, deadlineMs, signal, refusedBy });
      if (found.kind === 'source' && request.session !== null)
        await this.#writes.settle(found.lent, request.session);
      this.#requireWanted(found, options.signal);
      return this.#lend(found.lent, found.kind, () => {
        found.onBack();
        return Promise.resolve();
      });
    });
  }

  async #checkoutWrite(options: WriteOptions): Promise<OwnCheckout> {
    return this.#counting(async () => {
      const session = this.#scope.getStore() ?? null;
      const deadlineMs = performance.now() + this.#settings.checkoutMsMax;
      const lent = await this.#writes.lend(deadlineMs, options.signal ?? null);
      this.#requireWanted({ lent, onBack: () => undefined }, options.signal);
      return this.#lend(lent, 'source', () => this.#writes.collect(lent, session));
    });
  }

  /** Throws the reason of `signal` when whoever asked has given up meanwhile; the connection then goes back as it came. */
  #requireWanted({ lent, onBack }: Pick<LentRead, 'lent' | 'onBack'>, signal?: AbortSignal): void {
    if (signal?.aborted !== true) return;
    onBack();
    void lent.giveBack(true);
    throw signal.reason;
  }

  #lend(lent: LentConnection, kind: 'replica' | 'source', onBack: () => Promise<void>): OwnCheckout {
    this.#counters.checkedOutNow += 1;
    let back: Promise<void> | null = null;
    const giveBack = async (isUsable: boolean): Promise<void> => {
      await onBack();
      this.#counters.checkedOutNow -= 1;
      // Nobody has to wait until what was left open on it is rolled back.
      void lent.giveBack(isUsable);
      if (this.#ending !== null) this.#room.wakeAll();
    };
    return {
      connection: lent.connection,
      node: lent.node.id,
      kind,
      lent,
      release: () => (back ??= giveBack(true)),
      destroy: () => (back ??= giveBack(false)),
    };
  }

  async #counting<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      this.#requireOpen();
      return await work();
    } catch (error) {
      throw this.#counted(error);
    }
  }

  #requireOpen(): void {
    this.#ended.signal.throwIfAborted();
  }

  #counted(error: unknown): unknown {
    if (error instanceof TailraceError) this.#counters.error(error.code);
    return error;
  }
}
