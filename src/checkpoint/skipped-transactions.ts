import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';

/** A transaction of the source that somebody has left out on purpose. */
export interface SkippedTransaction {
  readonly link: string;
  /** null: it has none. */
  readonly gtid: string | null;
  readonly file: string;
  readonly startOffset: number;
  readonly endOffset: number;
  /** Milliseconds since 1970. */
  readonly committedMs: number;
  /** Who did it; the session's user is added. */
  readonly by: string;
  /** What it held, as JSON. */
  readonly contents: string;
}

/** What a start or a check tells of them. */
export interface SkippedSummary {
  readonly count: number;
  /** GTID or position of the last one. */
  readonly last: string;
  /** When that was left out, `YYYY-MM-DD hh:mm:ss` in UTC. */
  readonly lastAt: string;
}

/** ER_NO_SUCH_TABLE and ER_BAD_DB_ERROR: nothing was ever left out. */
const missingErrnos = new Set([1146, 1049]);

/** Creates the table. The session must have `sql_log_bin=0`. */
export async function prepareSkippedTable(connection: ServerConnection): Promise<void> {
  await connection.execute(
    `CREATE TABLE IF NOT EXISTS \`tailrace\`.\`skipped\` (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      link VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      gtid VARCHAR(128) CHARACTER SET ascii NULL,
      file VARCHAR(512) NOT NULL,
      start_offset BIGINT UNSIGNED NOT NULL,
      end_offset BIGINT UNSIGNED NOT NULL,
      committed_at DATETIME(3) NOT NULL COMMENT 'UTC',
      skipped_at DATETIME(3) NOT NULL COMMENT 'UTC',
      skipped_by VARCHAR(512) NOT NULL,
      contents JSON NOT NULL,
      KEY (link)
    ) ENGINE=InnoDB COMMENT='tailrace: transactions that somebody has left out'`,
  );
}

/** Notes one, in the transaction that is open. */
export async function noteSkipped(connection: ServerConnection, skipped: SkippedTransaction): Promise<void> {
  const { link, gtid, file, startOffset, endOffset, committedMs, by, contents } = skipped;
  await connection.execute(
    'INSERT INTO `tailrace`.`skipped` (link, gtid, file, start_offset, end_offset, committed_at, skipped_at, skipped_by, contents) ' +
      "VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), CONCAT(?, ', as ', USER()), ?)",
    [link, gtid, file, startOffset, endOffset, utc(committedMs), by, contents],
  );
}

/** What was left out of a link; null: nothing. */
export async function readSkipped(
  connection: ServerConnection,
  link: string,
): Promise<SkippedSummary | null> {
  try {
    const rows = await connection.query<{ all: string | number; last: string; at: string }>(
      'SELECT (SELECT COUNT(*) FROM `tailrace`.`skipped` WHERE link=?) AS `all`, ' +
        "COALESCE(gtid, CONCAT(file, ':', start_offset)) AS `last`, " +
        "DATE_FORMAT(skipped_at, '%Y-%m-%d %H:%i:%s') AS `at` " +
        'FROM `tailrace`.`skipped` WHERE link=? ORDER BY id DESC LIMIT 1',
      [link, link],
    );
    const row = rows[0];
    return row === undefined ? null : { count: Number(row.all), last: row.last, lastAt: row.at };
  } catch (error) {
    if (error instanceof ServerError && missingErrnos.has(error.errno)) return null;
    throw error;
  }
}

function utc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
}
