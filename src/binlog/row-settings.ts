import { eventHeaderBytes } from './event-header.js';
import type { SessionContext } from './session-context.js';

/**
 * The settings of the source's session that change what an expression over a row's columns gives. Servers compute generated
 * columns again when they apply a row, and MySQL's own replica does so under the settings of the `BEGIN` before it.
 */
export interface RowSettings {
  /** Of sql_mode the bits of `evaluationModes`. */
  readonly sqlMode: number;
  /** null: nothing had used it when the transaction began. */
  readonly timeZone: string | null;
}

/** NO_UNSIGNED_SUBTRACTION, NO_ZERO_IN_DATE, NO_ZERO_DATE, ALLOW_INVALID_DATES and PAD_CHAR_TO_FULL_LENGTH (sql_const.h). */
const evaluationModesLow = 0x83800040;
/** TIME_TRUNCATE_FRACTIONAL, in the upper half. */
const evaluationModesHigh = 0x1;
/** MariaDB's TIME_ROUND_FRACTIONAL, there as well. */
const mariadbRounds = 0x4;

/** Status variables up to the time zone, in the order in which servers write them, with the bytes of those of fixed length. */
const Code = { Flags2: 0, SqlMode: 1, AutoIncrement: 3, Charset: 4, TimeZone: 5, Catalog: 6 } as const;
const fixedBytes: Readonly<Record<number, number>> = {
  [Code.Flags2]: 4,
  [Code.AutoIncrement]: 4,
  [Code.Charset]: 6,
};

/** The settings in a context that was read whole, such as that of an `XA START`. */
export function rowSettingsOf({ sqlMode, timeZone }: SessionContext): RowSettings {
  const modes = BigInt(evaluationModesLow) | (BigInt(evaluationModesHigh) << 32n);
  return { sqlMode: Number((sqlMode ?? 0n) & modes), timeZone };
}

/** Reads the settings of one `BEGIN` after another; those that are the same as before are the same object. */
export class RowSettingsReader {
  #last: RowSettings = { sqlMode: 0, timeZone: null };
  /** The bytes that `#last` was read from: most transactions begin as the one before, and are told by comparing. */
  #seen: Buffer = Buffer.alloc(0);
  #isMysql = true;

  /** MySQL rounds fractions of seconds unless a bit says otherwise, MariaDB the other way round, with another bit. */
  roundsFractions(isMysql: boolean): void {
    this.#isMysql = isMysql;
    this.#seen = Buffer.alloc(0);
  }

  /**
   * The settings in the query event that begins at `start`; what the event does not say is as with none.
   * Format: class `Query_event` in MySQL's libs/mysql/binlog/event/statement_events.h.
   */
  read(bytes: Buffer, start: number): RowSettings {
    const at = start + eventHeaderBytes + 13;
    const seen = this.#seen;
    let same = 0;
    while (same < seen.length && bytes[at + same] === seen[same]) same++;
    if (same === seen.length && same > 0) return this.#last;
    return this.#parse(bytes, at, at + bytes.readUInt16LE(at - 2));
  }

  #parse(bytes: Buffer, status: number, statusEnd: number): RowSettings {
    const end = Math.min(bytes.length, statusEnd);
    let sqlMode = 0;
    let timeZone: string | null = null;
    let at = status;
    // Whether what was read tells by itself that nothing else follows that counts.
    let isClosed = false;
    while (at < end && !isClosed) {
      const code = bytes[at++] as number;
      if (code === Code.SqlMode && at + 8 <= end) {
        const high = bytes.readUInt32LE(at + 4);
        const truncates = this.#isMysql ? high & evaluationModesHigh : (high & mariadbRounds) === 0 ? 1 : 0;
        sqlMode = ((bytes.readUInt32LE(at) & evaluationModesLow) >>> 0) + truncates * 2 ** 32;
        at += 8;
      } else if (code === Code.Catalog) {
        at += 1 + (bytes[at] as number);
      } else if (code === Code.TimeZone) {
        const zoneEnd = Math.min(end, at + 1 + (bytes[at] as number));
        timeZone = bytes.toString('latin1', at + 1, zoneEnd);
        at = zoneEnd;
        isClosed = true;
      } else {
        const length = fixedBytes[code];
        if (length === undefined) isClosed = true;
        else at += length;
      }
    }
    this.#seen = isClosed ? Buffer.from(bytes.subarray(status, Math.min(end, at))) : Buffer.alloc(0);
    const last = this.#last;
    if (last.sqlMode !== sqlMode || last.timeZone !== timeZone) this.#last = { sqlMode, timeZone };
    return this.#last;
  }
}

/** Whether rows that need `needed` may be applied under `given`. */
export function suits(given: RowSettings, needed: RowSettings): boolean {
  return given.sqlMode === needed.sqlMode && (needed.timeZone === null || given.timeZone === needed.timeZone);
}
