import type { QueryEvent } from '../binlog/query-event.js';
import { disableEvent } from './disable-event.js';

/** ER_BAD_TABLE_ERROR. */
const badTable = 1051;
/** Bit of NO_BACKSLASH_ESCAPES in sql_mode (sql_const.h). */
const noBackslashEscapes = 1n << 20n;

/**
 * The text of a statement as the replica has to run it, one byte a character. Two kinds differ from what the source ran:
 *
 * - Events are disabled: their changes arrive as rows.
 * - `DROP TABLE a, b` of which only one was there dropped that one on MySQL before 8.0, and was logged with its error.
 *   Later servers drop all or none: `IF EXISTS` does what the old one did.
 */
export function replicaStatement(event: QueryEvent): string {
  const text = event.statement.toString('latin1');
  if (event.errorCode === badTable) {
    return text.replace(/^(\s*DROP\s+(?:TABLE|VIEW)\s+)(?!IF\b)/i, '$1IF EXISTS ');
  }
  const escapes = ((event.context.sqlMode ?? 0n) & noBackslashEscapes) === 0n;
  return disableEvent(text, { disabled: 'DISABLE ON REPLICA', escapes });
}
