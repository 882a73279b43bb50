import mysql from 'mysql2';
import type { Connection, Pool, PoolConnection } from 'mysql2';
import type { NodeSettings } from './pool-settings.js';

/** A pool of mysql2 to one server. The only place here that makes connections. */
export function openDriverPool({ driver }: NodeSettings, connectMsMax: number): Pool {
  return mysql.createPool({ ...driver, connectTimeout: connectMsMax });
}

export function takeConnection(pool: Pool): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => (error === null ? resolve(connection) : reject(error)));
  });
}

export interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Runs a statement of our own; rows by column name, whatever the application has set for its own. */
export function ask(connection: Connection, sql: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const statement = { sql, rowsAsArray: false, nestTables: false, typeCast: true } as const;
    connection.query(statement, (error, result) => {
      if (error !== null) reject(error);
      else resolve({ rows: Array.isArray(result) ? (result as Answer['rows']) : [] });
    });
  });
}

export function ping(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    // The driver gives undefined, and not null, when all is well.
    connection.ping((error) => (error ? reject(error) : resolve()));
  });
}

/** COM_RESET_CONNECTION: rolls back, and puts back most of what a session is made of. Rejects where the server does not know it. */
export function resetSession(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    const resettable = connection as unknown as { reset(done: (error: Error | null) => void): void };
    resettable.reset((error) => (error === null ? resolve() : reject(error)));
  });
}

/** A connection outside of the pool's limit, not connected yet: what is asked on it waits for that. */
export function newConnection({ driver }: NodeSettings, connectMsMax: number): Connection {
  const connection = mysql.createConnection({ ...driver, connectTimeout: connectMsMax });
  // Whatever happens to it is told by what is asked on it.
  connection.on('error', () => undefined);
  return connection;
}

/** Drops it at once; whoever waits for an answer is told. */
export function dropConnection(connection: Connection): void {
  const { stream } = connection as unknown as { stream: { destroy(): void } };
  stream.destroy();
}
