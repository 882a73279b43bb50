import { mariadbOnlyNames } from '../dialect/mariadb-collations.js';
import { isMariadbAtLeast, type SourceTraits } from '../dialect/source-traits.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { readGtidSets } from '../mysql/gtid-executed.js';
import { readNativeReplication } from '../mysql/native-replication.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { isMysqlAtLeast, parseServerVersion } from '../mysql/server-version.js';
import type { BinlogPosition } from './link-settings.js';

/** What a link must know of its source. */
export interface SourceFacts {
  readonly version: string;
  readonly uuid: string;
  readonly gtidMode: boolean;
  readonly executed: GtidSet;
  readonly purged: GtidSet;
  readonly traits: SourceTraits;
}

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

async function readVariables(connection: ServerConnection): Promise<Map<string, string>> {
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'server_uuid', 'gtid_mode', 'max_allowed_packet', " +
      "'explicit_defaults_for_timestamp', 'old_mode')",
  );
  return new Map(rows.map((row) => [row.Variable_name, row.Value]));
}

const noGtids = { executed: new GtidSet(), purged: new GtidSet() };

export async function readSourceFacts(connection: ServerConnection): Promise<SourceFacts> {
  const variables = await readVariables(connection);
  const gtidMode = variables.get('gtid_mode') === 'ON';
  const gtids = gtidMode ? await readGtidSets(connection) : noGtids;
  const version = variables.get('version') ?? '';
  const traits = await readTraits(connection, variables);
  return { version, uuid: variables.get('server_uuid') ?? '', gtidMode, traits, ...gtids };
}

async function readTraits(
  connection: ServerConnection,
  variables: ReadonlyMap<string, string>,
): Promise<SourceTraits> {
  const [row] = await connection.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Uptime'");
  const [clock] = await connection.query<{ now: number | string }>('SELECT UNIX_TIMESTAMP() AS now');
  const version = parseServerVersion(variables.get('version') ?? '');
  return {
    explicitDefaults: variables.get('explicit_defaults_for_timestamp') === 'ON',
    startedAt: Number(clock?.now) - Number(row?.Value ?? 0),
    ownSchemas: new Set(version.flavour === 'mariadb' ? await readOwnSchemas(connection) : []),
    utf8IsUtf8mb4:
      isMariadbAtLeast(version, 10, 6) && variables.get('old_mode')?.includes('UTF8_IS_UTF8MB3') === false,
  };
}

export async function readReplicaFacts(connection: ServerConnection): Promise<ReplicaFacts> {
  const variables = await readVariables(connection);
  const version = variables.get('version') ?? '';
  const gtidMode = variables.get('gtid_mode') === 'ON';
  const { executed } = gtidMode ? await readGtidSets(connection) : noGtids;
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

async function readOwnSchemas(connection: ServerConnection): Promise<string[]> {
  const rows = await connection.query<{ name: string }>(
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE DEFAULT_COLLATION_NAME REGEXP '${mariadbOnlyNames}'`,
  );
  return rows.map(({ name }) => name);
}
