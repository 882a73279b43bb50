import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { sql } from './sql.js';
import { waitFor } from './wait-for.js';

/**
 * Purges all binary logs before `file`. A server leaves files that somebody is reading, and says so in a warning at most: readers of an
 * earlier test may be on their way out still.
 */
export async function purgeBinaryLogs(source: ServerConnection, file: string): Promise<void> {
  const purged = async (): Promise<boolean> => {
    await sql(source, `PURGE BINARY LOGS TO '${file}'`);
    const [first] = await source.query<{ Log_name: string }>('SHOW BINARY LOGS');
    return first?.Log_name === file;
  };
  await waitFor(purged, { what: 'the binary logs to be purged' });
}
