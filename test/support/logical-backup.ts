import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { gtidExecuted } from './engine-link.js';
import { sql } from './sql.js';

/** What a logical backup holds of some schemas, read at once. */
export interface LogicalBackup {
  readonly tables: readonly {
    readonly schema: string;
    readonly create: string;
    readonly name: string;
    readonly rows: readonly Record<string, unknown>[];
  }[];
  /** The GTID set that the backup notes; empty without GTIDs. */
  readonly gtids: string;
}

export async function backUp(
  connection: ServerConnection,
  schemas: readonly string[],
): Promise<LogicalBackup> {
  const tables: LogicalBackup['tables'][number][] = [];
  for (const schema of schemas) {
    const names = await connection.query<{ name: string }>(
      'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA=?',
      [schema],
    );
    for (const { name } of names) {
      const [definition] = await connection.query<Record<string, string>>(
        `SHOW CREATE TABLE \`${schema}\`.\`${name}\``,
      );
      const view = definition?.['Create View'];
      const rows =
        view === undefined ? await connection.query(`SELECT * FROM \`${schema}\`.\`${name}\``) : [];
      tables.push({ schema, name, create: view ?? definition?.['Create Table'] ?? '', rows });
    }
  }
  return { tables, gtids: await gtidExecuted(connection) };
}

/** Loads a backup as MySQL's tools do: other schemas stay as they are. */
export async function restore(connection: ServerConnection, backup: LogicalBackup): Promise<void> {
  await sql(connection, 'SET sql_log_bin = 0');
  for (const schema of new Set(backup.tables.map((table) => table.schema))) {
    await sql(connection, `DROP DATABASE IF EXISTS \`${schema}\``, `CREATE DATABASE \`${schema}\``);
  }
  for (const { schema, name, create, rows } of backup.tables) {
    await sql(connection, `USE \`${schema}\``, create);
    for (const row of rows) {
      const columns = Object.keys(row);
      await connection.execute(
        `INSERT INTO \`${name}\` (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
        Object.values(row),
      );
    }
  }
  if (backup.gtids !== '') {
    await sql(connection, 'RESET BINARY LOGS AND GTIDS', `SET GLOBAL gtid_purged = '${backup.gtids}'`);
  }
  await sql(connection, 'SET sql_log_bin = 1');
}
