import { randomUUID } from 'node:crypto';
import { TailraceError } from '../errors/tailrace-error.js';
import { quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import type { CheckpointEntry, CheckpointState, StatementIntent } from './checkpoint-entry.js';
import { type CheckpointRow, readCheckpointState } from './read-checkpoint-state.js';

/** Version of the tables' layout; another one is refused. */
const layoutVersion = 1;
/** So long transactions of an earlier owner may take to end once its connections are gone. */
const takeOverSeconds = 5;
const lockWaitTimeout = 1205;
const tableMissing = 1146;
const schemaMissing = 1049;

const createTables = [
  'CREATE DATABASE IF NOT EXISTS `tailrace` DEFAULT CHARACTER SET utf8mb4',
  `CREATE TABLE IF NOT EXISTS \`tailrace\`.\`link\` (
    name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    version INT UNSIGNED NOT NULL,
    source_uuid VARCHAR(36) NOT NULL,
    owner CHAR(36) NOT NULL,
    intent_start_file VARCHAR(512) NULL,
    intent_start_offset BIGINT UNSIGNED NULL,
    intent_end_file VARCHAR(512) NULL,
    intent_end_offset BIGINT UNSIGNED NULL,
    intent_digest VARCHAR(64) NULL
  ) ENGINE=InnoDB COMMENT='tailrace: one row a link'`,
  `CREATE TABLE IF NOT EXISTS \`tailrace\`.\`checkpoint\` (
    link VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    lane INT UNSIGNED NOT NULL,
    owner CHAR(36) NOT NULL,
    epoch BIGINT UNSIGNED NOT NULL,
    lanes INT UNSIGNED NOT NULL,
    start_file VARCHAR(512) NOT NULL,
    start_offset BIGINT UNSIGNED NOT NULL,
    end_file VARCHAR(512) NOT NULL,
    end_offset BIGINT UNSIGNED NOT NULL,
    gtids LONGTEXT NOT NULL,
    gtids_before LONGTEXT NOT NULL,
    strict_tables LONGTEXT NOT NULL,
    PRIMARY KEY (link, lane)
  ) ENGINE=InnoDB COMMENT='tailrace: what each lane has applied'`,
];

/** A link's row, as far as it is read. */
interface LinkRow {
  readonly version: number;
  readonly source_uuid: string;
  readonly intent_start_file: string | null;
  readonly intent_start_offset: string | null;
  readonly intent_end_file: string | null;
  readonly intent_end_offset: string | null;
  readonly intent_digest: string | null;
}

/**
 * The checkpoint of one link: tables on the replica, in schema `tailrace`, written outside of the binary log so that they never
 * make a GTID. Whoever takes the link over writes its own token into every row first; a lane of an earlier owner that is
 * still alive then fails at its own checkpoint and cannot commit.
 */
export class CheckpointStore {
  readonly #connection: ServerConnection;
  readonly #link: string;
  readonly #owner = randomUUID();

  /** The session of `connection` must have `sql_log_bin=0`. */
  constructor(connection: ServerConnection, link: string) {
    this.#connection = connection;
    this.#link = link;
  }

  /**
   * Creates what is missing and takes the link over. Waits a while for transactions of an earlier owner that are being ended;
   * rejects with TR_LINK_LOCKED when they are not.
   */
  async takeOver(sourceUuid: string, lanes: number): Promise<void> {
    try {
      await this.#takeOver(sourceUuid, lanes);
    } catch (error) {
      if (!(error instanceof ServerError) || error.errno !== lockWaitTimeout) throw error;
      throw await this.#stillOpen(error);
    }
  }

  async #takeOver(sourceUuid: string, lanes: number): Promise<void> {
    const existing = await this.#readLink();
    if (existing !== null && existing.version !== layoutVersion) {
      throw new TailraceError('TR_CHECKPOINT_INCOMPATIBLE', {
        what: `the checkpoint of link ${this.#link} has layout ${existing.version}, this tailrace writes ${layoutVersion}`,
      });
    }
    await this.#connection.execute(`SET SESSION innodb_lock_wait_timeout=${takeOverSeconds}`);
    if (existing === null) for (const statement of createTables) await this.#connection.execute(statement);
    await this.#connection.execute(
      'INSERT INTO `tailrace`.`link` (name, version, source_uuid, owner) VALUES (?, ?, ?, ?) ' +
        'ON DUPLICATE KEY UPDATE owner=VALUES(owner), source_uuid=VALUES(source_uuid)',
      [this.#link, layoutVersion, sourceUuid, this.#owner],
    );
    const empty = Array.from({ length: lanes }, () => "(?, ?, ?, 0, 0, '', 0, '', 0, '', '', '[]')");
    await this.#connection.execute(
      'INSERT IGNORE INTO `tailrace`.`checkpoint` (link, lane, owner, epoch, lanes, start_file, start_offset, ' +
        `end_file, end_offset, gtids, gtids_before, strict_tables) VALUES ${empty.join()}`,
      empty.flatMap((_, lane) => [this.#link, lane, this.#owner]),
    );
    await this.#connection.execute('UPDATE `tailrace`.`checkpoint` SET owner=? WHERE link=?', [
      this.#owner,
      this.#link,
    ]);
  }

  /** The source that the checkpoint speaks of, and what it says; null: the replica has no checkpoint of this link. */
  async read(): Promise<{ readonly sourceUuid: string; readonly state: CheckpointState } | null> {
    const link = await this.#readLink();
    if (link === null) return null;
    const rows = await this.#guard(() =>
      this.#connection.query<Record<string, string>>('SELECT * FROM `tailrace`.`checkpoint` WHERE link=?', [
        this.#link,
      ]),
    );
    return { sourceUuid: link.source_uuid, state: readCheckpointState(rows.map(checkpointRow)) };
  }

  /** A statement whose outcome is unknown; null: none. */
  async readIntent(): Promise<StatementIntent | null> {
    const link = await this.#readLink();
    if (link === null || link.intent_digest === null) return null;
    return {
      start: { file: link.intent_start_file ?? '', offset: Number(link.intent_start_offset) },
      end: { file: link.intent_end_file ?? '', offset: Number(link.intent_end_offset) },
      schemaDigest: link.intent_digest,
    };
  }

  async writeIntent(intent: StatementIntent): Promise<void> {
    await this.#connection.execute(
      'UPDATE `tailrace`.`link` SET intent_start_file=?, intent_start_offset=?, intent_end_file=?, ' +
        'intent_end_offset=?, intent_digest=? WHERE name=? AND owner=?',
      [
        intent.start.file,
        intent.start.offset,
        intent.end.file,
        intent.end.offset,
        intent.schemaDigest,
        this.#link,
        this.#owner,
      ],
    );
  }

  /** The statement that was announced has had no effect, or is recorded otherwise. */
  async clearIntent(): Promise<void> {
    await this.#connection.execute(
      'UPDATE `tailrace`.`link` SET intent_start_file=NULL, intent_start_offset=NULL, intent_end_file=NULL, ' +
        'intent_end_offset=NULL, intent_digest=NULL WHERE name=? AND owner=?',
      [this.#link, this.#owner],
    );
  }

  /**
   * The statement that a lane runs inside its transaction. It fails with ER_BAD_NULL_ERROR when another process has taken
   * the link over, because the epoch may not be NULL.
   */
  laneStatement(lane: number, entry: CheckpointEntry): string {
    const { start, end } = entry;
    return (
      'UPDATE `tailrace`.`checkpoint` SET ' +
      `epoch=IF(owner='${this.#owner}',${entry.epoch},NULL),lanes=${entry.lanes},` +
      `start_file=${quoteString(start.file)},start_offset=${start.offset},` +
      `end_file=${quoteString(end.file)},end_offset=${end.offset},` +
      `gtids=${quoteString(entry.gtids)},gtids_before=${quoteString(entry.gtidsBefore)},` +
      `strict_tables=${quoteString(JSON.stringify(entry.strictTables))} ` +
      `WHERE link=${quoteString(this.#link)} AND lane=${lane}`
    );
  }

  /** Records an epoch of one lane that was committed outside of it, such as a statement, and that no intent is open. */
  async write(entry: CheckpointEntry): Promise<void> {
    await this.#connection.execute('BEGIN');
    try {
      await this.#connection.execute(this.laneStatement(0, entry));
      await this.clearIntent();
      await this.#connection.execute('COMMIT');
    } catch (error) {
      await this.#connection.execute('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Whether nobody has taken the link over since `takeOver`. */
  async isOwned(connection: ServerConnection): Promise<boolean> {
    const rows = await connection.query<{ owner: string }>(
      'SELECT owner FROM `tailrace`.`link` WHERE name=?',
      [this.#link],
    );
    return rows[0]?.owner === this.#owner;
  }

  /** Lanes of an earlier owner are open, and nobody may commit in their stead. */
  async #stillOpen(error: ServerError): Promise<TailraceError> {
    let sessions: string[] = [];
    try {
      const rows = await this.#connection.query<{ id: string }>(
        'SELECT DISTINCT t.PROCESSLIST_ID AS id FROM performance_schema.data_locks l ' +
          'JOIN performance_schema.threads t ON t.THREAD_ID = l.THREAD_ID ' +
          "WHERE l.OBJECT_SCHEMA = 'tailrace' AND t.PROCESSLIST_ID <> CONNECTION_ID()",
      );
      sessions = rows.map(({ id }) => id);
    } catch (failure) {
      // Servers before 8.0 do not tell, nor do others everybody: the message is then less precise.
      if (failure instanceof TailraceError) return failure;
    }
    return new TailraceError('TR_LINK_LOCKED', {
      what: `transactions of an earlier tailrace are still open on the replica, in which it applies link ${this.#link}`,
      why: `${error.sqlMessage} (error ${error.errno})`,
      ...(sessions.length === 0
        ? {}
        : {
            cure: `Stop the other one. If it or its host hangs: ${sessions.map((id) => `KILL ${id};`).join(' ')}`,
          }),
    });
  }

  async #readLink(): Promise<LinkRow | null> {
    const rows = await this.#guard(() =>
      this.#connection.query<LinkRow>('SELECT * FROM `tailrace`.`link` WHERE name=?', [this.#link]),
    );
    return rows[0] ?? null;
  }

  /** A checkpoint that is not there is told apart from one that cannot be read. */
  async #guard<T>(read: () => Promise<T[]>): Promise<T[]> {
    try {
      return await read();
    } catch (error) {
      const { errno, message } = error as { errno?: number; message: string };
      if (errno === tableMissing || errno === schemaMissing) return [];
      if (error instanceof TailraceError) throw error;
      throw new TailraceError('TR_CHECKPOINT_UNREADABLE', {
        what: `the checkpoint of link ${this.#link} could not be read`,
        why: message,
        cause: error,
      });
    }
  }
}

function checkpointRow(row: Record<string, string>): CheckpointRow {
  return {
    lane: Number(row.lane),
    epoch: Number(row.epoch),
    lanes: Number(row.lanes),
    start: { file: row.start_file ?? '', offset: Number(row.start_offset) },
    end: { file: row.end_file ?? '', offset: Number(row.end_offset) },
    gtids: row.gtids ?? '',
    gtidsBefore: row.gtids_before ?? '',
    strictTables: JSON.parse(row.strict_tables ?? '[]') as string[],
  };
}
