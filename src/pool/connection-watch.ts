import type { PoolConnection } from 'mysql2';
import { GtidSet } from '../gtid/gtid-set.js';
import { leavesNothing } from './leaves-nothing.js';

/** Bits of the status that the server sends with each answer: MySQL source, include/mysql_com.h, SERVER_STATUS_flags_enum. */
const inTransactionFlag = 0x1;
/** Four bytes of header, a mark, warnings and status; a row that begins with the mark is longer. */
const eofPacketBytes = 9;

/** The parts of mysql2 that are looked at; its types do not tell of them. */
interface DriverPacket {
  isEOF(): boolean;
  isError(): boolean;
  eofStatusFlags(): number;
  length(): number;
}
interface DriverCommand {
  /** Of a Query, and of an Execute by its text. */
  readonly sql?: unknown;
  /** Of a Prepare. */
  readonly query?: unknown;
  /** Of an Execute. */
  readonly statement?: { readonly query?: unknown };
  on(event: 'result', listener: (result: unknown) => void): unknown;
  once(event: 'end', listener: () => void): unknown;
}
interface DriverInside {
  readonly _command: object | null;
  handlePacket(packet?: DriverPacket): void;
  addCommand(command: DriverCommand): DriverCommand;
}
interface DriverAnswer {
  readonly constructor: { readonly name: string };
  readonly serverStatus?: number;
  readonly affectedRows?: number;
  readonly stateChanges?: {
    readonly gtids: readonly string[];
    readonly systemVariables: Readonly<Record<string, string>>;
  };
}

/**
 * Looks at every answer on a connection, whoever asked for it and however: which transactions it reports, whether a transaction is open,
 * and whether something may have been committed that was not reported.
 *
 * The server reports GTIDs in OK packets only (Reference Manual, `session_track_gtids`). What is committed by a statement that ends in
 * rows (a function that writes), or in an error (a procedure that fails half way), is reported nowhere: seen on 9.7.4. So each such answer
 * outside of a transaction is a doubt, and the source must be asked.
 */
export class ConnectionWatch {
  readonly raw: PoolConnection;
  readonly #onHeard: (nowMs: number) => void;
  #gtids: GtidSet | null = null;
  #isSetUp = false;
  #isTracking = false;
  #isInTransaction = false;
  #isDoubtful = false;
  #hasChanged = false;
  #isTouched = false;
  #outstanding = 0;
  #lost: string | null = null;
  #askedMs = 0;
  #heardMs = performance.now();

