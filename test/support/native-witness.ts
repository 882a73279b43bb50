import { expect } from '@jest/globals';
import { startNativeReplication } from '../../tools/lab/native-replication.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { accountsAndSpaces } from '../../tools/server-tests/accounts-and-spaces.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { describeDifference } from '../../src/verify/server-difference.js';
import { catchUp, gtidExecuted, type LinkRun, warningsOf } from './engine-link.js';
import { notDurable, type TestLab, useLab } from './lab.js';
import { waitFor } from './wait-for.js';
import { sql, sqlValue } from './sql.js';

/** It applies with one worker: on a slow machine it needs its time. */
const witnessSecondsMax = 200;

/** Servers that tailrace and MySQL's own replica follow side by side. */
export interface WitnessedLab {
  readonly lab: TestLab;
  /** A session on the replica that MySQL itself keeps. */
  readonly onWitness: ServerConnection;
}

/**
 * A source with two replicas: one is tailrace's, the other MySQL's own replication keeps, as the witness of what a replica
 * has to look like. Call it outside of tests.
 */
export function useNativeWitness(): () => Promise<WitnessedLab> {
  // One worker: with four, 9.7's replica now and then does not find the row of a DELETE where a table without a key has
  // generated columns, and stops.
  const replicaSettings = { ...notDurable, 'replica-parallel-workers': 1 };
  // An event would write on the source whenever its thread gets to it, perhaps behind the comparison.
  const sourceSettings = { ...notDurable, 'event-scheduler': 'OFF' };
  const start = useLab({ replicas: 2, sourceSettings, replicaSettings });
  let witnessed: Promise<WitnessedLab> | null = null;
  const prepare = async (): Promise<WitnessedLab> => {
    const lab = await start();
    const witness = lab.replicas[1];
    if (witness === undefined) throw new Error('the witness is the second replica');
    await startNativeReplication(witness, lab.source);
    return { lab, onWitness: await witness.connect() };
  };
  return () => (witnessed ??= prepare());
}

/** Waits until MySQL's own replica has all that the source has; expects it not to have stopped. */
export async function witnessIsLevel({ lab, onWitness }: WitnessedLab): Promise<string> {
  // A session that ends drops its temporary tables, and logs that, behind the back of the client that has left.
  const others = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND COMMAND NOT IN ('Binlog Dump', 'Binlog Dump GTID', 'Daemon')`;
  const haveEnded = async (): Promise<boolean> => (await sqlValue(lab.onSource, others)) === '0';
  await waitFor(haveEnded, { what: 'the sessions of the source to end' });
  const executed = String(await sqlValue(lab.onSource, 'SELECT @@GLOBAL.gtid_executed')).replaceAll('\n', '');
  const waited = await sqlValue(
    onWitness,
    `SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', ${witnessSecondsMax})`,
  );
  const [status = {}] = await onWitness.query('SHOW REPLICA STATUS');
  expect([waited, status['Last_SQL_Error']]).toEqual(['0', '']);
  return executed;
}

/**
 * Brings both replicas level and expects them to be alike in data, definitions, accounts and tablespaces. Returns what tailrace logged and
 * applied.
 */
export async function expectAsWitnessed(witnessed: WitnessedLab, { mayWarn = false } = {}): Promise<LinkRun> {
  const { lab, onWitness } = witnessed;
  const executed = await witnessIsLevel(witnessed);
  const run = await catchUp(lab);
  expect({ fallbacks: run.report.fallbacks, warnings: mayWarn ? [] : warningsOf(run) }).toEqual({
    fallbacks: 0,
    warnings: [],
  });
  const differences = await compareServers(onWitness, lab.onReplica);
  expect(differences.map(describeDifference)).toEqual([]);
  for (const statement of accountsAndSpaces) {
    const [theirs, ours] = await Promise.all([onWitness.query(statement), lab.onReplica.query(statement)]);
    expect({ statement, rows: ours }).toEqual({ statement, rows: theirs });
  }
  expect(await gtidExecuted(lab.onReplica)).toEqual(executed);
  return run;
}

/** Runs statements on the source, each group in a session of its own, and then compares. */
export async function replicates(
  witnessed: () => Promise<WitnessedLab>,
  ...statements: readonly string[]
): Promise<LinkRun> {
  const { lab, onWitness } = await witnessed();
  await sql(lab.source, ...statements);
  return expectAsWitnessed({ lab, onWitness });
}
