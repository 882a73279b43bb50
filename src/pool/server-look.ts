import type { Connection } from 'mysql2';
import { GtidSet } from '../gtid/gtid-set.js';
import { parseHeartbeatTime } from '../lag/heartbeat-row.js';
import { ask } from './server-link.js';

/** What one look at a server shows without a daemon. Unknown is null. Times are those of `performance.now()`. */
export interface ServerLook {
  readonly askedMs: number;
  readonly writable: boolean | null;
  readonly gtidExecuted: GtidSet | null;
  readonly threadsRunning: number | null;
  readonly connections: number | null;
  readonly connectionsMax: number | null;
  /** By a heartbeat row, or by what its own replication says; only asked for where there are no GTIDs. */
  readonly lagMicros: number | null;
}

/** Looks once. Rejects with what the server or the network says. */
export async function lookAtServer(
  connection: Connection,
  heartbeatTable: string | null,
): Promise<ServerLook> {
  const askedMs = performance.now();
  const values = await readValues(connection);
  const hasGtids = values.get('gtid_mode') === 'ON';
  return {
    askedMs,
    writable: values.has('read_only') ? values.get('read_only') === 'OFF' : null,
    gtidExecuted: hasGtids ? await readExecuted(connection) : null,
    threadsRunning: numberOf(values.get('threads_running')),
    connections: numberOf(values.get('threads_connected')),
    connectionsMax: numberOf(values.get('max_connections')),
    lagMicros: hasGtids ? null : await readLag(connection, heartbeatTable),
  };
}

/** All that the server has executed. */
async function readExecuted(connection: Connection): Promise<GtidSet> {
  const { rows } = await ask(connection, 'SELECT @@GLOBAL.gtid_executed AS gtids');
  const text = rows[0]?.gtids;
  return GtidSet.parse(typeof text === 'string' ? text : '');
}

async function readValues(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const status = await ask(
    connection,
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_running', 'Threads_connected')",
  );
  const variables = await ask(
    connection,
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_connections', 'gtid_mode', 'read_only')",
  );
  return new Map(
    [...status.rows, ...variables.rows].map((row) => [
      String(row.Variable_name).toLowerCase(),
      String(row.Value),
    ]),
  );
}

async function readLag(connection: Connection, heartbeatTable: string | null): Promise<number | null> {
  try {
    if (heartbeatTable === null) return await readOwnReplication(connection);
    // Rows are written in the time zone of their server, which is that of this session.
    const sql = `SELECT MAX(ts) AS ts, CAST(SYSDATE(6) AS CHAR) AS now FROM ${heartbeatTable}`;
    const [row] = (await ask(connection, sql)).rows;
    const atMicros = parseHeartbeatTime(String(row?.ts));
    const nowMicros = parseHeartbeatTime(String(row?.now));
    return atMicros === null || nowMicros === null ? null : Math.max(0, nowMicros - atMicros);
  } catch {
    // Not there, or not for this account to read: unknown.
    return null;
  }
}

/** The server says NULL whenever it does not know; whole seconds, so that one more is what it is at most. */
async function readOwnReplication(connection: Connection): Promise<number | null> {
  const [row] = (await ask(connection, 'SHOW REPLICA STATUS')).rows;
  const seconds = numberOf(row?.Seconds_Behind_Source);
  const runs = row?.Replica_IO_Running === 'Yes' && row.Replica_SQL_Running === 'Yes';
  return runs && seconds !== null ? (seconds + 1) * 1e6 : null;
}

function numberOf(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
