import { randomUUID } from 'node:crypto';
import { TailraceError } from '../errors/tailrace-error.js';
import { quoteString } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import type {
  CheckpointEntry,
  CheckpointLife,
  StatementIntent,
  StoredCheckpoint,
} from './checkpoint-entry.js';
import { prepareTables } from './checkpoint-tables.js';
import { type CheckpointRow, readCheckpointState } from './read-checkpoint-state.js';

/** Version of the tables' layout; another one is refused. Columns may be added to it: see `prepareTables`. */
const layoutVersion = 1;
/** So long transactions of an earlier owner may take to end once its connections are gone. */
const takeOverSeconds = 5;
const lockWaitTimeout = 1205;
const tableMissing = 1146;
const schemaMissing = 1049;

/** A link's row, as far as it is read. */
interface LinkRow {
  readonly version: number;
  readonly source_uuid: string;
  readonly intent_start_file: string | null;
  readonly intent_start_offset: string | null;
  readonly intent_end_file: string | null;
  readonly intent_end_offset: string | null;
  readonly intent_digest: string | null;
  /** These are missing in what an older version wrote. */
  readonly from_file?: string | null;
  readonly from_offset?: string | null;
  readonly native_file?: string | null;
  readonly native_offset?: string | null;
}

/** What a start has found, to be known again by the next one. */
export interface LinkStart {
  readonly sourceUuid: string;
  readonly lanes: number;
  /** Where the user says that the replica stands; null: nowhere. */
  readonly from: BinlogPosition | null;
  /** The checkpoint says nothing yet: the link begins at `from`. */
  readonly begins: boolean;
  /** Where native replication stands; null: nowhere. */
  readonly native: BinlogPosition | null;
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
  /** Seconds by which the replica's clock is ahead of ours. */
  #clockSeconds = 0;
  /** False: it is certain that no intent is open. Nobody but the owner opens one. */
  #mayHaveIntent = true;

  /** The session of `connection` must have `sql_log_bin=0`. */
  constructor(connection: ServerConnection, link: string) {
    this.#connection = connection;
    this.#link = link;
  }

  /**
   * Creates what is missing and takes the link over. Waits a while for transactions of an earlier owner that are being ended;
   * rejects with TR_LINK_LOCKED when they are not.
   */
  async takeOver(start: LinkStart): Promise<void> {
    try {
      await this.#takeOver(start);
    } catch (error) {
      if (!(error instanceof ServerError) || error.errno !== lockWaitTimeout) throw error;
      throw await this.#stillOpen(error);
    }
  }

