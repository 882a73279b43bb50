import type { ServerConnection } from '../mysql/server-connection.js';
import { isMysqlAtLeast, type ServerVersion } from '../mysql/server-version.js';

/** A metadata lock that a DDL statement holds is waited for this long. */
const lockWaitSeconds = 60;

/**
 * Sets a session up so that values read the same on every server, nothing can be written, and each statement has a snapshot of its
 * own. ALLOW_INVALID_DATES only lets a key such as 2024-02-31 be compared with; no mode that pads CHAR values or quotes
 * identifiers differently is left.
 */
export async function prepareReadSession(
  connection: ServerConnection,
  version: ServerVersion,
): Promise<void> {
  const settings = [
    "sql_mode='ALLOW_INVALID_DATES'",
    "time_zone='+00:00'",
    // The columns of a key are put together.
    'group_concat_max_len=1048576',
    `lock_wait_timeout=${lockWaitSeconds}`,
    // A hidden primary key is a key like any other, and the estimates of rows must not be of yesterday.
    ...(isMysqlAtLeast(version, 8, 0, 30) ? ['show_gipk_in_create_table_and_information_schema=ON'] : []),
    ...(isMysqlAtLeast(version, 8) ? ['information_schema_stats_expiry=0'] : []),
  ];
  await connection.execute(`SET SESSION ${settings.join(', ')}`);
  await connection.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await connection.execute('SET SESSION TRANSACTION READ ONLY');
}
