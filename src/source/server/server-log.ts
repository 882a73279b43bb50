import { readBinlogEnd } from '../../mysql/binlog-end.js';
import type { ServerConnection } from '../../mysql/server-connection.js';
import { fileNumber, type BinlogPosition } from '../../binlog/binlog-position.js';
import type { SourceLog } from '../source.js';

/** Names and sizes of the source's binary log files: how much there is still to read. */
export class ServerLog implements SourceLog {
  readonly #connection: ServerConnection;
  #files: readonly { readonly file: string; readonly bytes: number }[] = [];

  constructor(connection: ServerConnection) {
    this.#connection = connection;
  }

  async refresh(): Promise<void> {
    const rows = await this.#connection.query<{ Log_name: string; File_size: string | number }>(
      'SHOW BINARY LOGS',
    );
    this.#files = rows.map((row) => ({ file: row.Log_name, bytes: Number(row.File_size) }));
  }

  /** The end as of the last refresh; null: there was none. */
  get measuredEnd(): BinlogPosition | null {
    const last = this.#files.at(-1);
    return last === undefined ? null : { file: last.file, offset: last.bytes };
  }

  /** Where the source writes now. */
  async end(): Promise<BinlogPosition> {
    return (await readBinlogEnd(this.#connection)) ?? { file: '', offset: 0 };
  }

  /** Bytes from `position` to the end as of the last refresh, or to `until`. */
  behind(position: BinlogPosition, until: BinlogPosition | null): number {
    const from = fileNumber(position.file);
    const to = until === null ? Infinity : fileNumber(until.file);
    let bytes = 0;
    for (const { file, bytes: size } of this.#files) {
      const number = fileNumber(file);
      if (number < from || number > to) continue;
      const end = until !== null && number === to ? until.offset : size;
      bytes += Math.max(0, number === from ? end - position.offset : end);
    }
    return bytes;
  }
}
