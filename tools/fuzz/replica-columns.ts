import type { LabServer } from '../../src/lab/lab-server.js';
import { quoteIdentifier, quoteTable } from '../../src/mysql/identifier.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';

/** No name that the generator gives a column. */
const extra = 'of the replica';
/** By turns: what an insert that does not name it fills in. */
const definitions = [
  "VARCHAR(20) NOT NULL DEFAULT 'kept'",
  'INT',
  'DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3)',
];
/** All but one: a replica without GTIDs whose tables are all younger than its checkpoint is taken for one that was seeded. */
const tablesOfRound =
  "SELECT TABLE_SCHEMA AS s, TABLE_NAME AS t FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'fuzz%' AND TABLE_NAME <> 'trigger_log' AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1, 2";
const tablesWithExtra = `SELECT TABLE_SCHEMA AS s, TABLE_NAME AS t FROM information_schema.COLUMNS WHERE COLUMN_NAME = '${extra}'`;

/** Without explicit defaults an ALTER gives every TIMESTAMP NOT NULL column of the table ON UPDATE, or a default. */
const sessionStart =
  "SET SESSION sql_log_bin = 0, foreign_key_checks = 0, sql_mode = '', explicit_defaults_for_timestamp = ON";

/** Gives the tables of the replica a column more than they have on the source, at their end. */
export async function addReplicaColumns(replica: LabServer): Promise<void> {
  await alterEach(replica, tablesOfRound, (table, number) => {
    const definition = definitions[number % definitions.length] ?? 'INT';
    return `ALTER TABLE ${table} ADD COLUMN ${quoteIdentifier(extra)} ${definition}, ALGORITHM=COPY`;
  });
}

/** Takes them away again, so that both servers can be compared whole. Tables that were dropped meanwhile are gone with theirs. */
export async function dropReplicaColumns(replica: LabServer): Promise<void> {
  await alterEach(
    replica,
    tablesWithExtra,
    (table) => `ALTER TABLE ${table} DROP COLUMN ${quoteIdentifier(extra)}, ALGORITHM=COPY`,
  );
}

async function alterEach(
  replica: LabServer,
  which: string,
  alter: (table: string, number: number) => string,
): Promise<void> {
  const session: ServerConnection = await replica.connect();
  try {
    await session.execute(sessionStart);
    const tables = await session.query<{ s: string; t: string }>(which);
    for (const [number, { s, t }] of tables.entries()) await session.execute(alter(quoteTable(s, t), number));
  } finally {
    await session.close();
  }
}
