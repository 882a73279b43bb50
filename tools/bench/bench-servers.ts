import { GtidSet } from '../../src/gtid/gtid-set.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { ServerSettings } from '../../src/lab/server-settings.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import { readGtidExecuted } from '../../src/mysql/gtid-executed.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import type { PlannedProgress } from './planned-progress.js';
import { fillSource, type FillOptions, prepareTables } from './fill-source.js';
import type { Workload, WorkloadTables } from './workloads/workload.js';

/** The same for every server, so that no contender has more memory than another; all else is at MySQL's defaults. */
const benchServerSettings: ServerSettings = { 'innodb-buffer-pool-size': '512M' };

/** A source with the tables of a workload and their first rows. */
export interface PreparedSource {
  readonly server: LabServer;
  readonly tables: WorkloadTables;
  readonly seed: number;
  /** GTID set when the tables were prepared: where every replica starts. */
  readonly base: string;
}

/** A source that has a workload behind it, and what a replica is to reach. */
export interface FilledSource extends PreparedSource {
  readonly generator: 'tailrace' | 'sysbench';
  /** GTID set when all was written. */
  readonly target: string;
  readonly transactions: number;
  /** Binary log between base and target, bytes. */
  readonly binlogBytes: number;
}

/** Starts a source and prepares the tables of a workload. */
export async function startPreparedSource(
  tables: WorkloadTables,
  seed: number,
  progress: PlannedProgress,
): Promise<PreparedSource> {
  const settings = { role: 'source', serverId: 1, settings: benchServerSettings, log: progress.note };
  const server = await startLabServer(settings);
  try {
    const base = await withConnection(server, async (connection) => {
      await prepareTables(connection, tables, seed);
      return gtidExecuted(connection);
    });
    return { server, tables, seed, base };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Starts a source, prepares the tables of a workload and writes the workload. */
export async function startFilledSource(
  workload: Workload,
  options: FillOptions,
  progress: PlannedProgress,
): Promise<FilledSource> {
  const source = await startPreparedSource(workload, options.seed, progress);
  const { server, base } = source;
  try {
    const bytesBefore = await withConnection(server, binlogBytes);
    const generator = await fillSource(server.address, workload, options);
    const bytesAfter = await withConnection(server, binlogBytes);
    const target = await withConnection(server, gtidExecuted);
    // In order: nothing is left to be written to disk while a contender is measured.
    await server.restart();
    const transactions = GtidSet.parse(target).subtract(GtidSet.parse(base)).count();
    return { ...source, generator, target, transactions, binlogBytes: bytesAfter - bytesBefore };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Starts a replica in the state that every contender starts from: the prepared tables, the GTIDs that made them, nothing
 * waiting to be written.
 */
export async function startReplica(
  source: PreparedSource,
  { role, settings = {} }: { readonly role: string; readonly settings?: ServerSettings },
): Promise<LabServer> {
  const server = await startLabServer({ role, settings: { ...benchServerSettings, ...settings } });
  try {
    await withConnection(server, async (connection) => {
      await connection.execute('SET SESSION sql_log_bin=0');
      await prepareTables(connection, source.tables, source.seed);
      await connection.execute('SET GLOBAL gtid_purged=?', [`+${source.base}`]);
    });
    await server.restart();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Opens a connection for the time of `use`. */
export async function withConnection<T>(
  server: LabServer,
  use: (connection: ServerConnection) => Promise<T>,
): Promise<T> {
  const connection = await server.connect();
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

export async function gtidExecuted(connection: ServerConnection): Promise<string> {
  return (await readGtidExecuted(connection)).toString();
}

async function binlogBytes(connection: ServerConnection): Promise<number> {
  const files = await connection.query<{ File_size: string }>('SHOW BINARY LOGS');
  return files.reduce((sum, file) => sum + Number(file.File_size), 0);
}
