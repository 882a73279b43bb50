import type { QueryEvent } from '../binlog/query-event.js';
import type { SessionContext } from '../binlog/session-context.js';
import { quoteIdentifier } from '../mysql/identifier.js';
import { disableEvent } from './disable-event.js';
import { nameInvoker } from './name-invoker.js';
import type { TokenOptions } from './statement-tokens.js';

/** ER_BAD_TABLE_ERROR. */
const badTable = 1051;
/** Bit of NO_BACKSLASH_ESCAPES in sql_mode (sql_const.h). */
const noBackslashEscapes = 1n << 20n;
/** And of ANSI_QUOTES. */
const ansiQuotes = 1n << 2n;

/**
 * The text of a statement as the replica has to run it, one byte a character. Three kinds differ from what the source ran:
 *
 * - Events are disabled: their changes arrive as rows.
 * - CURRENT_USER in a statement about accounts is whoever ran it on the source.
 * - `DROP TABLE a, b` of which only one was there dropped that one on MySQL before 8.0, and was logged with its error.
 *   Later servers drop all or none: `IF EXISTS` does what the old one did.
 *
 * Throws what keeps the replica from doing what the source did.
 */
export function replicaStatement(event: QueryEvent): string {
  if (event.refusal !== undefined) throw event.refusal;
  const { statement, errorCode, context } = event;
  const text = statement.toString('latin1');
  if (errorCode === badTable) {
    return text.replace(/^(\s*DROP\s+(?:TABLE|VIEW)\s+)(?!IF\b)/i, '$1IF EXISTS ');
  }
  const { invoker } = context;
  const options = { ...tokenOptions(context), invoker: invoker === null ? null : accountName(invoker) };
  return disableEvent(nameInvoker(text, options), options);
}

/** How the text of a statement is to be read that a session with this context sent. */
export function tokenOptions({ sqlMode, charset }: SessionContext): TokenOptions {
  return {
    escapes: ((sqlMode ?? 0n) & noBackslashEscapes) === 0n,
    ansiQuotes: ((sqlMode ?? 0n) & ansiQuotes) !== 0n,
    clientCollation: charset?.client ?? null,
  };
}

/** An account as text of one byte a character, in backticks, which mean the same under every sql_mode. */
function accountName({ user, host }: { readonly user: string; readonly host: string }): string {
  return Buffer.from(`${quoteIdentifier(user)}@${quoteIdentifier(host)}`).toString('latin1');
}
