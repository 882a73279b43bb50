import type { StoredCheckpoint } from '../checkpoint/checkpoint-entry.js';
import type { GtidSet } from '../gtid/gtid-set.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { claimedGtids } from './checkpoint-life.js';

/**
 * Whether every table of users on the replica was created after the checkpoint was written, and the
 * checkpoint's own was not: what the checkpoint speaks of was then loaded again behind its back. A dump or a physical copy that
 * holds schema `tailrace` brings both, and is no such case. False while there is no table at all, and
 * not looked at where `gtid_executed` (null: no GTIDs) has all that the checkpoint claims: with many tables it takes a while.
 */
export async function isDataNewer(
  connection: ServerConnection,
  checkpoint: StoredCheckpoint | null,
  executed: GtidSet | null,
): Promise<boolean> {
  const writtenAt = checkpoint?.life.writtenAt ?? null;
  if (writtenAt === null || executed?.contains(claimedGtids(checkpoint)) === true) return false;
  const [row] = await connection.query<Record<string, string | number | null>>(
    "SELECT SUM(TABLE_SCHEMA = 'tailrace') AS own, COUNT(*) AS tables_all, " +
      'SUM(UNIX_TIMESTAMP(CREATE_TIME) > ?) AS newer, ' +
      "SUM(TABLE_SCHEMA = 'tailrace' AND UNIX_TIMESTAMP(CREATE_TIME) > ?) AS own_newer " +
      "FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' " +
      "AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') " +
      "AND (TABLE_SCHEMA <> 'tailrace' OR TABLE_NAME = 'checkpoint')",
    [writtenAt, writtenAt],
  );
  if (row === undefined) return false;
  const users = Number(row['tables_all']) - Number(row['own']);
  return users > 0 && Number(row['own_newer']) === 0 && Number(row['newer']) === users;
}
