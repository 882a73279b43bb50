import type { LabServer } from '../../src/lab/lab-server.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';

type Session = LabServer | ServerConnection;

/** Runs statements one after another in one session. */
export async function sql(target: Session, ...statements: readonly string[]): Promise<void> {
  await inSession(target, async (connection) => {
    for (const statement of statements) await connection.execute(statement);
  });
}

/** The first column of the first row; undefined without a row. */
export function sqlValue(target: Session, statement: string): Promise<unknown> {
  return inSession(target, async (connection) => {
    const [row = {}] = await connection.query(statement);
    return Object.values(row)[0];
  });
}

async function inSession<T>(target: Session, work: (connection: ServerConnection) => Promise<T>): Promise<T> {
  if ('query' in target) return work(target);
  const connection = await target.connect();
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
