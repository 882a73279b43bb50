import { TailraceError } from '../errors/tailrace-error.js';
import { heartbeatColumns, ownComment } from '../lag/heartbeat-row.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { quoteIdentifier, quoteString, quoteTable } from '../mysql/identifier.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';
import type { HeartbeatSettings } from './endpoint-settings.js';
import { heartbeatRefusal } from './heartbeat-refusal.js';

/** What is written into the one row of a source. */
export interface Heartbeat {
  /** Microseconds since 1970; null: now, by the server's clock. */
  readonly atMicros: number | null;
  /** Of the source, wherever the row is kept; null: that of the server itself. */
  readonly serverId: number | null;
  /** In the source's binary log; null: not told. */
  readonly position: BinlogPosition | null;
}

const tableMissing = 1146;
const schemaMissing = 1049;
/** As pt-heartbeat writes it, in the time zone of the server, which is the one that readers compare with. */
const timeFormat = "'%Y-%m-%dT%H:%i:%s.%f'";

/** A table as pt-heartbeat keeps it, on one server; it is created when the first row finds none. */
export class HeartbeatTable {
  readonly #settings: HeartbeatSettings;

  constructor(settings: HeartbeatSettings) {
    this.#settings = settings;
  }

  /**
   * To be called once in a session, before anything is written. Errors: TR_HEARTBEAT_REFUSED, TR_HEARTBEAT_FOREIGN; what a lost
   * connection throws.
   */
  async prepare(connection: ServerConnection): Promise<void> {
    if (this.#settings.writeOn === 'source') return;
    await this.#guarded(connection, async () => {
      // Nothing of it may get a GTID of the replica's own.
      await connection.execute('SET SESSION sql_log_bin=0');
      await this.#requireOwn(connection);
    });
  }

  /** Errors: as those of `prepare`. */
  async write(connection: ServerConnection, heartbeat: Heartbeat): Promise<void> {
    await this.#guarded(connection, async () => {
      const statement = this.#rowStatement(heartbeat);
      try {
        await connection.execute(statement);
      } catch (error) {
        if (!isMissing(error)) throw error;
        await this.#create(connection);
        await connection.execute(statement);
      }
    });
  }

  get #name(): string {
    return quoteTable(this.#settings.schema, this.#settings.table);
  }

  /** A table that replicates from the source would meet our rows, and stop the link. */
  async #requireOwn(connection: ServerConnection): Promise<void> {
    const { schema, table } = this.#settings;
    const [found] = await connection.query<{ comment: string }>(
      'SELECT TABLE_COMMENT AS comment FROM information_schema.TABLES WHERE TABLE_SCHEMA=? AND TABLE_NAME=?',
      [schema, table],
    );
    if (found === undefined || found.comment === ownComment) return;
    throw new TailraceError('TR_HEARTBEAT_FOREIGN', {
      what: `${this.#name} on ${addressLabel(connection.address)} was not created by tailrace.`,
      why: 'If it replicates from the source, or somebody else writes it, tailrace would get in the way.',
    });
  }

  async #create(connection: ServerConnection): Promise<void> {
    const { schema, writeOn } = this.#settings;
    await connection.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(schema)}`);
    const comment = writeOn === 'replica' ? ` COMMENT='${ownComment}'` : '';
    await connection.execute(
      `CREATE TABLE IF NOT EXISTS ${this.#name} (${heartbeatColumns.join(', ')}) ENGINE=InnoDB${comment}`,
    );
  }

  #rowStatement({ atMicros, serverId, position }: Heartbeat): string {
    const own = this.#settings.writeOn === 'source';
    const at = atMicros === null ? 'SYSDATE(6)' : `FROM_UNIXTIME(${secondsText(atMicros)})`;
    const file = position === null ? 'NULL' : quoteString(position.file);
    const offset = position === null ? 'NULL' : String(position.offset);
    const [fileColumn, offsetColumn] = own
      ? ['file', 'position']
      : ['relay_master_log_file', 'exec_master_log_pos'];
    return (
      `INSERT INTO ${this.#name} (ts, server_id, ${fileColumn}, ${offsetColumn}) ` +
      `VALUES (DATE_FORMAT(${at}, ${timeFormat}), ${serverId ?? '@@GLOBAL.server_id'}, ${file}, ${offset}) ` +
      'ON DUPLICATE KEY UPDATE ts=VALUES(ts), ' +
      `${fileColumn}=VALUES(${fileColumn}), ${offsetColumn}=VALUES(${offsetColumn})`
    );
  }

  async #guarded(connection: ServerConnection, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      throw await heartbeatRefusal(connection, this.#settings, error);
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof ServerError && (error.errno === tableMissing || error.errno === schemaMissing);
}

/** A literal of seconds with microseconds, exact where a division would not be. */
function secondsText(micros: number): string {
  const whole = Math.floor(micros);
  const seconds = Math.floor(whole / 1e6);
  return `${seconds}.${String(whole - seconds * 1e6).padStart(6, '0')}`;
}
