import type { ServerConnection } from '../mysql/server-connection.js';
import { schemaDifferences, schemaPresence } from './compare-schema.js';
import { compareTableRows } from './differing-rows.js';
import type { DigestTable } from './row-digest.js';
import type { ServerDifference } from './server-difference.js';
import { baseTables, userSchemas } from './server-objects.js';
import { primaryKeyOf, tableColumns, type TableColumn } from './table-columns.js';

const rowsMaxDefault = 10;

export interface CompareOptions {
  /** How many differing rows to name for each table; 10 by default. */
  readonly rowsMax?: number;
}

/**
 * Everything in which the replica differs from the source, in all schemas but the server's own and tailrace's: schemas,
 * tables, views, routines, triggers and events by their definitions, rows byte for byte. Nothing may be writing on either
 * server meanwhile. The sessions must not be in use; they are left as they were.
 *
 * Between servers of different versions, whose words for one definition differ, tables are compared by their columns and
 * primary keys, and all else by its being there.
 */
export async function compareServers(
  source: ServerConnection,
  replica: ServerConnection,
  options: CompareOptions = {},
): Promise<ServerDifference[]> {
  return withPlainSession(source, () =>
    withPlainSession(replica, async () => {
      const [sourceVersion, replicaVersion] = await Promise.all([
        serverSeries(source),
        serverSeries(replica),
      ]);
      const sameVersion = sourceVersion === replicaVersion;
      const [sourceSchemas, replicaSchemas] = await Promise.all([userSchemas(source), userSchemas(replica)]);
      const differences = schemaPresence(sourceSchemas, replicaSchemas);
      for (const schema of sourceSchemas.filter((name) => replicaSchemas.includes(name))) {
        differences.push(...(await compareSchema({ source, replica, schema, sameVersion }, options)));
      }
      return differences;
    }),
  );
}

interface SchemaPair {
  readonly source: ServerConnection;
  readonly replica: ServerConnection;
  readonly schema: string;
  readonly sameVersion: boolean;
}

async function compareSchema(pair: SchemaPair, options: CompareOptions): Promise<ServerDifference[]> {
  const { source, replica, schema, sameVersion } = pair;
  const [sourceColumns, replicaColumns] = await Promise.all([
    tableColumns(source, schema),
    tableColumns(replica, schema),
  ]);
  const differences = await schemaDifferences({ source, replica }, schema, sameVersion);
  const replicaTables = new Set(await baseTables(replica, schema));
  for (const table of await baseTables(source, schema)) {
    if (!replicaTables.has(table)) continue;
    const sourceTable = digestTable(schema, table, sourceColumns);
    const replicaTable = digestTable(schema, table, replicaColumns);
    // Rows with other columns are other rows; that the columns differ is among the differences already.
    if (namesOf(sourceTable) !== namesOf(replicaTable)) continue;
    const rowsMax = options.rowsMax ?? rowsMaxDefault;
    const found = await compareTableRows(source, replica, sourceTable, replicaTable, rowsMax);
    if (found.equal) continue;
    const counts = `${found.sourceRows} rows on the source, ${found.replicaRows} on the replica`;
    differences.push({
      kind: 'rows',
      schema,
      name: table,
      detail: `${counts}, not the same`,
      rows: found.rows,
    });
  }
  return differences;
}

function digestTable(
  schema: string,
  table: string,
  tables: ReadonlyMap<string, readonly TableColumn[]>,
): DigestTable {
  const columns = tables.get(table) ?? [];
  return { schema, table, columns, keyColumns: primaryKeyOf(columns) };
}

function namesOf(table: DigestTable): string {
  return JSON.stringify([table.columns.map(({ name }) => name), table.keyColumns.map(({ name }) => name)]);
}

/** Major and minor version, and whether it is MariaDB: `9.7`, `10.11 MariaDB`. */
export async function serverSeries(connection: ServerConnection): Promise<string> {
  const [row] = await connection.query<{ version: string }>('SELECT VERSION() AS version');
  const text = row?.version ?? '';
  const [major, minor] = text.split('.');
  return `${major}.${minor}${text.includes('MariaDB') ? ' MariaDB' : ''}`;
}

/**
 * Runs `work` in a session in which values read the same on every server: timestamps in UTC, and no sql_mode, which could
 * pad CHAR values, quote identifiers differently or forbid the statements of this folder.
 */
async function withPlainSession<T>(connection: ServerConnection, work: () => Promise<T>): Promise<T> {
  const [before] = await connection.query<{ mode: string; zone: string }>(
    'SELECT @@SESSION.sql_mode AS mode, @@SESSION.time_zone AS zone',
  );
  const set = 'SET SESSION sql_mode = ?, time_zone = ?';
  await connection.execute(set, ['', '+00:00']);
  try {
    return await work();
  } finally {
    if (connection.usable) await connection.execute(set, [before?.mode ?? '', before?.zone ?? 'SYSTEM']);
  }
}
