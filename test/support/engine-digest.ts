import { readSchemaDigest } from '../../src/schema/schema-digest.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import type { TestLab } from './lab.js';

/** Everything that a refused command must leave as it is, on both servers: schemas, accounts, rows, GTIDs, binary logs. */
export async function serverDigest({ onSource, onReplica }: TestLab): Promise<string> {
  const parts = await Promise.all([onSource, onReplica].map(digest));
  return JSON.stringify(parts);
}

async function digest(connection: ServerConnection): Promise<unknown[]> {
  const tables = await connection.query<{ name: string }>(
    "SELECT CONCAT('`', TABLE_SCHEMA, '`.`', TABLE_NAME, '`') AS name FROM information_schema.TABLES " +
      "WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'tailrace') ORDER BY 1",
  );
  const rows: unknown[] = [];
  for (const { name } of tables) rows.push(name, await connection.query(`CHECKSUM TABLE ${name} EXTENDED`));
  return [
    await readSchemaDigest(connection),
    rows,
    await connection.query('SELECT @@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged'),
    await connection.query('SHOW BINARY LOG STATUS'),
  ];
}
