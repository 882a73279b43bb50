import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { withoutGtids } from '../../src/lab/lab-topology.js';
import { readWorkerErrors, startNativeReplication } from '../lab/native-replication.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import { readBinlogEnd } from '../../src/mysql/binlog-end.js';
import { readGtidExecuted } from '../../src/mysql/gtid-executed.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { ServerError } from '../../src/mysql/server-error.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { describeDifference, type ServerDifference } from '../../src/verify/server-difference.js';
import type { FuzzFailure } from './fuzz-failure.js';
import { type FuzzLab, serverSettings } from './fuzz-lab.js';

const witnessServerId = 9;
const witnessWaitMs = 60_000;
const pollMs = 50;

/**
 * Everything in which the replica is not as it has to be: rows, definitions, GTIDs. AUTO_INCREMENT counters are left to the
 * witness: what a source has burnt in statements that it rolled back is in no binary log.
 */
export async function judgeReplica(lab: FuzzLab): Promise<FuzzFailure | null> {
  try {
    return await judge(lab);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    // A server that was killed may come back with a table that it cannot open: worth a case file, whoever is at fault.
    return { signature: 'a server refuses to be read', reasons: [error.message] };
  }
}

function judge(lab: FuzzLab): Promise<FuzzFailure | null> {
  return withSessions(lab.source, lab.replica, async (source, replica) => {
    const differences = await compareServers(source, replica, { rowsMax: 4 });
    const found = differences.filter(({ kind }) => kind !== 'auto-increment');
    const reasons = found.map(describeDifference);
    if (lab.servers.gtid) {
      const [had, has] = await Promise.all([readGtidExecuted(source), readGtidExecuted(replica)]);
      if (!had.equals(has)) {
        reasons.push(`gtid_executed: source ${had.toString()}, replica ${has.toString()}`);
      }
    }
    return reasons.length === 0 ? null : { signature: 'the data differs', reasons };
  });
}

/** What MySQL's own replica makes of the same binary logs. */
export interface WitnessReport {
  /** Why it stopped; null when it took everything. */
  readonly stopped: string | null;
  /** In what tailrace's replica differs from it, AUTO_INCREMENT counters among it; empty when it stopped. */
  readonly fromReplica: readonly ServerDifference[];
}

/** Lets MySQL's own replication feed a fresh server from the first of the source's logs, and compares. */
export async function callWitness(lab: FuzzLab): Promise<WitnessReport> {
  const witness = await startLabServer({
    role: 'witness',
    serverId: witnessServerId,
    settings: { ...serverSettings(lab.servers), ...(lab.servers.gtid ? {} : withoutGtids) },
  });
  try {
    const stopped = await feed(witness, lab);
    if (stopped !== null) return { stopped, fromReplica: [] };
    return {
      stopped: null,
      fromReplica: await withSessions(witness, lab.replica, compareServers),
    };
  } catch (error) {
    if (!(error instanceof TailraceError) || error.code !== 'TR_SERVER_LOST') throw error;
    // A run of hours must not end with a server that crashes under native replication.
    return { stopped: `a server was lost: ${error.message}`, fromReplica: [] };
  } finally {
    await witness.stop();
  }
}

/** Null once the witness is level, or why it stopped. */
async function feed(witness: LabServer, lab: FuzzLab): Promise<string | null> {
  try {
    await startNativeReplication(witness, lab.source, lab.servers.gtid ? undefined : lab.start);
  } catch (error) {
    return (error as Error).message;
  }
  return withSessions(lab.source, witness, async (source, session) => {
    const end = await readBinlogEnd(source);
    const deadline = Date.now() + witnessWaitMs;
    for (;;) {
      const [status = {}] = await session.query('SHOW REPLICA STATUS');
      if (Number(status['Last_SQL_Errno']) !== 0) {
        return (await readWorkerErrors(session)) ?? 'its workers do not say why';
      }
      const at = `${String(status['Relay_Source_Log_File'])}:${String(status['Exec_Source_Log_Pos'])}`;
      if (at === `${end?.file}:${end?.offset}`) return null;
      if (Date.now() > deadline) return `it was not level after ${witnessWaitMs / 1_000} s, at ${at}`;
      await sleep(pollMs);
    }
  });
}

async function withSessions<T>(
  first: LabServer,
  second: LabServer,
  work: (first: ServerConnection, second: ServerConnection) => Promise<T>,
): Promise<T> {
  const sessions = await Promise.all([first.connect(), second.connect()]);
  try {
    return await work(...sessions);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}