  /** `onHeard` is called with every packet, and the time. */
  constructor(raw: PoolConnection, onHeard: (nowMs: number) => void) {
    this.raw = raw;
    this.#onHeard = onHeard;
    const inside = raw as unknown as DriverInside;
    const handlePacket = inside.handlePacket.bind(inside);
    const addCommand = inside.addCommand.bind(inside);
    inside.handlePacket = (packet) => {
      if (packet !== undefined) this.#hear(packet);
      handlePacket(packet);
    };
    inside.addCommand = (command) => {
      this.#ask(command);
      return addCommand(command);
    };
    raw.on('error', (error: Error) => (this.#lost ??= error.message));
    raw.on('end', () => (this.#lost ??= 'the server closed the connection'));
  }

  /** Whether it was set up; false again when its session was reset. */
  get isSetUp(): boolean {
    return this.#isSetUp;
  }

  get isInTransaction(): boolean {
    return this.#isInTransaction;
  }

  /** Whether, since `start`, something ran that may stay with the connection: the next user must not get it as it is. */
  get isTouched(): boolean {
    return this.#isTouched || this.#isInTransaction || this.#outstanding > 0;
  }

  /** Statements that are not answered yet. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Why it cannot be used any more; null: it can. */
  get lost(): string | null {
    return this.#lost;
  }

  /** For so long it has been waiting for a word of the server; 0: it is not. */
  silentMs(nowMs: number): number {
    return this.#outstanding === 0 ? 0 : Math.max(0, nowMs - Math.max(this.#askedMs, this.#heardMs));
  }

  idleMs(nowMs: number): number {
    return this.#outstanding === 0 ? Math.max(0, nowMs - this.#heardMs) : 0;
  }

  /** `isTracking` false: the server knows no tracking, or has no GTIDs. */
  setUp(isTracking: boolean): void {
    this.#isSetUp = true;
    this.#isTracking = isTracking;
  }

  /** From here on it is somebody else's. */
  start(): void {
    this.#gtids = null;
    this.#isDoubtful = false;
    this.#hasChanged = false;
    this.#isTouched = false;
  }

  /**
   * What was committed since `start`; null: that is not known, and must be asked for. A change of rows that has no GTID is none of a
   * transaction that is still open.
   */
  written(): GtidSet | null {
    const isUnnamed = this.#hasChanged && this.#gtids === null && !this.#isInTransaction;
    if (!this.#isTracking || this.#isDoubtful || isUnnamed || this.#outstanding > 0) return null;
    return this.#gtids ?? new GtidSet();
  }

  /** Ends the connection as if the network had: whoever waits for an answer is told. */
  cut(reason: string): void {
    this.#lost ??= reason;
    const error = Object.assign(new Error(reason), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
    const { stream } = this.raw as unknown as { stream: { destroy(error: Error): void } };
    stream.destroy(error);
  }

  #ask(command: DriverCommand): void {
    this.#outstanding += 1;
    this.#askedMs = performance.now();
    this.#isTouched ||= !commandLeavesNothing(command);
    // These put the session's settings back, ours among them.
    if (/^(ResetConnection|ChangeUser)$/.test(command.constructor.name)) {
      this.#isSetUp = false;
      this.#isTracking = false;
    }
    command.on('result', (result) => this.#note(result as DriverAnswer));
    command.once('end', () => (this.#outstanding -= 1));
  }

  #hear(packet: DriverPacket): void {
    this.#heardMs = performance.now();
    this.#onHeard(this.#heardMs);
    if (packet.length() === eofPacketBytes && packet.isEOF()) {
      this.#isInTransaction = (packet.eofStatusFlags() & inTransactionFlag) !== 0;
      // What is only prepared has not run.
      const isPreparing = (this.raw as unknown as DriverInside)._command?.constructor.name === 'Prepare';
      if (!this.#isInTransaction && !isPreparing) this.#isDoubtful = true;
    } else if (packet.isError()) this.#isDoubtful = true;
  }

  /** An OK packet; rows of a streamed result come here as well. */
  #note(answer: DriverAnswer): void {
    if (answer.constructor.name !== 'ResultSetHeader') return;
    const { serverStatus = 0, affectedRows, stateChanges } = answer;
    this.#isInTransaction = (serverStatus & inTransactionFlag) !== 0;
    if ((affectedRows ?? 0) > 0) this.#hasChanged = true;
    if (stateChanges === undefined) return;
    const tracked = stateChanges.systemVariables.session_track_gtids;
    if (tracked !== undefined && tracked !== 'OWN_GTID') this.#isTracking = false;
    if (stateChanges.gtids.length > 0) this.#add(stateChanges.gtids.join(','));
  }

  #add(text: string): void {
    if (text === '') return;
    try {
      this.#gtids = (this.#gtids ?? new GtidSet()).union(GtidSet.parse(text));
    } catch {
      // A kind of GTID that is not known here.
      this.#isDoubtful = true;
    }
  }
}

/** Of a prepared statement that is only closed, or of a ping, nothing stays either. */
const plainCommands = new Set(['Ping', 'CloseStatement', 'Quit']);

function commandLeavesNothing(command: DriverCommand): boolean {
  if (plainCommands.has(command.constructor.name)) return true;
  const sql = command.sql ?? command.query ?? command.statement?.query;
  return leavesNothing(typeof sql === 'string' ? sql : null);
}
