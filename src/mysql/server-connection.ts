import type { Socket } from 'node:net';
import type { Connection, QueryError, ResultSetHeader } from 'mysql2';
import type { TailraceError } from '../errors/tailrace-error.js';
import { connectFailure, connectionLost, statementFailure } from './connection-failure.js';
import {
  type ConnectOptions,
  dropSocket,
  greetedVersion,
  openDriverConnection,
} from './driver-connection.js';
import { formatStatement } from './identifier.js';
import type { ServerAddress } from './server-address.js';
import { SessionPulse } from './session-pulse.js';
import { sessionSetup } from './session-setup.js';

/** A row by column name. BIGINT, DECIMAL and temporal values are text, binary ones Buffers, JSON is parsed. */
export type Row = Record<string, unknown>;

export type { ConnectOptions } from './driver-connection.js';

const quitTimeoutMs = 1_000;

/**
 * One session on a server. Statements run one after another in the order they are given. Errors: `ServerError` for what the
 * server refuses; TailraceError TR_SERVER_LOST once the connection is gone.
 */
export class ServerConnection {
  /** mysql2's connection, for commands that `query` does not cover. */
  readonly raw: Connection;
  /** The server's processlist id of this session. */
  readonly threadId: number;
  readonly address: ServerAddress;
  readonly #waiting = new Set<(error: TailraceError) => void>();
  readonly #lostCallbacks: ((error: TailraceError) => void)[] = [];
  readonly #pulse: SessionPulse;
  #lost: TailraceError | null = null;
  #closing = false;

  /** Takes a connection that is logged in; use `openConnection`. */
  constructor(raw: Connection, address: ServerAddress) {
    this.raw = raw;
    this.address = address;
    this.threadId = raw.threadId;
    raw.on('error', (error: unknown) => this.#lose(statementFailure(error, address).message));
    raw.on('end', () => this.#lose('the server closed the connection'));
    this.#pulse = new SessionPulse({
      address,
      threadId: this.threadId,
      socket: () => (raw as unknown as { readonly stream: Socket }).stream,
      waiting: () => this.#waiting.size,
      ping: () => void this.#send((done) => raw.ping(done)).catch(() => undefined),
      dead: (why) => this.#lose(why),
    });
  }

  /**
   * Runs a statement and returns its rows; none for a statement without a result set. `?` stand for `values`, quoted by
   * `formatStatement`. With `multipleStatements` the elements are the results of each statement.
   */
  async query<T = Row>(sql: string, values?: readonly unknown[]): Promise<T[]> {
    const result = await this.#run(sql, values);
    return Array.isArray(result) ? (result as T[]) : [];
  }

  /** Runs a statement that changes something. */
  async execute(sql: string, values?: readonly unknown[]): Promise<{ affectedRows: number }> {
    const result = await this.#run(sql, values);
    return { affectedRows: Array.isArray(result) ? 0 : (result as ResultSetHeader).affectedRows };
  }

  /**
   * Runs a command of our own through mysql2's queue; `make` gets what to call at its end, with null or what went wrong.
   * Errors as those of `query`.
   */
  command(make: (done: (error: unknown) => void) => object): Promise<void> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (this.#closing) return Promise.reject(connectionLost(this.address, 'tailrace closed it'));
    return this.#send((done) =>
      (this.raw as unknown as { addCommand(command: object): void }).addCommand(make(done)),
    );
  }

  /**
   * Makes the session what it was behind its login, but for its default schema: the server ends what is open, drops temporary
   * tables, forgets user variables and gives up locks, and every setting is the default of the server again (COM_RESET_CONNECTION,
   * since MySQL 5.7.3). Then it is set up as `openConnection` does it. Errors as those of `query`.
   */
  async reset(): Promise<void> {
    if (this.#lost !== null) throw this.#lost;
    if (this.#closing) throw connectionLost(this.address, 'tailrace closed it');
    await this.#send((done) => this.raw.reset(done));
    await this.execute(sessionSetup(greetedVersion(this.raw)));
  }

  /** Calls back once when the connection is lost without `close` or `destroy`; at once if it already is. */
  onLost(callback: (error: TailraceError) => void): void {
    if (this.#lost !== null) callback(this.#lost);
    else this.#lostCallbacks.push(callback);
  }

  /** True until the connection is closed, destroyed or lost. */
  get usable(): boolean {
    return this.#lost === null && !this.#closing;
  }

  /** Ends the session after the statements already given; never rejects, and takes 1 s at most. */
  async close(): Promise<void> {
    if (this.#closing || this.#lost !== null) return this.destroy();
    this.#closing = true;
    this.#pulse.end();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, quitTimeoutMs);
      this.raw.end(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    dropSocket(this.raw);
  }

  /** Drops the connection at once; the server rolls back what was open. Statements that wait are rejected. */
  destroy(): void {
    this.#closing = true;
    this.#pulse.end();
    dropSocket(this.raw);
    this.#rejectWaiting(connectionLost(this.address, 'tailrace dropped it'));
  }

  #run(sql: string, values: readonly unknown[] | undefined): Promise<unknown> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (this.#closing) return Promise.reject(connectionLost(this.address, 'tailrace closed it'));
    const text = values === undefined ? sql : formatStatement(sql, values);
    return this.#send((done) =>
      this.raw.query(text, (error: QueryError | null, result: unknown) => done(error, result)),
    );
  }

  /** mysql2 forgets the waiting commands of a destroyed connection; nobody may wait for them for ever. */
  #send<T>(give: (done: (error: unknown, result?: unknown) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#pulse.given();
      give((error, result) => {
        this.#waiting.delete(reject);
        this.#pulse.heard();
        // A ping that was answered tells nothing at all.
        if (error === null || error === undefined) resolve(result as T);
        else reject(statementFailure(error, this.address));
      });
    });
  }

  #lose(why: string): void {
    if (this.#closing || this.#lost !== null) return;
    this.#lost = connectionLost(this.address, why);
    this.#pulse.end();
    dropSocket(this.raw);
    this.#rejectWaiting(this.#lost);
    for (const callback of this.#lostCallbacks.splice(0)) callback(this.#lost);
  }

  #rejectWaiting(error: TailraceError): void {
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}

/**
 * Connects, logs in and sets the session up. Errors: TR_SERVER_UNREACHABLE, TR_SERVER_ACCESS_DENIED. With `tls: 'preferred'` a server
 * that offers no usable TLS is then tried without.
 */
export async function openConnection(
  address: ServerAddress,
  options: ConnectOptions = {},
): Promise<ServerConnection> {
  let raw: Connection;
  try {
    raw = await openDriverConnection(address, options);
  } catch (error) {
    throw connectFailure(error, address);
  }
  const connection = new ServerConnection(raw, address);
  try {
    await connection.execute(sessionSetup(greetedVersion(raw)));
  } catch (error) {
    connection.destroy();
    throw connectFailure(error, address);
  }
  return connection;
}
