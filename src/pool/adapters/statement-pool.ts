import { EventEmitter } from 'node:events';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { ReplicaPool } from '../replica-pool.js';
import type { AdapterNeeds } from './adapter-options.js';
import type { PromiseConnection } from './promise-connection.js';
import type { RunningStatement } from './running-statement.js';
import { StatementConnection } from './statement-connection.js';
import type { StatementArguments } from './statement-request.js';
import { StatementScope } from './statement-scope.js';

type GetCallback = (error: Error | null, connection?: StatementConnection) => void;

/**
 * What a package takes for a pool of mysql2, in front of a `ReplicaPool`: each statement runs where it may. Connections are
 * cheap and as many as are asked for; those of servers are limited by the `ReplicaPool`.
 */
export class StatementPool extends EventEmitter {
  readonly #scope: StatementScope;
  #isEnded = false;

  constructor(pool: ReplicaPool, needs: AdapterNeeds = {}) {
    super();
    this.#scope = new StatementScope(pool, needs);
  }

  /** A connection, to be given back with `release`. Throws TR_POOL_ENDED. */
  take(): StatementConnection {
    if (this.#isEnded) {
      throw new TailraceError('TR_POOL_ENDED', { what: 'The adapter’s pool was ended.' });
    }
    const connection = new StatementConnection(this.#scope);
    this.#scope.remember(connection);
    return connection;
  }

  getConnection(callback: GetCallback): void {
    void this.promise()
      .getConnection()
      .then(
        ({ connection }) => callback(null, connection),
        (error: Error) => callback(error),
      );
  }

  /** One statement on a connection of its own. */
  query(...given: StatementArguments): RunningStatement {
    return this.#once((connection) => connection.query(...given));
  }

  execute(...given: StatementArguments): RunningStatement {
    return this.#once((connection) => connection.execute(...given));
  }

  promise(): PromisePool {
    return new PromisePool(this);
  }

  /** Takes no more work and waits for what runs. The `ReplicaPool` stays: others may use it. */
  end(callback?: (error?: Error) => void): void {
    this.#isEnded = true;
    const ended = this.#scope.open.map(
      (connection) => new Promise<void>((resolve) => connection.end(() => resolve())),
    );
    void Promise.all(ended).then(() => callback?.());
  }

  #once(start: (connection: StatementConnection) => RunningStatement): RunningStatement {
    const connection = this.take();
    const running = start(connection);
    running.onDone(() => connection.release());
    return running;
  }
}

/** A `StatementPool` as promises, as mysql2's own pools are by `promise()`. */
export class PromisePool {
  readonly pool: StatementPool;

  constructor(pool: StatementPool) {
    this.pool = pool;
  }

  query(statement: StatementArguments[0], values?: unknown): Promise<[result: unknown, fields: unknown]> {
    return this.#once((connection) => connection.query(statement, values));
  }

  execute(statement: StatementArguments[0], values?: unknown): Promise<[result: unknown, fields: unknown]> {
    return this.#once((connection) => connection.execute(statement, values));
  }

  // Errors are told by the promise, as mysql2 does.
  async getConnection(): Promise<PromiseConnection> {
    return Promise.resolve(this.pool.take().promise());
  }

  end(): Promise<void> {
    return new Promise((resolve) => this.pool.end(() => resolve()));
  }

  async #once<Result>(work: (connection: PromiseConnection) => Promise<Result>): Promise<Result> {
    const connection = this.pool.take().promise();
    try {
      return await work(connection);
    } finally {
      connection.release();
    }
  }
}
