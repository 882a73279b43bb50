import type { Socket } from 'node:net';
import ZongJi from '@vlasky/zongji';
import type { TailraceError } from '../../errors/tailrace-error.js';
import { addressLabel } from '../../mysql/connection-failure.js';
import type { ServerAddress } from '../../mysql/server-address.js';
import { identityOf } from '../../mysql/driver-connection.js';
import { openConnection } from '../../mysql/server-connection.js';
import { guardIdentity } from '../../mysql/server-identity.js';
import { GtidSet } from '../../gtid/gtid-set.js';
import { DumpCommand } from './dump-command.js';
import { DumpReader } from './dump-reader.js';
import type { EventSink, EventStream, HoldReason, StreamStart } from '../source.js';
import { streamFailure } from './stream-failure.js';

export interface StreamOptions {
  readonly source: ServerAddress;
  readonly serverId: number;
  /** Tells the source which earlier connection this one replaces; a UUID. */
  readonly readerUuid: string;
  readonly start: StreamStart;
  readonly sink: EventSink;
}

/** The source writes a heartbeat when it has had nothing to send for so long; silence of ten is a lost connection. */
const heartbeatMs = 1_000;
const silenceMsMax = 10_000;
/** How long the source waits for a reader that does not read, before it closes the connection (at most 1 year). */
const writeTimeoutSeconds = 3_600;
const offsetMax = 0xffffffff;
/** So much is read before every other connection gets its turn: the replica's answers must not wait behind the stream. */
const turnBytesMax = 256 * 1024;
/** A stream that has more to read is not silent for so long, busy as this process may be. */
const quietMs = 20;

/** What is used of mysql2's connection below its public interface. */
interface RawConnection {
  query(sql: string, callback: (error: unknown) => void): void;
  addCommand(command: object): void;
  readonly stream: Socket;
}

/**
 * One binary log connection. zongji shakes hands, negotiates checksums and, without GTIDs, sends the dump command; what answers it
 * is then taken from the connection's socket, so that an event reaches the sink as the bytes of the network.
 */
