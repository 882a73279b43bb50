/** A statement to be sent, and how many replies it has. */
export interface SentStatement {
  readonly text: string;
  readonly replies: number;
}

/**
 * A statement that ends with a semicolon, sent so that the semicolon stays: one more statement, which does nothing, follows it.
 *
 * Counter-example: of `CREATE EVENT e … DO SET @a = 1; SELECT 2`, sent as one text, the source stores and logs the event with its
 * semicolon. From the end of what a client sends, the server takes it away: the definition would not be the source's.
 *
 * The session must take several statements in one text.
 */
export function keepSemicolon(statement: string): SentStatement {
  if (!/;\s*$/.test(statement)) return { text: statement, replies: 1 };
  // SET is allowed whatever has become of the GTID.
  return { text: `${statement} SET @tailrace = NULL`, replies: 2 };
}
