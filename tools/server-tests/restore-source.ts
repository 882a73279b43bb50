import { setTimeout as sleep } from 'node:timers/promises';
import { quoteIdentifier, quoteString } from '../../src/mysql/identifier.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';

const endingMs = 10_000;
const pollMs = 20;
const keptSchemas = ['mysql', 'sys', 'information_schema', 'performance_schema', 'mtr', 'tailrace'];
/** What changes by itself. */
const movingVariables = /^(gtid_|timestamp|rand_seed|innodb_(thread|buffer_pool_dump)|log_bin_)/;

/** Whatever of a server a test file may have changed and not put back; the same text means that nothing is left. */
export interface SourceState {
  readonly variables: ReadonlyMap<string, string>;
  readonly rest: string;
}

/** Reads what a source is like. */
export async function readSourceState(source: ServerConnection): Promise<SourceState> {
  const variables = await source.query<{ name: string; value: string }>(
    'SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value FROM performance_schema.global_variables',
  );
  const rest = await Promise.all(
    [
      'SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA ORDER BY 1',
      'SELECT Host, User FROM mysql.user ORDER BY 1, 2',
      "SELECT * FROM mysql.user WHERE User = 'root' ORDER BY Host",
      "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (SCHEMA(), 'mysql') ORDER BY 1",
      "SELECT NAME FROM information_schema.INNODB_TABLESPACES WHERE SPACE_TYPE <> 'Single' ORDER BY 1",
      'SELECT Server_name FROM mysql.servers ORDER BY 1',
      'SELECT SRS_ID FROM information_schema.ST_SPATIAL_REFERENCE_SYSTEMS WHERE SRS_ID BETWEEN 900000 AND 999999 ORDER BY 1',
      'SELECT RESOURCE_GROUP_NAME FROM information_schema.RESOURCE_GROUPS ORDER BY 1',
      'SELECT PLUGIN_NAME FROM information_schema.PLUGINS ORDER BY 1',
      'SELECT component_urn FROM mysql.component ORDER BY 1',
      'SELECT name FROM mysql.func ORDER BY 1',
      'SELECT COUNT(*) FROM mysql.time_zone',
      'XA RECOVER',
    ].map((statement) => source.query(statement)),
  );
  return {
    variables: new Map(
      variables.filter(({ name }) => !movingVariables.test(name)).map(({ name, value }) => [name, value]),
    ),
    rest: JSON.stringify(rest),
  };
}

/** Ends the sessions that a test file has left on the source. */
export async function endTestSessions(source: ServerConnection): Promise<void> {
  const deadline = performance.now() + endingMs;
  while (performance.now() < deadline) {
    const sessions = await source.query<{ id: string }>(
      'SELECT ID AS id FROM information_schema.PROCESSLIST ' +
        "WHERE ID <> CONNECTION_ID() AND COMMAND NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID') AND USER <> 'system user' AND USER <> 'event_scheduler'",
    );
    if (sessions.length === 0) return;
    for (const { id } of sessions) await source.execute(`KILL ${id}`).catch(() => undefined);
    await sleep(pollMs);
  }
}

/** Drops and resets what a test file has left; false if the source is still not as it was, and needs to be a new one. */
export async function restoreSource(source: ServerConnection, before: SourceState): Promise<boolean> {
  try {
    await restoreVariables(source, before);
    await source.execute('SET SESSION foreign_key_checks = 0');
    await dropSchemas(source);
    await dropAccounts(source, before);
    await source.execute('SET SESSION foreign_key_checks = 1');
    const after = await readSourceState(source);
    return after.rest === before.rest && differing(after, before).length === 0;
  } catch {
    return false;
  }
}

async function restoreVariables(source: ServerConnection, before: SourceState): Promise<void> {
  for (const name of differing(await readSourceState(source), before)) {
    const value = before.variables.get(name) ?? '';
    const text = /^-?\d+(\.\d+)?$/.test(value) ? value : quoteString(value);
    await source.execute(`SET GLOBAL ${quoteIdentifier(name)} = ${text}`);
  }
}

function differing(after: SourceState, before: SourceState): string[] {
  return [...before.variables]
    .filter(([name, value]) => after.variables.get(name) !== value)
    .map(([name]) => name);
}

async function dropSchemas(source: ServerConnection): Promise<void> {
  const schemas = await source.query<{ name: string }>(
    'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA',
  );
  for (const { name } of schemas.filter((schema) => !keptSchemas.includes(schema.name))) {
    await source.execute(`DROP DATABASE ${quoteIdentifier(name)}`);
  }
  await source.execute('CREATE DATABASE test');
}

async function dropAccounts(source: ServerConnection, before: SourceState): Promise<void> {
  const accounts = await source.query<{ Host: string; User: string }>('SELECT Host, User FROM mysql.user');
  for (const account of accounts.filter((row) => !before.rest.includes(JSON.stringify(row)))) {
    await source.execute(`DROP USER ${quoteString(account.User)}@${quoteString(account.Host)}`);
  }
}
