import PQueue from 'p-queue';
import { writeFormatDescription } from '../../binlog/format-description.js';
import type { Gtid } from '../../binlog/gtid-event.js';
import type { RowSettings } from '../../binlog/row-settings.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { ServerAddress } from '../../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../../mysql/server-connection.js';
import { isMysqlAtLeast, parseServerVersion } from '../../mysql/server-version.js';
import { gtidNext } from './gtid-next.js';
import { FrameBuffers } from './frame-buffers.js';
import { LaneSettings } from './lane-settings.js';
import type { EventChunk } from './share-encoder.js';
import { runBatch } from './statement-batch.js';
import { type BatchPart } from './large-command.js';

/** What a lane needs to know of its replica. */
export interface LaneOptions {
  readonly replica: ServerAddress;
  readonly lane: number;
  /** `VERSION()` of the replica. */
  readonly serverVersion: string;
  /** `VERSION()` of the source. */
  readonly sourceVersion: string;
  /** `max_allowed_packet` of the replica. */
  readonly packetBytesMax: number;
  /** Seconds to wait for a row lock before the epoch is rolled back and tried again. */
  readonly lockWaitSeconds: number;
  /** What the session is for, where it is none of the lanes. */
  readonly label?: string;
}

/** Statements under way on a lane: while the replica applies one, the next is encoded and sent. */
const statementsAhead = 2;
/** What every session of ours begins with: as long as it takes. */
const tableWaitSecondsMax = 31_536_000;
/** Text around the base64 of a statement: its keywords, the checkpoint and the GTID. */
const statementOverheadBytes = 64 * 1024;

/** What a session that has committed under a GTID must do before its next transaction. */
const forgetGtid = `SET ${gtidNext(null)}`;

/** Bytes of events that go into one statement of a replica that takes packets of `packetBytesMax`; 1 KiB at least. */
export function statementEventBytes(packetBytesMax: number): number {
  return Math.max(1024, Math.floor((packetBytesMax - statementOverheadBytes) / 4) * 3);
}

/**
 * Since 8.0.30 a replica takes rows for a table with a generated invisible primary key and a functional key only when it knows
 * the version of the server that they come from, as native replication tells it from the GTID event. Every commit forgets it.
 */
function originSettings({ serverVersion, sourceVersion }: LaneOptions): readonly string[] {
  const source = parseServerVersion(sourceVersion);
  // Older sources do not tell their version in the GTID event.
  const known =
    isMysqlAtLeast(source, 8, 0, 14) && isMysqlAtLeast(parseServerVersion(serverVersion), 8, 0, 30);
  if (!known) return [];
  const { major, minor, patch } = source;
  return [`immediate_server_version=${major * 10_000 + minor * 100 + patch}`];
}

function connect({ replica, lane, label }: LaneOptions): Promise<ServerConnection> {
  return openConnection(replica, { multipleStatements: true, sessionLabel: label ?? `lane ${lane}` });
}

/** Several assignments cost one statement; none costs nothing. */
function setStatement(assignments: readonly string[]): string {
  return assignments.length === 0 ? '' : `SET ${assignments.join(', ')};`;
}

/**
 * One replica connection that applies row events inside transactions of its own, outside of the replica's binary log. With
 * autocommit off each begins with its first statement: on a server without a binary log BEGIN would use up the GTID that was
 * set for the transaction, before anything of it is applied.
 * Rejections are those of `runBatch`; after one, `rollback` must be called before anything else.
 */
export class Lane {
  readonly #options: LaneOptions;
  #connection: ServerConnection;
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #buffers = new FrameBuffers();
  /** Assignments that come before every transaction; see `originSettings`. */
  readonly #origin: readonly string[];
  #idempotent = false;
  #tableWaitSeconds = tableWaitSecondsMax;
  readonly #settings = new LaneSettings((sql) => this.statement(sql));
  #tellLost: ((error: TailraceError) => void) | null = null;

  private constructor(options: LaneOptions, connection: ServerConnection) {
    this.#options = options;
    this.#connection = connection;
    this.#origin = originSettings(options);
  }

