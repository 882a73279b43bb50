import type { ReadOptions } from '../replica-pool.js';

/** What every adapter takes. */
export interface AdapterOptions {
  /** How fresh reads must be. A function is asked before each of them, in the context of the caller. */
  readonly reads?: ReadOptions | (() => ReadOptions | undefined);
}

/** What one package needs of the connections that it is given. */
export interface AdapterNeeds extends AdapterOptions {
  /** mysql2's options for every query; those of a single query go before. */
  readonly queryOptions?: Readonly<Record<string, unknown>>;
  /** How values become part of a statement's text; by default as the pool's own connections do it. */
  readonly format?: (sql: string, values: unknown) => string;
  /** Runs once on each connection to a server before anything else does. */
  readonly setup?: string;
  /** Nothing is read from replicas. */
  readonly sourceOnly?: boolean;
  /** The package keeps its connections: they hold one of a server's during a transaction and no longer. */
  readonly isKept?: boolean;
}
