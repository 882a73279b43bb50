import { GtidSet } from '../gtid/gtid-set.js';
import type { ServerConnection } from './server-connection.js';

/** What a server that has GTIDs has executed. Not asked for with SHOW VARIABLES, which cuts long sets. */
export async function readGtidExecuted(connection: ServerConnection): Promise<GtidSet> {
  const [row] = await connection.query<{ gtids: string }>('SELECT @@GLOBAL.gtid_executed AS gtids');
  return GtidSet.parse(row?.gtids ?? '');
}

/** The same, and what it no longer sends. */
export async function readGtidSets(
  connection: ServerConnection,
): Promise<{ readonly executed: GtidSet; readonly purged: GtidSet }> {
  const [row] = await connection.query<{ executed: string; purged: string }>(
    'SELECT @@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged',
  );
  return { executed: GtidSet.parse(row?.executed ?? ''), purged: GtidSet.parse(row?.purged ?? '') };
}