  /** Connects and prepares the session: nothing of it survives a lost connection, so that a lane is always opened again. */
  static async open(options: LaneOptions): Promise<Lane> {
    const connection = await connect(options);
    try {
      const lane = new Lane(options, connection);
      await lane.#prepare();
      return lane;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** A new session in place of the one that statements of the source have left their settings in. Between transactions only. */
  async renew(): Promise<void> {
    const before = this.#connection;
    this.#connection = await connect(this.#options);
    this.#idempotent = false;
    this.#tableWaitSeconds = tableWaitSecondsMax;
    this.#settings.forget();
    if (this.#tellLost !== null) this.#connection.onLost(this.#tellLost);
    await before.close();
    await this.#prepare();
  }

  /** Tells when the connection is lost, whichever the lane has then. */
  onLost(callback: (error: TailraceError) => void): void {
    this.#tellLost = callback;
    this.#connection.onLost(callback);
  }

  get number(): number {
    return this.#options.lane;
  }

  get threadId(): number {
    return this.#connection.threadId;
  }

  get connection(): ServerConnection {
    return this.#connection;
  }

  /**
   * Writes the checkpoint first and then the chunks in a transaction of their own, under `gtid`, but does not commit it. A lock on tables, or on
   * the whole server, is waited for as long as it takes, or for `tableWaitSeconds`.
   */
  async execute(
    gtid: Gtid | null,
    checkpoint: string | null,
    chunks: Iterable<EventChunk>,
    tableWaitSeconds = tableWaitSecondsMax,
  ): Promise<void> {
    const settings = this.#openingSettings(gtid, tableWaitSeconds);
    const head = `${setStatement(settings)}${checkpoint === null ? '' : `${checkpoint};`}`;
    const headStatements = (checkpoint === null ? 0 : 1) + Math.min(settings.length, 1);
    let opening: string | null = head;
    let failure: unknown = null;
    const send = (parts: readonly BatchPart[], statements: number): void => {
      // The bytes are framed here, before the encoder reuses its buffer; the queue only bounds what is under way.
      const sent = this.#run(parts, statements).catch((error: unknown) => (failure ??= error));
      void this.#queue.add(() => sent);
    };
    for (const chunk of chunks) {
      this.#checkSize(chunk);
      send([`${opening ?? ''}BINLOG '`, { base64: chunk }, "'"], opening === null ? 1 : headStatements + 1);
      opening = null;
      await this.#queue.onSizeLessThan(statementsAhead - 1);
      if (failure !== null) break;
    }
    if (opening !== null && headStatements > 0) send([head.slice(0, -1)], headStatements);
    await this.#queue.onIdle();
    if (failure !== null) throw failure as Error;
  }

  /** Appends to the transaction that `execute` began. */
  async append(chunks: Iterable<EventChunk>): Promise<void> {
    for (const chunk of chunks) {
      this.#checkSize(chunk);
      await this.#run(["BINLOG '", { base64: chunk }, "'"], 1);
    }
  }

  async commit(): Promise<void> {
    await this.#run(['COMMIT'], 1);
  }

  /** Runs one statement without a result. */
  async statement(sql: string): Promise<void> {
    await this.#run([sql], 1);
  }

  /** The same for a text in the character set of the session. */
  async bytes(sql: Buffer): Promise<void> {
    await this.#run([sql], 1);
  }

  /** Runs statements without results, in one write. */
  async statements(...sql: readonly string[]): Promise<void> {
    if (sql.length > 0) await this.#run([sql.join(';')], sql.length);
  }

  /** Says whose transaction XA START is about to begin; `execute` and `transaction` say it themselves. */
  async announce(gtid: Gtid | null): Promise<void> {
    await this.statements(...this.announcement(gtid));
  }

  /** The statements by which `announce` says it: one or none. */
  announcement(gtid: Gtid | null): readonly string[] {
    const settings = this.#settingsFor(gtid);
    return settings.length === 0 ? [] : [`SET ${settings.join(', ')}`];
  }

  #settingsFor(gtid: Gtid | null): readonly string[] {
    return gtid === null ? this.#origin : [...this.#origin, gtidNext(gtid)];
  }

  /** What a transaction begins with; a wait that has not changed costs nothing. */
  #openingSettings(gtid: Gtid | null, tableWaitSeconds: number): readonly string[] {
    const settings = this.#settingsFor(gtid);
    if (tableWaitSeconds === this.#tableWaitSeconds) return settings;
    this.#tableWaitSeconds = tableWaitSeconds;
    return [...settings, `lock_wait_timeout=${tableWaitSeconds}`];
  }

  async rollback(): Promise<void> {
    await this.#run([`ROLLBACK;${forgetGtid}`], 2);
  }

  /** Behind a commit under a GTID: the next transaction has none of its own. */
  async forgetGtid(): Promise<void> {
    await this.#run([forgetGtid], 1);
  }

  /**
   * A whole transaction: under `gtid`, or outside of GTIDs when that is null. When all fits into one chunk it goes in one
   * write, so that it costs one round trip.
   */
  async transaction(
    gtid: Gtid | null,
    checkpoint: string | null,
    chunks: Iterator<EventChunk>,
  ): Promise<void> {
    const settings = this.#openingSettings(gtid, tableWaitSecondsMax);
    const next = setStatement(settings);
    const before = Math.min(settings.length, 1);
    const reset = gtid === null ? '' : `;${forgetGtid}`;
    const after = gtid === null ? 0 : 1;
    const head = checkpoint === null ? '' : `${checkpoint};`;
    const headStatements = checkpoint === null ? 0 : 1;
    const first = chunks.next();
    if (first.done === true) {
      await this.#run([`${next}${head}COMMIT${reset}`], before + headStatements + 1 + after);
      return;
    }
    this.#checkSize(first.value);
    // What the encoder has in its buffer is gone with its next step: copy it before looking whether there is more.
    const chunk = first.value.length === 1 ? first.value.map((piece) => Buffer.from(piece)) : first.value;
    const second = chunks.next();
    const opening = `${next}${head}BINLOG '`;
    if (second.done === true) {
      await this.#run([opening, { base64: chunk }, `';COMMIT${reset}`], before + headStatements + 2 + after);
      return;
    }
    await this.#run([opening, { base64: chunk }, "'"], before + headStatements + 1);
    await this.append([second.value]);
    for (let more = chunks.next(); more.done !== true; more = chunks.next()) await this.append([more.value]);
    await this.#run([`COMMIT${reset}`], 1 + after);
  }

  /** Between transactions: see `LaneSettings`. */
  under(settings: RowSettings | null): Promise<void> {
    return this.#settings.adopt(settings);
  }

  /** A statement of the source has left its own settings in the session. */
  forgetSettings(): void {
    this.#settings.forget();
  }

  /** Whether rows that are there already, or are not there any more, are taken as applied. */
  async setIdempotent(idempotent: boolean): Promise<void> {
    if (this.#idempotent === idempotent) return;
    await this.statement(`SET SESSION rbr_exec_mode='${idempotent ? 'IDEMPOTENT' : 'STRICT'}'`);
    this.#idempotent = idempotent;
  }

  #run(parts: readonly BatchPart[], statements: number): Promise<void> {
    return runBatch(this.#connection, parts, statements, this.#buffers);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  async #prepare(): Promise<void> {
    const { serverVersion, lockWaitSeconds } = this.#options;
    // A deadlock rolls the whole transaction back. What was sent behind it would then be committed on its own by
    // autocommit; without, it is part of a new transaction that `rollback` ends.
    // All that a lane sends is ASCII, and the server reads a long text a fifth faster where a character is a byte.
    const session =
      'SET SESSION sql_log_bin=0, autocommit=0, character_set_client=latin1, ' +
      `innodb_lock_wait_timeout=${lockWaitSeconds};SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;BINLOG '`;
    await this.#run([session, { base64: [writeFormatDescription(serverVersion)] }, "'"], 3);
    // A format description leaves GTID_NEXT undetermined, and nothing could be committed.
    await this.forgetGtid();
  }

  #checkSize(chunk: EventChunk): void {
    const bytes = chunk.reduce((sum, { length }) => sum + length, 0);
    const needed = Math.ceil(bytes / 3) * 4 + statementOverheadBytes;
    const { packetBytesMax } = this.#options;
    if (needed <= packetBytesMax) return;
    const mebibytes = Math.ceil(needed / 2 ** 20);
    throw new TailraceError('TR_APPLY_PACKET_TOO_LARGE', {
      what: `a single row event needs a packet of ${mebibytes} MiB, the replica takes ${Math.floor(packetBytesMax / 2 ** 20)} MiB`,
      cure: `On the replica: SET PERSIST max_allowed_packet=${Math.min(1024, 2 ** Math.ceil(Math.log2(mebibytes)))}*1024*1024; then start again.`,
    });
  }
}
