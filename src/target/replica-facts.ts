import type { BinlogPosition } from '../binlog/binlog-position.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { readGtidSets } from '../mysql/gtid-executed.js';
import { readNativeReplication } from '../mysql/native-replication.js';
import { readVariables } from '../mysql/read-variables.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { isMysqlAtLeast, parseServerVersion } from '../mysql/server-version.js';
import type { SourceFacts } from '../source/source.js';

/** What a link must know of its replica. */
export interface ReplicaFacts {
  readonly version: string;
  readonly gtidMode: boolean;
  /** `gtid_purged` takes an addition while the server runs (MySQL 8.0 and later). */
  readonly canAdopt: boolean;
  readonly executed: GtidSet;
  readonly packetBytesMax: number;
  /** How far native replication from the source of this UUID has come; null: it is not configured. */
  nativePosition(sourceUuid: string): BinlogPosition | null;
}

/** How a link of these two goes. */
export interface GtidManner {
  /** By GTIDs; else by file and offset. */
  readonly byGtid: boolean;
  /** The replica can be told of the GTIDs of whole epochs. */
  readonly canAdopt: boolean;
}

export function gtidManner(
  source: Pick<SourceFacts, 'gtidMode'>,
  replica: Pick<ReplicaFacts, 'gtidMode' | 'canAdopt'>,
): GtidManner {
  const byGtid = source.gtidMode && replica.gtidMode;
  return { byGtid, canAdopt: byGtid && replica.canAdopt };
}

export async function readReplicaFacts(connection: ServerConnection): Promise<ReplicaFacts> {
  const variables = await readVariables(connection, ['version', 'gtid_mode', 'max_allowed_packet']);
  const version = variables.get('version') ?? '';
  const gtidMode = variables.get('gtid_mode') === 'ON';
  const executed = gtidMode ? (await readGtidSets(connection)).executed : new GtidSet();
  const native = await readNativeReplication(connection);
  return {
    version,
    gtidMode,
    canAdopt: isMysqlAtLeast(parseServerVersion(version), 8),
    executed,
    packetBytesMax: Number(variables.get('max_allowed_packet') ?? 0),
    nativePosition: (sourceUuid) => (native?.sourceUuid === sourceUuid ? native.executedPosition : null),
  };
}
