import type { ServerConnection } from './server-connection.js';

/** The global variables among `names` that the server has. */
export async function readVariables(
  connection: ServerConnection,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const list = names.map((name) => `'${name}'`).join(', ');
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${list})`,
  );
  return new Map(rows.map((row) => [row.Variable_name, row.Value]));
}
