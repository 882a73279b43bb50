import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { Checkout, ReadOptions } from '../replica-pool.js';
import { ConnectionHold } from './connection-hold.js';
import { PromiseConnection } from './promise-connection.js';
import { readArguments, type StatementArguments, type StatementRequest } from './statement-request.js';
import { routeStatement, type StatementRoute } from '../statement-route.js';
import { RunningStatement } from './running-statement.js';
import type { StatementAnswer } from './statement-runner.js';
import type { StatementScope } from './statement-scope.js';

/** Statements that wait on one connection for those before them. */
const waitingMax = 10_000;

/**
 * What a package takes for a connection of mysql2. It has none of a server's for itself: each statement runs where it may, on
 * a connection of the pool; only a transaction, or what changes a session, holds one for as long as it needs it. Statements
 * run in the order in which they are given.
 */
export class StatementConnection extends EventEmitter {
  readonly #scope: StatementScope;
  readonly #aborting = new AbortController();
  #hold: ConnectionHold | null = null;
  readonly #streams = new Set<PassThrough>();
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isReturned = false;
  #sourceOnly = false;

  constructor(scope: StatementScope) {
    super();
    this.#scope = scope;
    // As many as wait for it may listen; mysql2's own has no limit either.
    this.setMaxListeners(0);
  }

  /** Whether everything goes to the source from now on. */
  set sourceOnly(only: boolean) {
    this.#sourceOnly = only;
  }

  /** As mysql2's: `(text or options, values?, callback?)`. Without a callback it is an emitter, or a stream. */
  query(...given: StatementArguments): RunningStatement {
    return this.#start('query', given);
  }

  /** The same, prepared on the server. */
  execute(...given: StatementArguments): RunningStatement {
    return this.#start('execute', given);
  }

  /** The same as promises, as mysql2's `promise()`. */
  promise(): PromiseConnection {
    return new PromiseConnection(this);
  }

