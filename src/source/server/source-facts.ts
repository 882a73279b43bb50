import { mariadbOnlyNames } from '../../dialect/mariadb-collations.js';
import { isMariadbAtLeast, type SourceTraits } from '../../dialect/source-traits.js';
import { GtidSet } from '../../gtid/gtid-set.js';
import { readGtidSets } from '../../mysql/gtid-executed.js';
import { readVariables } from '../../mysql/read-variables.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { parseServerVersion } from '../../mysql/server-version.js';
import type { SourceFacts } from '../source.js';

export async function readSourceFacts(connection: ServerConnection): Promise<SourceFacts> {
  const variables = await readVariables(connection, [
    'version',
    'server_uuid',
    'gtid_mode',
    'explicit_defaults_for_timestamp',
    'old_mode',
  ]);
  const gtidMode = variables.get('gtid_mode') === 'ON';
  const gtids = gtidMode
    ? await readGtidSets(connection)
    : { executed: new GtidSet(), purged: new GtidSet() };
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

async function readOwnSchemas(connection: ServerConnection): Promise<string[]> {
  const rows = await connection.query<{ name: string }>(
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE DEFAULT_COLLATION_NAME REGEXP '${mariadbOnlyNames}'`,
  );
  return rows.map(({ name }) => name);
}
