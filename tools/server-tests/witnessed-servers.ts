import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { TailraceError } from '../../src/errors/tailrace-error.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { startLabTopology } from '../../src/lab/lab-topology.js';
import { startNativeReplication } from '../lab/native-replication.js';
import { runProgram } from '../../src/lab/run-program.js';
import type { ServerSettings } from '../../src/lab/server-settings.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import type { TestSuite } from './test-suite.js';
import { makeWorkspace, type TestWorkspace } from './test-workspace.js';

const fast: ServerSettings = {
  'sync-binlog': 0,
  'innodb-flush-log-at-trx-commit': 0,
  'log-bin-trust-function-creators': 1,
};
/** With more workers, 9.7's replica now and then does not find a row of a table without a key, and stops. */
const witnessSettings: ServerSettings = { 'replica-parallel-workers': 1 };
const setupTimeoutMs = 300_000;

/**
 * What the test files expect of a server: root without a password, on the socket only, which nobody else can reach, time
 * zones, and the schema that they write notes into.
 */
const rootOnSocket =
  "SET sql_log_bin=0, timestamp=1700000000; CREATE USER root@localhost IDENTIFIED BY ''; GRANT ALL ON *.* TO root@localhost WITH GRANT OPTION; " +
  "GRANT PROXY ON ''@'' TO root@localhost WITH GRANT OPTION; CREATE DATABASE test; CREATE DATABASE mtr";
const setupFiles = ['mtr_test_data_timezone.sql', 'mtr_warnings.sql', 'mtr_check.sql'] as const;

/** A source that test files write on, tailrace's replica, and the witness, which MySQL's own replication keeps. */
export interface WitnessedServers {
  readonly source: LabServer;
  readonly replica: LabServer;
  readonly onSource: ServerConnection;
  readonly onReplica: ServerConnection;
  readonly onWitness: ServerConnection;
  readonly workspace: TestWorkspace;
  readonly stop: () => Promise<void>;
}

/** Starts them. The witness reads the source's log from now on, but applies only up to where it is told. */
export async function startWitnessedServers(
  tests: TestSuite,
  folder: string,
  ofSource: ServerSettings,
): Promise<WitnessedServers> {
  const { source, replicas, stop } = await startLabTopology({
    replicas: 2,
    sourceSettings: { ...fast, ...ofSource },
    replicaSettings: { ...fast, ...witnessSettings },
  });
  try {
    const [replica, witness] = replicas;
    if (replica === undefined || witness === undefined)
      throw new Error('a topology has as many replicas as asked for');
    await Promise.all([source, replica, witness].map((server) => prepare(tests, server)));
    const [onSource, onReplica, onWitness] = await Promise.all([
      source.connect(),
      replica.connect(),
      witness.connect(),
    ]);
    await startNativeReplication(witness, source);
    await onWitness.execute('STOP REPLICA SQL_THREAD');
    const workspace = await makeWorkspace(tests, folder, {
      socket: await socketOf(source),
      address: source.address,
    });
    return { source, replica, onSource, onReplica, onWitness, workspace, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nothing of it reaches the binary log: all three servers get it from here. */
async function prepare(tests: TestSuite, server: LabServer): Promise<void> {
  const session = await server.connect({ multipleStatements: true });
  await session.query(rootOnSocket);
  await session.close();
  const client = path.join(tests.clientFolder, 'mysql');
  const [command = client, ...args] = [...tests.runner.loader, client];
  const scripts = await Promise.all(
    setupFiles.map((name) => readFile(path.join(tests.folder, 'include', name), 'utf8')),
  );
  await runProgram(
    command,
    [...args, '--no-defaults', '--user=root', `--socket=${await socketOf(server)}`, 'mysql'],
    {
      timeoutMs: setupTimeoutMs,
      // One moment of creation for what shows it.
      input: `SET sql_log_bin=0, timestamp=1700000000;\n${scripts.join('\n')}`,
    },
  );
}

/** Errors: TR_LAB_NO_SERVER for a server that no program of this machine can reach by a socket. */
async function socketOf(server: LabServer): Promise<string> {
  const socket = path.join(path.dirname(server.dataFolder), 'server.sock');
  await access(socket).catch((error: unknown) => {
    throw new TailraceError('TR_LAB_NO_SERVER', {
      what: `The ${server.role} (${server.origin}) has no socket on this machine.`,
      why: "MySQL's test files log in by the socket; a server in a container has its own.",
      cure: 'Set TAILRACE_MYSQLD=/path/to/mysqld, so that the servers run on this machine.',
      cause: error,
    });
  });
  return socket;
}