  /** Gives back what is held, once the statements already given are done. Streams that are not read to their end are ended. */
  release(): void {
    if (this.#isReturned) return;
    this.#isReturned = true;
    this.#scope.forget(this);
    for (const rows of this.#streams) rows.destroy();
    const ended = this.#tail.then(() => this.#letGo());
    const isSettled = this.#hold === null && this.#waiting === 0;
    this.#tail = ended;
    if (!isSettled) this.#scope.settling(this.#hold?.session ?? this.#scope.pool.currentSession(), ended);
  }

  /** For a pool's connection the same as `release`; calls back when it is done. */
  end(callback?: (error?: Error) => void): void {
    this.release();
    void this.#tail.then(() => callback?.());
  }

  /** Gives up what runs, as far as it only reads, and rolls back what is open. */
  destroy(): void {
    this.#aborting.abort(new Error('the connection was destroyed by its user'));
    const hold = this.#hold;
    if (hold !== null) this.#scope.settling(hold.session, hold.checkout.destroy());
    this.release();
  }

  #start(method: StatementRequest['method'], given: StatementArguments): RunningStatement {
    const { request, callback } = readArguments(method, given);
    const running = new RunningStatement(
      () => this.#inTurn(() => this.#run(request)),
      (options) => this.#stream(request, options),
    );
    running.start(callback);
    return running;
  }

  /** Runs `work` behind all that was asked for before. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isReturned) throw connectionReturned();
    if (this.#waiting >= waitingMax) throw tooMany();
    this.#waiting += 1;
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined).then(() => (this.#waiting -= 1));
    return result;
  }

  async #run(request: StatementRequest): Promise<StatementAnswer> {
    this.#aborting.signal.throwIfAborted();
    const route = routeStatement(request.sql);
    const { pool, runner } = this.#scope;
    const hold = this.#hold ?? (await this.#takeFor(route));
    if (hold !== null) return this.#runHeld(hold, route, request);
    if (route.kind === 'memory') throw memoryOfNothing();
    if (!this.#isRead(route)) {
      return pool.write((connection) => runner.run(connection, request), { signal: this.#aborting.signal });
    }
    await this.#scope.settled();
    return pool.read((connection) => runner.run(connection, request), this.#readOptions());
  }

  async #runHeld(
    hold: ConnectionHold,
    route: StatementRoute,
    request: StatementRequest,
  ): Promise<StatementAnswer> {
    try {
      return await hold.run(route, request);
    } finally {
      // Before the answer is given: whoever gets it may read on another connection at once, and must see what was written.
      const isDone = !hold.isNeeded || (this.#scope.needs.isKept === true && hold.isIdle);
      if (isDone) await this.#letGo();
    }
  }

  /** A connection of the server that this statement and those after it need; null: any will do for it alone. */
  async #takeFor(route: StatementRoute): Promise<ConnectionHold | null> {
    const startsHold = ['begin', 'next-transaction', 'session'].includes(route.kind);
    if (!startsHold) return null;
    const onReplica = 'access' in route && route.access === 'read' && !this.#isSourceOnly;
    if (onReplica) await this.#scope.settled();
    const { pool, runner } = this.#scope;
    const session = pool.currentSession();
    const checkout = await (onReplica
      ? pool.checkout('read', this.#readOptions())
      : pool.checkout('write', { signal: this.#aborting.signal }));
    this.#hold = new ConnectionHold(checkout, session, runner);
    return this.#hold;
  }

  async #letGo(): Promise<void> {
    const hold = this.#hold;
    this.#hold = null;
    await hold?.end();
  }

  #stream(request: StatementRequest, options: object): PassThrough {
    const rows = new PassThrough({ ...options, objectMode: true });
    this.#streams.add(rows);
    rows.once('close', () => this.#streams.delete(rows));
    this.#inTurn(() => this.#pour(request, options, rows)).catch((error: unknown) =>
      rows.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    return rows;
  }

  /** Not by `pool.read`: when rows have been given out, the statement cannot be run again elsewhere. */
  async #pour(request: StatementRequest, options: object, rows: PassThrough): Promise<void> {
    const route = routeStatement(request.sql);
    const { runner } = this.#scope;
    this.#hold?.admit(route);
    const checkout = this.#hold?.checkout ?? (await this.#takeForStream(route));
    const isHeld = checkout === this.#hold?.checkout;
    let isWhole = false;
    try {
      await pipeline(await runner.stream(checkout.connection, request, options), rows);
      isWhole = true;
    } finally {
      // Rows that nobody wants any more would all have to be fetched before the connection is of use again.
      if (!isHeld) await (isWhole && route.kind !== 'session' ? checkout.release() : checkout.destroy());
    }
  }

  async #takeForStream(route: StatementRoute): Promise<Checkout> {
    const { pool } = this.#scope;
    if (!this.#isRead(route)) return pool.checkout('write', { signal: this.#aborting.signal });
    await this.#scope.settled();
    return pool.checkout('read', this.#readOptions());
  }

  get #isSourceOnly(): boolean {
    return this.#sourceOnly || this.#scope.needs.sourceOnly === true;
  }

  #isRead(route: StatementRoute): boolean {
    return route.kind === 'read' && !this.#isSourceOnly;
  }

  #readOptions(): ReadOptions {
    const { reads } = this.#scope.needs;
    const options = typeof reads === 'function' ? reads() : reads;
    const own = this.#aborting.signal;
    const signal = options?.signal === undefined ? own : AbortSignal.any([own, options.signal]);
    return { ...options, signal };
  }
}

function connectionReturned(): TailraceError {
  return new TailraceError('TR_POOL_CONNECTION_RETURNED', {
    what: 'A statement was sent to a connection that had been returned.',
  });
}

function tooMany(): TailraceError {
  return new TailraceError('TR_POOL_FULL', {
    what: `${waitingMax.toLocaleString('en-US')} statements wait on one connection for earlier ones.`,
    cure: 'Await statements, or spread them over more connections.',
  });
}

function memoryOfNothing(): TailraceError {
  return new TailraceError('TR_POOL_NO_STATEMENT_BEFORE', {
    what: 'LAST_INSERT_ID(), FOUND_ROWS() or ROW_COUNT() was used outside a transaction.',
    why: 'They refer to the previous statement on the same connection. Outside a transaction, statements run on any connection.',
  });
}