export class BinlogStream implements EventStream {
  readonly #options: StreamOptions;
  readonly #where: string;
  readonly #reader: DumpReader;
  #zongji: ZongJi | null = null;
  #socket: Socket | null = null;
  /** Why nothing is read; empty: it is. */
  readonly #held = new Set<HoldReason>();
  #ended = false;
  #heardAt = Date.now();
  #watch: NodeJS.Timeout | null = null;
  #turnBytes = 0;
  #lastTurnBytes = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#where = addressLabel(options.source);
    this.#reader = new DumpReader({
      event: (bytes, start, end, slab) => options.sink.event(bytes, start, end, slab),
      end: (reason) => this.#end(streamFailure(reason, this.#where)),
    });
  }

  /** Milliseconds since 1970 at which the source was last heard. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Connects and asks for the dump. Rejects with a coded error; what fails later goes to `sink.end`. */
  async start(): Promise<void> {
    const control = await openConnection(this.#options.source, { sessionLabel: 'stream' });
    // zongji makes the binary log connection with the settings of this one, and keeps this one for its own questions.
    const zongji = new ZongJi(control.raw);
    this.#zongji = zongji;
    await new Promise<void>((resolve, reject) => {
      zongji.on('error', (error: unknown) => {
        const failure = streamFailure(error, this.#where);
        reject(failure);
        this.#end(failure);
      });
      zongji.on('ready', () => this.#prepare(zongji, resolve));
      zongji.start({ serverId: this.#options.serverId, ...this.#startOptions() });
      // It connects by itself, and has not yet.
      const { source } = this.#options;
      const identity = identityOf(source);
      if (identity !== null) guardIdentity(zongji.connection as object, identity);
    });
    this.#watch = setInterval(() => this.#checkSilence(), heartbeatMs);
  }

  hold(reason: HoldReason): void {
    this.#held.add(reason);
    this.#socket?.pause();
  }

  letGo(reason: HoldReason): void {
    if (!this.#held.delete(reason) || this.#held.size > 0) return;
    this.#heardAt = Date.now();
    this.#socket?.resume();
  }

  /** Whether more was there to be read than one turn takes: the next one will bring more at once. */
  get isBehind(): boolean {
    if (this.#held.size > 0 || Date.now() - this.#heardAt > quietMs) return false;
    return Math.max(this.#turnBytes, this.#lastTurnBytes) >= turnBytesMax;
  }

  /** Ends the stream; `sink.end` is not called. */
  async stop(): Promise<void> {
    this.#ended = true;
    await this.#close();
  }

  #startOptions(): { filename: string; position: number } {
    const { start } = this.#options;
    // We ask ourselves, before zongji gets to it.
    if (start.kind === 'gtid') return { filename: '', position: 4 };
    // The dump command has 32 bits for the offset; beyond them the file is read from its start and passed over.
    return { filename: start.file, position: start.offset > offsetMax ? 4 : start.offset };
  }

  /** Runs between zongji's own preparations and its dump command, which waits behind these statements. */
  #prepare(zongji: ZongJi, ready: () => void): void {
    const connection = zongji.connection as unknown as RawConnection;
    const heartbeatNs = heartbeatMs * 1_000_000;
    const ignore = (): void => undefined;
    const socket = connection.stream;
    this.#socket = socket;
    socket.once('close', () =>
      this.#end(streamFailure({ message: 'the source closed the connection' }, this.#where)),
    );
    // Old names for servers before 8.0.26; a variable that a server does not know is just a variable. MariaDB leaves out
    // events that only MariaDB knows, GTIDs among them, for a reader that claims no more than this.
    connection.query(
      `SET @source_heartbeat_period=${heartbeatNs}, @master_heartbeat_period=${heartbeatNs}, ` +
        `@source_binlog_checksum='CRC32', @master_binlog_checksum='CRC32', ` +
        `@replica_uuid='${this.#options.readerUuid}', @slave_uuid='${this.#options.readerUuid}', ` +
        '@mariadb_slave_capability=2',
      ignore,
    );
    connection.query(`SET SESSION net_write_timeout=${writeTimeoutSeconds}`, () => {
      // Every command before the dump has its answer: whatever comes from here on belongs to the dump.
      socket.removeAllListeners('data');
      socket.on('data', (chunk: Buffer) => this.#data(socket, chunk));
      ready();
    });
    const { start, serverId } = this.#options;
    if (start.kind === 'gtid') connection.addCommand(new DumpCommand(serverId, GtidSet.parse(start.set)));
  }

  #data(socket: Socket, chunk: Buffer): void {
    if (this.#ended) return;
    this.#heardAt = Date.now();
    try {
      this.#reader.take(chunk);
    } catch (error) {
      this.#end(streamFailure(error, this.#where));
      return;
    }
    if (this.#turnBytes === 0) setImmediate(() => this.#endTurn(socket));
    this.#turnBytes += chunk.length;
    if (this.#turnBytes >= turnBytesMax) socket.pause();
  }

  #endTurn(socket: Socket): void {
    this.#lastTurnBytes = this.#turnBytes;
    this.#turnBytes = 0;
    if (this.#lastTurnBytes >= turnBytesMax && this.#held.size === 0 && !this.#ended) socket.resume();
  }

  #checkSilence(): void {
    if (this.#held.size > 0 || Date.now() - this.#heardAt < silenceMsMax) return;
    this.#end(
      streamFailure(
        { message: `nothing was heard for ${silenceMsMax / 1000} s, not even a heartbeat` },
        this.#where,
      ),
    );
  }

  #end(error: TailraceError): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#close();
    this.#options.sink.end(error);
  }

  async #close(): Promise<void> {
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
    this.#reader.close();
    const zongji = this.#zongji;
    this.#zongji = null;
    if (zongji === null) return;
    zongji.removeAllListeners('error');
    zongji.on('error', () => undefined);
    const control = zongji.ctrlConnection as { destroy(): void } | null;
    await new Promise<void>((resolve) => {
      zongji.once('stopped', () => resolve());
      zongji.stop();
    });
    this.#socket?.destroy();
    control?.destroy();
  }
}
