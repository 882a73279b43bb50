import { type RowSettings, suits } from '../../binlog/row-settings.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { quoteString } from '../../mysql/identifier.js';
import { ServerError } from '../../mysql/server-error.js';

/** The owner fence relies on strict mode, in which NULL is refused and not made into something else. */
const strictAllTables = 0x400000;

/**
 * Keeps the session of a lane at the settings that the source's session had, for tables whose rows the replica computes in
 * part. Counter-example: `day DATE AS (DATE(at)) STORED` over a TIMESTAMP is another day in another time zone.
 */
export class LaneSettings {
  readonly #run: (sql: string) => Promise<void>;
  /** null: as the session was opened, or as something else has left it. */
  #current: RowSettings | null = null;

  constructor(run: (sql: string) => Promise<void>) {
    this.#run = run;
  }

  /** The session is a new one, or something else has changed its settings. */
  forget(): void {
    this.#current = null;
  }

  /** Between transactions only; null: any settings will do. Rejects with TR_APPLY_FAILED when the replica refuses them. */
  async adopt(needed: RowSettings | null): Promise<void> {
    if (needed === null || (this.#current !== null && suits(this.#current, needed))) return;
    const { sqlMode, timeZone } = needed;
    const zone = timeZone === null ? '' : `, time_zone=${quoteString(timeZone)}`;
    const mode = sqlMode + strictAllTables;
    try {
      await this.#run(`SET SESSION sql_mode=${mode}${zone}`);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      throw new TailraceError('TR_APPLY_FAILED', {
        what: 'the replica refused the settings under which the source computed generated columns',
        why: `${error.sqlMessage} (error ${error.errno})`,
        cure: 'For a time zone that it does not know: load its time zone tables with mysql_tzinfo_to_sql, then start again.',
      });
    }
    this.#current = timeZone === null ? { sqlMode, timeZone: this.#current?.timeZone ?? null } : needed;
  }
}
