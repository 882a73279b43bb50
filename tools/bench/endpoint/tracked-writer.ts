import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from '../../../src/mysql/server-address.js';
import { openConnection, type ServerConnection } from '../../../src/mysql/server-connection.js';
import { sharedClockMs } from '../shared-clock.js';
import { markerTable } from '../workloads/follow-oltp.js';
import { benchSchema } from '../workloads/workload.js';

export interface TrackedWriting {
  /** By marker: when COMMIT returned, shared clock, ms; and the transaction's GTID. */
  readonly committedMs: readonly number[];
  readonly gtids: readonly string[];
  readonly ratePerSecond: number;
}

const writers = 4;

/**
 * Commits a marker a transaction on the source, each due at its own time whether or not those before it are done. Ends after `count` of
 * them, or when `signal` is aborted. The first marker is `first`.
 */
export async function writeMarkers(
  source: ServerAddress,
  { rate, count, first = 0 }: { readonly rate: number; readonly count: number; readonly first?: number },
  signal?: AbortSignal,
): Promise<TrackedWriting> {
  const connections = await Promise.all(Array.from({ length: writers }, () => open(source)));
  const committedMs: number[] = [];
  const gtids: string[] = [];
  const startedMs = sharedClockMs();
  let next = 0;
  const write = async (connection: ServerConnection): Promise<void> => {
    for (let at = next++; at < count && signal?.aborted !== true; at = next++) {
      const waitMs = startedMs + (at * 1_000) / rate - sharedClockMs();
      if (waitMs > 0) await sleep(waitMs);
      gtids[at] = await insert(connection, first + at);
      committedMs[at] = sharedClockMs();
    }
  };
  try {
    await Promise.all(connections.map(write));
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
  return { committedMs, gtids, ratePerSecond: (committedMs.length * 1_000) / (sharedClockMs() - startedMs) };
}

async function open(source: ServerAddress): Promise<ServerConnection> {
  const connection = await openConnection(source, { database: benchSchema, sessionLabel: 'bench writer' });
  await connection.execute("SET SESSION session_track_gtids='OWN_GTID'");
  return connection;
}

function insert(connection: ServerConnection, marker: number): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.raw.query(`INSERT INTO ${markerTable} VALUES (${marker})`, (error, result) => {
      // The driver's types do not know of what a session tracks.
      const { stateChanges } = (result ?? {}) as { stateChanges?: { readonly gtids: readonly string[] } };
      if (error !== null) reject(error);
      else resolve(stateChanges?.gtids[0] ?? '');
    });
  });
}
