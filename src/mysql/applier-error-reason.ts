import type { ServerConnection } from './server-connection.js';
import { ServerError } from './server-error.js';

/** ER_BAD_TABLE, ER_NO_SUCH_TABLE, ER_TABLEACCESS_DENIED: no such table before 8.0.22, or no SELECT on it. */
const unreadableErrnos = new Set([1051, 1146, 1142]);

/**
 * Why the replica's row applier failed. A refused BINLOG often answers no more than "Unknown error"; the reason is the
 * newest error of subsystem Repl in performance_schema.error_log ("The error_log Table" in the manual).
 *
 * @param sinceMicros by the replica's clock, µs since 1970: older entries are not looked at.
 * @param threadId the `threadId` of the session whose BINLOG failed; without it any session's errors count.
 * @returns null when there is no such entry, or the table is not there or not readable.
 */
export async function readApplierReason(
  connection: ServerConnection,
  sinceMicros = 0,
  threadId?: number,
): Promise<string | null> {
  const values: (number | string)[] = [];
  // The table also holds what the error log file had before the server started, when session numbers meant others.
  // MY-010116 is "starting as process"; the uptime, in whole seconds, tells where the log does not go back so far.
  let where = `SUBSYSTEM = 'Repl' AND PRIO = 'Error' AND LOGGED >= COALESCE(
    (SELECT MAX(LOGGED) FROM performance_schema.error_log WHERE ERROR_CODE = 'MY-010116'),
    SYSDATE(6) - INTERVAL (
      SELECT VARIABLE_VALUE + 1 FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime') SECOND)`;
  if (sinceMicros > 0) {
    where += ' AND UNIX_TIMESTAMP(LOGGED) >= CAST(? AS DECIMAL(20, 0)) / 1000000';
    values.push(String(Math.floor(sinceMicros)));
  }
  if (threadId !== undefined) {
    where += ' AND THREAD_ID = ?';
    values.push(threadId);
  }
  try {
    const rows = await connection.query<{ data: string }>(
      `SELECT DATA AS data FROM performance_schema.error_log WHERE ${where} ORDER BY LOGGED DESC LIMIT 1`,
      values,
    );
    return rows[0]?.data ?? null;
  } catch (error) {
    if (error instanceof ServerError && unreadableErrnos.has(error.errno)) return null;
    throw error;
  }
}
