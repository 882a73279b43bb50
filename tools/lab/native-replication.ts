import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { readBinlogEnd } from '../../src/mysql/binlog-end.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import type { LabServer } from '../../src/lab/lab-server.js';

const startTimeoutMs = 30_000;
const pollMs = 50;

/**
 * Lets MySQL's own replication feed `replica` from `source`: by GTIDs where both have them, else from the source's current
 * end (`from` names another place). Both are `mysql`: MySQL 9 cannot log in to MySQL 5.6. Returns once both threads run. Errors: TR_LAB_START_FAILED with the replica's
 * reason.
 */
export async function startNativeReplication(
  replica: LabServer,
  source: LabServer,
  from?: { readonly file: string; readonly offset: number },
): Promise<void> {
  const connection = await replica.connect();
  try {
    const byGtid = from === undefined && (await usesGtids(connection));
    const start = from ?? (byGtid ? null : await currentEnd(source));
    const place = start === null ? 'SOURCE_AUTO_POSITION=1' : 'SOURCE_LOG_FILE=?, SOURCE_LOG_POS=?';
    const { host, port, user, password } = source.address;
    await connection.execute(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST=?, SOURCE_PORT=?, SOURCE_USER=?, SOURCE_PASSWORD=?, ` +
        `GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1, ${place}`,
      [host, port, user, password, ...(start === null ? [] : [start.file, start.offset])],
    );
    await connection.execute('START REPLICA');
    await awaitRunning(connection, replica.role);
  } finally {
    await connection.close();
  }
}

/** Stops MySQL's own replication and keeps its settings, so that `START REPLICA` goes on. */
export async function stopNativeReplication(replica: LabServer): Promise<void> {
  const connection = await replica.connect();
  try {
    await connection.execute('STOP REPLICA');
  } finally {
    await connection.close();
  }
}

/** Why the workers of MySQL's own replica stopped: the coordinator's error only points to theirs. null: they say nothing. */
export async function readWorkerErrors(replica: ServerConnection): Promise<string | null> {
  const rows = await replica.query<{ message: string }>(
    'SELECT LAST_ERROR_MESSAGE AS message FROM performance_schema.replication_applier_status_by_worker ' +
      'WHERE LAST_ERROR_NUMBER <> 0',
  );
  return rows.length === 0 ? null : rows.map(({ message }) => message).join('; ');
}

async function usesGtids(connection: ServerConnection): Promise<boolean> {
  const [row] = await connection.query<{ mode: string }>('SELECT @@GLOBAL.gtid_mode AS mode');
  return row?.mode === 'ON';
}

async function currentEnd(source: LabServer): Promise<BinlogPosition> {
  const connection = await source.connect();
  try {
    const end = await readBinlogEnd(connection);
    if (end === null)
      throw new TailraceError('TR_INTERNAL', { what: `${source.role} writes no binary log.` });
    return end;
  } finally {
    await connection.close();
  }
}

async function awaitRunning(connection: ServerConnection, role: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const [status = {}] = await connection.query('SHOW REPLICA STATUS');
    if (status['Replica_IO_Running'] === 'Yes' && status['Replica_SQL_Running'] === 'Yes') return;
    const reason = [status['Last_IO_Error'], status['Last_SQL_Error']]
      .filter((text) => text !== '')
      .join('; ');
    if (reason !== '' || Date.now() > deadline) {
      throw new TailraceError('TR_LAB_START_FAILED', {
        what: `Native replication on ${role} did not start.`,
        why: reason === '' ? `not both threads ran within ${startTimeoutMs / 1000} s` : reason,
      });
    }
    await sleep(pollMs);
  }
}
