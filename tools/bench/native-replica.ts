import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { ServerSettings } from '../../src/lab/server-settings.js';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { withConnection } from './bench-servers.js';

/** MySQL's own replica as fast as a DBA gets it by giving up durability and commit order. */
export const tunedReplicaSettings: ServerSettings = {
  'sync-binlog': 0,
  'innodb-flush-log-at-trx-commit': 0,
  'replica-preserve-commit-order': 'OFF',
  'replica-parallel-workers': 8,
};

const waitSeconds = 2;
/** No native replica of the bench takes longer. */
const waitRoundsMax = 3_600;

/** Points a replica at its source by GTIDs; starts nothing. */
export async function configureNativeReplication(replica: LabServer, source: ServerAddress): Promise<void> {
  await withConnection(replica, (connection) =>
    connection.execute(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST=?, SOURCE_PORT=?, SOURCE_USER=?, SOURCE_PASSWORD=?,
        SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1`,
      [source.host, source.port, source.user, source.password],
    ),
  );
}

/**
 * Starts MySQL's own replica and waits until it has all of `target`. Seconds from START REPLICA, which starts fetching and
 * applying at once. Errors: TR_BENCH_CONTENDER_FAILED with the server's reason.
 */
export async function catchUpNatively(replica: LabServer, target: string): Promise<number> {
  return withConnection(replica, async (connection) => {
    const startedNs = process.hrtime.bigint();
    await connection.execute('START REPLICA');
    for (let round = 0; round < waitRoundsMax; round += 1) {
      if (await hasAll(connection, target, waitSeconds))
        return Number(process.hrtime.bigint() - startedNs) / 1e9;
      await requireNoReplicationError(connection);
    }
    throw failed(`it was not level after ${waitRoundsMax * waitSeconds} s`);
  });
}

async function hasAll(connection: ServerConnection, target: string, seconds: number): Promise<boolean> {
  const [row] = await connection.query<{ timedOut: number }>(
    'SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS timedOut',
    [target, seconds],
  );
  return Number(row?.timedOut) === 0;
}

async function requireNoReplicationError(connection: ServerConnection): Promise<void> {
  const errors = await connection.query<{ message: string }>(
    `SELECT LAST_ERROR_MESSAGE AS message FROM performance_schema.replication_connection_status WHERE LAST_ERROR_NUMBER<>0
      UNION SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_coordinator WHERE LAST_ERROR_NUMBER<>0
      UNION SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER<>0`,
  );
  if (errors.length > 0) throw failed(errors.map(({ message }) => message).join('; '));
}

function failed(why: string): TailraceError {
  return new TailraceError('TR_BENCH_CONTENDER_FAILED', {
    what: 'MySQL’s own replica did not get level.',
    why,
  });
}
