import type { Socket } from 'node:net';
import mysql from 'mysql2';
import type { Connection, ConnectionOptions, QueryError, ResultSetHeader } from 'mysql2';
import type { TailraceError } from '../errors/tailrace-error.js';
import { connectFailure, connectionLost, statementFailure } from './connection-failure.js';
import { formatStatement } from './identifier.js';
import type { ServerAddress } from './server-address.js';

/** A row by column name. BIGINT, DECIMAL and temporal values are text, binary ones Buffers, JSON is parsed. */
export type Row = Record<string, unknown>;

export interface ConnectOptions {
  readonly database?: string;
  /** Lets one query hold several statements. Off by default. */
  readonly multipleStatements?: boolean;
  /** For connecting and logging in, together. 10,000 by default; statements have no limit. */
  readonly timeoutMs?: number;
  /** Says what the connection is for; a DBA sees `tailrace <label>` as program_name in session_connect_attrs. */
  readonly sessionLabel?: string;
}

const connectTimeoutMs = 10_000;
const quitTimeoutMs = 2_000;

/**
 * Settings of the server that would change what our own statements mean, or end an idle lane. A replayed statement sets
 * its own sql_mode before it runs.
 */
const sessionSetup =
  "SET SESSION autocommit=1, completion_type='NO_CHAIN', wait_timeout=31536000, sql_mode='STRICT_ALL_TABLES'";

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
  #lost: TailraceError | null = null;
  #closing = false;

  /** Takes a connection that is logged in; use `openConnection`. */
  constructor(raw: Connection, address: ServerAddress) {
    this.raw = raw;
    this.address = address;
    this.threadId = raw.threadId;
    raw.on('error', (error: unknown) => this.#lose(statementFailure(error, address).message));
    raw.on('end', () => this.#lose('the server closed the connection'));
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
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const done = (error: unknown): void => {
        this.#waiting.delete(reject);
        if (error === null) resolve();
        else reject(statementFailure(error, this.address));
      };
      (this.raw as unknown as { addCommand(command: object): void }).addCommand(make(done));
    });
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

  /** Ends the session after the statements already given; never rejects, and takes 2 s at most. */
  async close(): Promise<void> {
    if (this.#closing || this.#lost !== null) return this.destroy();
    this.#closing = true;
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
    dropSocket(this.raw);
    this.#rejectWaiting(connectionLost(this.address, 'tailrace dropped it'));
  }

  #run(sql: string, values: readonly unknown[] | undefined): Promise<unknown> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (this.#closing) return Promise.reject(connectionLost(this.address, 'tailrace closed it'));
    return new Promise((resolve, reject) => {
      const text = values === undefined ? sql : formatStatement(sql, values);
      // mysql2 forgets the waiting commands of a destroyed connection; nobody may wait for them for ever.
      this.#waiting.add(reject);
      this.raw.query(text, (error: QueryError | null, result: unknown) => {
        this.#waiting.delete(reject);
        if (error === null) resolve(result);
        else reject(statementFailure(error, this.address));
      });
    });
  }

  #lose(why: string): void {
    if (this.#closing || this.#lost !== null) return;
    this.#lost = connectionLost(this.address, why);
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
 * Connects and logs in. Errors: TR_SERVER_UNREACHABLE, TR_SERVER_ACCESS_DENIED. With `tls: 'preferred'` a server that
 * offers no usable TLS is then tried without.
 */
export async function openConnection(
  address: ServerAddress,
  options: ConnectOptions = {},
): Promise<ServerConnection> {
  const connection = new ServerConnection(await connect(address, options), address);
  try {
    await connection.execute(sessionSetup);
  } catch (error) {
    connection.destroy();
    throw connectFailure(error, address);
  }
  return connection;
}

async function connect(address: ServerAddress, options: ConnectOptions): Promise<Connection> {
  try {
    return await connectOnce(driverOptions(address, options, tlsOptions(address)));
  } catch (error) {
    const { code } = error as { code?: string };
    const noTls = code === 'HANDSHAKE_NO_SSL_SUPPORT' || code === 'HANDSHAKE_SSL_ERROR';
    if (address.tls !== 'preferred' || !noTls) throw connectFailure(error, address);
  }
  try {
    return await connectOnce(driverOptions(address, options, null));
  } catch (error) {
    throw connectFailure(error, address);
  }
}

function connectOnce(options: ConnectionOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const raw = mysql.createConnection(options);
    // mysql2's own limit ends with the first packet of the server; a login that hangs later must end, too.
    const timer = setTimeout(
      () => fail(Object.assign(new Error('the login took too long'), { code: 'ETIMEDOUT' })),
      options.connectTimeout,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      dropSocket(raw);
      reject(error);
    };
    // Stays: an error after a failed login has nobody else to go to.
    raw.on('error', fail);
    raw.once('connect', () => {
      clearTimeout(timer);
      raw.removeListener('error', fail);
      resolve(raw);
    });
  });
}

/** mysql2's `destroy` only half-closes the socket: a peer that no longer answers would keep it, and the process, alive. */
function dropSocket(raw: Connection): void {
  raw.destroy();
  (raw as unknown as { readonly stream: Socket }).stream.destroy();
}

function tlsOptions(address: ServerAddress): NonNullable<ConnectionOptions['ssl']> | null {
  switch (address.tls) {
    case 'verify':
      return { rejectUnauthorized: true, verifyIdentity: true };
    case 'required':
    case 'preferred':
      return { rejectUnauthorized: false };
    default:
      return null;
  }
}

function driverOptions(
  address: ServerAddress,
  options: ConnectOptions,
  ssl: NonNullable<ConnectionOptions['ssl']> | null,
): ConnectionOptions {
  const label = options.sessionLabel === undefined ? '' : ` ${options.sessionLabel}`;
  return {
    ...(address.socketPath === undefined
      ? { host: address.host, port: address.port }
      : { socketPath: address.socketPath }),
    user: address.user,
    password: address.password,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(ssl === null ? {} : { ssl }),
    multipleStatements: options.multipleStatements ?? false,
    connectTimeout: options.timeoutMs ?? connectTimeoutMs,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    // Values are in the text already; mysql2 would search every byte of it for placeholders.
    queryFormat: (sql: string) => sql,
    connectAttributes: { program_name: `tailrace${label}` },
  };
}
