import type { HintsOrigin } from './pool-explanation.js';
import type { EventEmitter } from 'node:events';
import type { PoolConnection } from 'mysql2/promise';
import type { Consistency } from '../hints/route.js';
import type { PoolCounters } from './pool-counters.js';
import type { PoolExplanation } from './pool-explanation.js';
import type { PoolSession } from './pool-session.js';

export interface ReadOptions {
  /** `session` where there is a session, else `eventual`. */
  readonly consistency?: Consistency;
  /** The data may be so old; as old as the hints permit by default. */
  readonly maxLagMs?: number;
  /** Transactions that must be there, beside those of the session: the text of a GTID set. */
  readonly minGtid?: string;
  /** Given up when aborted: while waiting for a connection, and also later, by dropping the connection. */
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  /** Given up when aborted while waiting for a connection. What has begun is not torn off. */
  readonly signal?: AbortSignal;
}

export interface TransactionOptions extends WriteOptions {
  /** That of the server by default. */
  readonly isolation?: 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
}

/** What runs on a connection of the pool, which goes back by itself. */
export type Work<Result> = (connection: PoolConnection) => Result | Promise<Result>;

/** A connection that was taken out by hand. */
export interface Checkout {
  readonly connection: PoolConnection;
  /** The id of the server. */
  readonly node: string;
  readonly kind: 'replica' | 'source';
  /**
   * Gives the connection back, and for a write brings its transactions into the session it was taken out in. Resolves when that is
   * done: what is read in the session from then on sees the write. Never rejects; does nothing the second time.
   */
  release(): Promise<void>;
  /** The same for a connection that must not be used again. */
  destroy(): Promise<void>;
}

/** What the pool tells while it works; for metrics and logs. */
export interface PoolEvents {
  /** A server was found to be down, or up again, by this pool. */
  readonly node: readonly [event: { readonly node: string; readonly up: boolean; readonly reason: string }];
  /** Where routing comes from changed. */
  readonly hints: readonly [event: { readonly origin: HintsOrigin; readonly reason: string }];
}

/**
 * Connections to a source and its replicas. Every method that runs something rejects with a `TailraceError` of code `TR_POOL_…` when the pool
 * is the reason, and else with what the work or the server threw.
 */
export interface ReplicaPool extends EventEmitter<{
  -readonly [Name in keyof PoolEvents]: [...PoolEvents[Name]];
}> {
  /**
   * Runs `work` on a server that may answer it. It must only read: when its connection is lost it is run again on another one,
   * `readRetriesMax` times.
   */
  read<Result>(work: Work<Result>, options?: ReadOptions): Promise<Result>;
  /** Runs `work` once on the source; its transactions become part of the session. */
  write<Result>(work: Work<Result>, options?: WriteOptions): Promise<Result>;
  /** The same in one transaction: committed when `work` resolves, rolled back when it rejects. */
  transaction<Result>(work: Work<Result>, options?: TransactionOptions): Promise<Result>;
  /** For adapters: a connection by hand. Errors: `TR_POOL_…`. */
  checkout(kind: 'read', options?: ReadOptions): Promise<Checkout>;
  checkout(kind: 'write', options?: WriteOptions): Promise<Checkout>;
  checkout(kind: 'read' | 'write', options?: ReadOptions): Promise<Checkout>;

  /** A session that begins with a token, or without one. Throws `TR_POOL_TOKEN` for a text that is no token. */
  session(token?: string): PoolSession;
  /** Runs `work` in such a session: everything that it starts, however deep, is part of it. */
  runInSession<Result>(token: string | undefined, work: () => Result): Result;
  /** The token of the session that runs here: '' while it has written nothing; null: there is no session. */
  currentToken(): string | null;
  /** The session that runs here. */
  currentSession(): PoolSession | null;

  /** What the pool knows of each server, where reads went and why, and where the next one would go. */
  explain(options?: ReadOptions): PoolExplanation;
  /** What was done so far. */
  readonly counters: PoolCounters;
  /** Resolves when it is known where to read, which the first checkout else waits for. Errors: `TR_POOL_CHECKOUT`. */
  ready(): Promise<void>;
  /** Takes no more work, waits for what runs (so many milliseconds at most), and leaves nothing open. Never rejects. */
  end(options?: { readonly timeoutMs?: number }): Promise<void>;
}
