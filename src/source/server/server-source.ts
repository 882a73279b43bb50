import { createHash } from 'node:crypto';
import type { BinlogPosition } from '../../binlog/binlog-position.js';
import type { TailraceError } from '../../errors/tailrace-error.js';
import type { LinkLag } from '../../lag/link-lag.js';
import type { ServerAddress } from '../../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../../mysql/server-connection.js';
import type { EventSink, EventStream, Source, SourceClock, SourceFacts, StreamStart } from '../source.js';
import { BinlogStream } from './binlog-stream.js';

import { ServerClock } from './server-clock.js';
import { ServerLog } from './server-log.js';
import { readSourceFacts } from './source-facts.js';

/**
 * The identity under which a link reads: the same after a restart, so that the source ends the connection that a killed
 * process left behind instead of keeping it until it fails.
 */
export function linkReaderUuid(linkName: string): string {
  const hex = createHash('sha256').update(`tailrace reader ${linkName}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

export interface ServerSourceOptions {
  readonly address: ServerAddress;
  /** server_id under which the stream registers; unique among all that read from the source. */
  readonly serverId: number;
  /** Name of the link: a stream that it left behind is replaced. */
  readonly linkName: string;
  /** The connection beside the stream is lost; called once. */
  readonly onLost: (error: TailraceError) => void;
}

/** A MySQL or MariaDB server whose binary log is read. */
export class ServerSource implements Source {
  readonly #options: ServerSourceOptions;
  readonly #connection: ServerConnection;
  readonly log: ServerLog;

  private constructor(options: ServerSourceOptions, connection: ServerConnection) {
    this.#options = options;
    this.#connection = connection;
    this.log = new ServerLog(connection);
  }

  /** Rejects with the coded error of a connection that fails. */
  static async connect(options: ServerSourceOptions): Promise<ServerSource> {
    const connection = await openConnection(options.address, { sessionLabel: 'source' });
    connection.onLost(options.onLost);
    return new ServerSource(options, connection);
  }

  facts(): Promise<SourceFacts> {
    return readSourceFacts(this.#connection);
  }

  end(): Promise<BinlogPosition> {
    return this.log.end();
  }

  clock(lag: LinkLag, byGtid: boolean): SourceClock {
    return new ServerClock(this.#connection, this.log, lag, byGtid);
  }

  async open(start: StreamStart, sink: EventSink): Promise<EventStream> {
    const { address, serverId, linkName } = this.#options;
    const stream = new BinlogStream({
      source: address,
      serverId,
      readerUuid: linkReaderUuid(linkName),
      start,
      sink,
    });
    await stream.start();
    return stream;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}
