import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { ServerConnection } from './server-connection.js';
import { isMysqlAtLeast } from './server-version.js';
import { readServerVersion } from './server-facts.js';

/** Where a server writes its binary log now; null: it writes none. */
export async function readBinlogEnd(connection: ServerConnection): Promise<BinlogPosition | null> {
  const modern = isMysqlAtLeast(await readServerVersion(connection), 8, 2);
  const [row] = await connection.query<{ File: string; Position: string | number }>(
    modern ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS',
  );
  return row === undefined ? null : { file: row.File, offset: Number(row.Position) };
}
