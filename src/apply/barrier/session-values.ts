import type { SessionValue, VariableValue } from '../../binlog/session-value.js';
import { quoteBytes, quoteIdentifier } from '../../mysql/identifier.js';
import type { ServerConnection } from '../../mysql/server-connection.js';

/**
 * Gives a session of the replica what a statement takes from the source's: `CREATE EVENT e ON SCHEDULE EVERY @n MINUTE`
 * is logged as it was written. The session must still read UTF-8.
 */
export async function setSessionValues(
  connection: ServerConnection,
  values: readonly SessionValue[],
): Promise<void> {
  for (const value of values) await connection.execute(`SET ${await assignment(connection, value)}`);
}

async function assignment(connection: ServerConnection, value: SessionValue): Promise<string> {
  switch (value.kind) {
    case 'last-insert-id':
      return `@@session.last_insert_id=${value.value}`;
    case 'insert-id':
      return `@@session.insert_id=${value.value}`;
    case 'random':
      return `@@session.rand_seed1=${value.seeds[0]}, @@session.rand_seed2=${value.seeds[1]}`;
    case 'variable':
      return `@${quoteIdentifier(value.name)}=${await literal(connection, value.value)}`;
  }
}

async function literal(connection: ServerConnection, value: VariableValue): Promise<string> {
  if (value.kind === 'null') return 'NULL';
  if (value.kind === 'number') return value.text;
  const [row] = await connection.query<{ charset: string; collation: string }>(
    'SELECT CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation FROM information_schema.COLLATIONS WHERE ID = ?',
    [value.collation],
  );
  // A collation that the replica does not know: its own words say so.
  const { charset = 'utf8mb4', collation = `id_${value.collation}` } = row ?? {};
  return `_${charset} ${quoteBytes(value.bytes)} COLLATE ${quoteIdentifier(collation)}`;
}
