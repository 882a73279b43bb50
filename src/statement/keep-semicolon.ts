import { statementTokens, type TokenOptions } from './statement-tokens.js';

/** A statement to be sent, and how many replies it has. */
export interface SentStatement {
  readonly text: string;
  /** More than one: the session must take several statements in one text. One: it must not. */
  readonly replies: 1 | 2;
}

/**
 * A statement that ends with a semicolon, sent so that the semicolon stays: one more statement, which does nothing, follows it.
 *
 * Counter-examples:
 * - Of `CREATE EVENT e … DO SET @a = 1; SELECT 2`, sent as one text, the source stores and logs the event with its semicolon.
 *   From the end of what a client sends, the server takes it away: the definition would not be the source's.
 * - `ALTER TABLE … -- x;` ends with a semicolon that is part of a comment: nothing may follow in its line.
 * - `ALTER TABLE …; -- x` is one statement for a session that takes one, and one with an empty one behind it for others, which
 *   answer twice.
 *
 * `statement` is text of one byte a character.
 */
export function keepSemicolon(statement: string, options: TokenOptions): SentStatement {
  if (!/;\s*$/.test(statement)) return { text: statement, replies: 1 };
  let last = '';
  for (const { text } of statementTokens(statement, options)) last = text;
  if (last !== ';') return { text: statement, replies: 1 };
  // In a line of its own, because a comment may end the one before. SET is allowed whatever has become of the GTID.
  return { text: `${statement}\nSET @tailrace = NULL`, replies: 2 };
}
