import type { Row, ServerConnection } from '../../mysql/server-connection.js';
import { ServerError } from '../../mysql/server-error.js';

/** ER_PARSE_ERROR: servers before 8.0.22, and MariaDB, know the older words only. */
const parseErrno = 1064;
const statements = ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS'] as const;

/** How far a source is behind its own source, if it has one. */
export class UpstreamLag {
  readonly #source: ServerConnection;
  #words = 0;

  constructor(source: ServerConnection) {
    this.#source = source;
  }

  /**
   * Microseconds, in whole seconds as the server tells it: 0, it has no source, or lacks nothing. null: it has one, and cannot tell.
   * undefined: it may not be asked.
   */
  async read(): Promise<number | null | undefined> {
    try {
      const rows = await this.#source.query<Row>(statements[this.#words]!);
      return await this.#worst(rows.filter(isChannel));
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.errno !== parseErrno || this.#words + 1 >= statements.length) return undefined;
      this.#words += 1;
      return this.read();
    }
  }

  async #worst(channels: readonly Row[]): Promise<number | null> {
    const all = channels.map(behindMicros);
    if (all.every((one) => one !== null)) return Math.max(0, ...all);
    // What is left of a server's time as a replica, after it was promoted, tells nothing of what it is now.
    const isPromoted = channels.every(isStopped) && (await this.#isWritable());
    return isPromoted ? 0 : null;
  }

  async #isWritable(): Promise<boolean> {
    const [row] = await this.#source.query<{ read_only: number }>('SELECT @@global.read_only AS read_only');
    return Number(row?.read_only) === 0;
  }
}

/** Channels of Group Replication have no source of their own. */
function isChannel(row: Row): boolean {
  const host = text(row, 'Source_Host', 'Master_Host');
  return host !== '' && host !== '<NULL>';
}

function behindMicros(row: Row): number | null {
  const seconds = text(row, 'Seconds_Behind_Source', 'Seconds_Behind_Master');
  return /^\d+$/.test(seconds) ? Number(seconds) * 1_000_000 : null;
}

function isStopped(row: Row): boolean {
  const io = text(row, 'Replica_IO_Running', 'Slave_IO_Running');
  return io === 'No' && text(row, 'Replica_SQL_Running', 'Slave_SQL_Running') === 'No';
}

function text(row: Row, name: string, before: string): string {
  const value = row[name] ?? row[before] ?? '';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
