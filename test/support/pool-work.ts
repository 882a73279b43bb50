import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { ReplicaPool, Work } from '../../src/pool/replica-pool.js';

/** Adds a row to `t`, and gives its id. */
export const insertRow: Work<number> = async (db) => {
  const [result] = await db.query<ResultSetHeader>('INSERT INTO t (n) VALUES (0)');
  return result.insertId;
};

/** Whether `t` has that row. */
export async function hasRow(db: PoolConnection, id: number): Promise<boolean> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT id FROM t WHERE id = ?', [id]);
  return rows.length === 1;
}

/** The same by a read of a pool. */
export const readsRow = (pool: ReplicaPool, id: number): Promise<boolean> =>
  pool.read((db) => hasRow(db, id));

/** The id of the server that answers. */
export const serverOf: Work<string> = async (db) => {
  const [rows] = await db.query<RowDataPacket[]>('SELECT @@port AS port');
  return `127.0.0.1:${rows[0]!.port}`;
};

/** The number that the server gave to the connection. */
export const threadOf: Work<number> = (db) => db.threadId;