  async #takeOver({ sourceUuid, lanes, from, begins, native }: LinkStart): Promise<void> {
    const existing = await this.#readLink();
    if (existing !== null && existing.version !== layoutVersion) {
      throw new TailraceError('TR_CHECKPOINT_INCOMPATIBLE', {
        what: `The checkpoint of link ${this.#link} has layout ${existing.version}, but this tailrace writes layout ${layoutVersion}.`,
      });
    }
    await this.#connection.execute(
      `SET SESSION innodb_lock_wait_timeout=${takeOverSeconds}, lock_wait_timeout=${takeOverSeconds}`,
    );
    await prepareTables(this.#connection, existing !== null);
    await this.#connection.execute('SET SESSION lock_wait_timeout=DEFAULT');
    await this.#readClock();
    await this.#connection.execute(
      'INSERT INTO `tailrace`.`link` (name, version, source_uuid, owner, native_file, native_offset) ' +
        'VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE owner=VALUES(owner), source_uuid=VALUES(source_uuid), ' +
        'native_file=VALUES(native_file), native_offset=VALUES(native_offset)',
      [this.#link, layoutVersion, sourceUuid, this.#owner, native?.file ?? '', native?.offset ?? 0],
    );
    if (begins) {
      await this.#connection.execute('UPDATE `tailrace`.`link` SET from_file=?, from_offset=? WHERE name=?', [
        from?.file ?? null,
        from?.offset ?? null,
        this.#link,
      ]);
    }
    const empty = Array.from({ length: lanes }, () => "(?, ?, ?, 0, 0, '', 0, '', 0, '', '', '[]')");
    await this.#connection.execute(
      'INSERT IGNORE INTO `tailrace`.`checkpoint` (link, lane, owner, epoch, lanes, start_file, start_offset, ' +
        `end_file, end_offset, gtids, gtids_before, strict_tables) VALUES ${empty.join()}`,
      empty.flatMap((_, lane) => [this.#link, lane, this.#owner]),
    );
    // What an older version wrote counts from now on.
    await this.#connection.execute(
      'UPDATE `tailrace`.`checkpoint` SET owner=?, written_at=COALESCE(written_at, ?) WHERE link=?',
      [this.#owner, this.#now(), this.#link],
    );
  }

  async #readClock(): Promise<void> {
    const [row] = await this.#connection.query<{ now: string }>('SELECT UNIX_TIMESTAMP() AS now');
    this.#clockSeconds = Number(row?.now) - Math.floor(Date.now() / 1000);
  }

  /** Seconds since 1970 by the replica's clock. A lane's own is not asked: it takes the time of the row events for its own. */
  #now(): number {
    return Math.floor(Date.now() / 1000) + this.#clockSeconds;
  }

  /** The source that the checkpoint speaks of, and what it says; null: the replica has no checkpoint of this link. */
  async read(): Promise<StoredCheckpoint | null> {
    const link = await this.#readLink();
    if (link === null) return null;
    const rows = await this.#guard(() =>
      this.#connection.query<Record<string, string | null>>(
        'SELECT * FROM `tailrace`.`checkpoint` WHERE link=?',
        [this.#link],
      ),
    );
    const writtenAt = rows.reduce((last, row) => Math.max(last, Number(row['written_at'] ?? 0)), 0);
    return {
      sourceUuid: link.source_uuid,
      state: readCheckpointState(rows.map(checkpointRow)),
      life: { ...positionsOf(link), writtenAt: writtenAt === 0 ? null : writtenAt },
    };
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
    this.#mayHaveIntent = true;
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
    await this.#connection.execute(this.clearIntentStatement());
  }

  /** What `clearIntent` runs, for a transaction that it belongs to. */
  clearIntentStatement(): string {
    return (
      'UPDATE `tailrace`.`link` SET intent_start_file=NULL, intent_start_offset=NULL, intent_end_file=NULL, ' +
      `intent_end_offset=NULL, intent_digest=NULL WHERE name=${quoteString(this.#link)} AND owner='${this.#owner}'`
    );
  }

  /**
   * The statement that a lane runs inside its transaction. It fails with ER_BAD_NULL_ERROR when another process has taken
   * the link over, because the epoch may not be NULL. `notBefore`: seconds since 1970 that the time of writing is not before.
   */
  laneStatement(lane: number, entry: CheckpointEntry, notBefore = 0): string {
    const { start, end } = entry;
    return (
      'UPDATE `tailrace`.`checkpoint` SET ' +
      `epoch=IF(owner='${this.#owner}',${entry.epoch},NULL),lanes=${entry.lanes},` +
      `start_file=${quoteString(start.file)},start_offset=${start.offset},` +
      `end_file=${quoteString(end.file)},end_offset=${end.offset},` +
      `gtids=${quoteString(entry.gtids)},gtids_before=${quoteString(entry.gtidsBefore)},` +
      `strict_tables=${quoteString(JSON.stringify(entry.strictTables))},` +
      `known_gtid=${quoteString(entry.knownGtid)},` +
      `written_at=GREATEST(COALESCE(written_at,0),${Math.max(this.#now(), notBefore)}) ` +
      `WHERE link=${quoteString(this.#link)} AND lane=${lane}`
    );
  }

  /**
   * Records an epoch of one lane that was committed outside of it, such as a statement, and that no intent is open. Tables that a
   * statement creates are as old as the source says: `notBefore` is its time. `beside`: committed together with it, on the same
   * connection.
   */
  async write(entry: CheckpointEntry, notBefore: number, beside?: () => Promise<void>): Promise<void> {
    const statement = this.laneStatement(0, entry, notBefore);
    if (!this.#mayHaveIntent && beside === undefined) {
      await this.#connection.execute(statement);
      return;
    }
    await this.#connection.execute('BEGIN');
    try {
      await this.#connection.execute(statement);
      await this.clearIntent();
      await beside?.();
      await this.#connection.execute('COMMIT');
    } catch (error) {
      await this.#connection.execute('ROLLBACK').catch(() => undefined);
      throw error;
    }
    this.#mayHaveIntent = false;
  }

  /** The last epoch's GTIDs have been adopted after it was written: `gtid` is one of them. */
  async noteAdopted(epoch: number, gtid: string): Promise<void> {
    await this.#connection.execute(
      'UPDATE `tailrace`.`checkpoint` SET known_gtid=? WHERE link=? AND owner=? AND epoch=?',
      [gtid, this.#link, this.#owner, epoch],
    );
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
      what: `Transactions of an earlier tailrace for link ${this.#link} are still open on the replica.`,
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
        what: `The checkpoint of link ${this.#link} could not be read.`,
        why: message,
        cause: error,
      });
    }
  }
}

function positionsOf(link: LinkRow): Omit<CheckpointLife, 'writtenAt'> {
  const from = link.from_file ?? null;
  const native = link.native_file ?? null;
  const nativeOffset = Number(link.native_offset);
  return {
    from: from === null ? null : { file: from, offset: Number(link.from_offset) },
    native: native === null ? undefined : native === '' ? null : { file: native, offset: nativeOffset },
  };
}

function checkpointRow(row: Record<string, string | null>): CheckpointRow {
  return {
    lane: Number(row['lane']),
    epoch: Number(row['epoch']),
    lanes: Number(row['lanes']),
    start: { file: row['start_file'] ?? '', offset: Number(row['start_offset']) },
    end: { file: row['end_file'] ?? '', offset: Number(row['end_offset']) },
    gtids: row['gtids'] ?? '',
    gtidsBefore: row['gtids_before'] ?? '',
    knownGtid: row['known_gtid'] ?? '',
    strictTables: JSON.parse(row['strict_tables'] ?? '[]') as string[],
  };
}
