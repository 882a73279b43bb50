import { expect } from '@jest/globals';
import { startNativeReplication } from '../../src/lab/native-replication.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { describeDifference } from '../../src/verify/server-difference.js';
import { catchUp, type LinkRun, warningsOf } from './engine-link.js';
import { notDurable, type TestLab, useLab } from './lab.js';
import { sql, sqlValue } from './sql.js';

/** What statements can change that no SHOW CREATE of a schema's objects tells; moments and counters are left out. */
const accountsAndSpaces = [
  "SELECT * FROM mysql.user WHERE User NOT IN ('root') ORDER BY Host, User",
  'SELECT * FROM mysql.role_edges ORDER BY 1, 2, 3, 4',
  'SELECT * FROM mysql.default_roles ORDER BY 1, 2, 3, 4',
  "SELECT * FROM mysql.global_grants WHERE USER NOT IN ('root') ORDER BY 1, 2, 3",
  'SELECT * FROM mysql.db ORDER BY Host, Db, User',
  'SELECT Host, Db, User, Table_name, Table_priv, Column_priv FROM mysql.tables_priv ORDER BY 1, 2, 3, 4',
  'SELECT Host, Db, User, Table_name, Column_name, Column_priv FROM mysql.columns_priv ORDER BY 1, 2, 3, 4, 5',
  'SELECT Host, Db, User, Routine_name, Routine_type, Proc_priv FROM mysql.procs_priv ORDER BY 1, 2, 3, 4, 5',
  "SELECT Host, User, Proxied_host, Proxied_user, With_grant FROM mysql.proxies_priv WHERE User <> 'root' ORDER BY 1, 2, 3, 4",
  'SELECT * FROM mysql.servers ORDER BY 1',
  'SELECT SRS_NAME, SRS_ID, ORGANIZATION, DEFINITION, DESCRIPTION FROM information_schema.ST_SPATIAL_REFERENCE_SYSTEMS WHERE SRS_ID BETWEEN 900000 AND 999999 ORDER BY 2',
  'SELECT SCHEMA_NAME, TABLE_NAME, COLUMN_NAME, JSON_REMOVE(HISTOGRAM, \'$."last-updated"\') FROM information_schema.COLUMN_STATISTICS ORDER BY 1, 2, 3',
  'SELECT RESOURCE_GROUP_NAME FROM information_schema.RESOURCE_GROUPS ORDER BY 1',
  "SELECT NAME, SPACE_TYPE, ENCRYPTION FROM information_schema.INNODB_TABLESPACES WHERE SPACE_TYPE <> 'Single' ORDER BY 1",
  'SELECT EVENT_SCHEMA, EVENT_NAME, DEFINER, STATUS, SQL_MODE, TIME_ZONE, STARTS, ENDS, EXECUTE_AT, CREATED, LAST_ALTERED FROM information_schema.EVENTS ORDER BY 1, 2',
  'SELECT TABLE_SCHEMA, TABLE_NAME, PARTITION_NAME, SUBPARTITION_NAME, PARTITION_EXPRESSION, PARTITION_DESCRIPTION, TABLESPACE_NAME FROM information_schema.PARTITIONS WHERE PARTITION_NAME IS NOT NULL ORDER BY 1, 2, 3, 4',
  "SELECT SCHEMA_NAME, OPTIONS FROM information_schema.SCHEMATA_EXTENSIONS WHERE SCHEMA_NAME <> 'tailrace' ORDER BY 1",
  "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, DEFINER, CREATED, SQL_MODE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA NOT IN ('sys', 'mysql') ORDER BY 1, 2, 3",
  "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, ACTION_ORDER, DEFINER, CREATED FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA <> 'sys' ORDER BY 1, 2",
  'SELECT * FROM information_schema.LIBRARIES ORDER BY 1, 2, 3',
] as const;

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
  const start = useLab({ replicas: 2, sourceSettings: notDurable, replicaSettings });
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

/**
 * Brings both replicas level and expects them to be alike in data, definitions, accounts and tablespaces. Returns what tailrace logged and
 * applied.
 */
export async function expectAsWitnessed({ lab, onWitness }: WitnessedLab): Promise<LinkRun> {
  const executed = await sqlValue(lab.onSource, 'SELECT @@GLOBAL.gtid_executed');
  const waited = await sqlValue(
    onWitness,
    `SELECT WAIT_FOR_EXECUTED_GTID_SET('${String(executed).replaceAll('\n', '')}', 5)`,
  );
  const [status = {}] = await onWitness.query('SHOW REPLICA STATUS');
  expect([waited, status['Last_SQL_Error']]).toEqual(['0', '']);
  const run = await catchUp(lab);
  expect({ fallbacks: run.report.fallbacks, warnings: warningsOf(run) }).toEqual({
    fallbacks: 0,
    warnings: [],
  });
  const differences = await compareServers(onWitness, lab.onReplica);
  expect(differences.map(describeDifference)).toEqual([]);
  for (const statement of accountsAndSpaces) {
    const [theirs, ours] = await Promise.all([onWitness.query(statement), lab.onReplica.query(statement)]);
    expect({ statement, rows: ours }).toEqual({ statement, rows: theirs });
  }
  expect(await sqlValue(lab.onReplica, 'SELECT @@GLOBAL.gtid_executed')).toEqual(executed);
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
