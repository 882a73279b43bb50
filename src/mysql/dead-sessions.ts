import type { ServerConnection } from './server-connection.js';
import { ServerError } from './server-error.js';

/** ER_NO_SUCH_THREAD, ER_KILL_DENIED_ERROR, and what servers before 9 answer to an id that they do not know. */
const notKilledErrnos = new Set([1094, 1095]);

/**
 * A session of a tailrace that is alive is asked for something every 5 s at most (`pulseMs`). One that was idle for so long has lost its
 * client, or that client stands still and may as well lose it: the owner fence keeps it from writing when it wakes up.
 */
export const deadIdleSeconds = 30;

/** Ends a session of our own user, which needs no privilege; false when there is none, or it is somebody else's. */
export async function killSession(connection: ServerConnection, threadId: number): Promise<boolean> {
  try {
    await connection.execute(`KILL ${threadId}`);
    return true;
  } catch (error) {
    if (error instanceof ServerError && notKilledErrnos.has(error.errno)) return false;
    throw error;
  }
}

/**
 * Ends sessions of our own user that apply and wait for a statement that will not come: those of `ids`, which this process has given
 * up, and all whose tailrace is gone. Returns their ids.
 */
export async function endDeadSessions(
  connection: ServerConnection,
  ids: readonly number[],
): Promise<number[]> {
  const ended: number[] = [];
  for (const id of await readDeadSessions(connection, ids)) {
    if (await killSession(connection, id)) ended.push(id);
  }
  return ended;
}

async function readDeadSessions(connection: ServerConnection, ids: readonly number[]): Promise<number[]> {
  const given = ids.length === 0 ? 'FALSE' : `p.ID IN (${ids.join()})`;
  try {
    const rows = await connection.query<{ id: string }>(
      'SELECT p.ID AS id FROM information_schema.PROCESSLIST p JOIN performance_schema.session_account_connect_attrs a ' +
        "ON a.PROCESSLIST_ID = p.ID WHERE a.ATTR_NAME = 'program_name' AND p.COMMAND = 'Sleep' AND p.ID <> CONNECTION_ID() " +
        "AND (a.ATTR_VALUE LIKE 'tailrace lane %' OR a.ATTR_VALUE IN ('tailrace control', 'tailrace statement', 'tailrace snapshot lock')) " +
        `AND (${given} OR p.TIME >= ${deadIdleSeconds})`,
    );
    return rows.map(({ id }) => Number(id));
  } catch (error) {
    // A server that does not tell ends them by itself, later: see `wait_timeout` in session-setup.ts.
    if (error instanceof ServerError) return [];
    throw error;
  }
}
