/** A word, a quoted text or a single character of a statement, with where it stands. */
export interface StatementToken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface TokenOptions {
  /** False under NO_BACKSLASH_ESCAPES: a text may then end with a backslash. */
  readonly escapes: boolean;
  /** Collation id of character_set_client; null: not known. */
  readonly clientCollation: number | null;
}

/** Two dashes begin a comment only before white space, a control character or the end (MySQL's sql/sql_lex.cc). */
const comments = String.raw`(\/\*![0-9]*|\*\/)|(\/\*(?!!)[\s\S]*?\*\/|#[^\n]*|--(?=[\x00-\x20\x7f]|$)[^\n]*)`;
const names = String.raw`\`(?:[^\`]|\`\`)*\`|[A-Za-z_$\x80-\xff][\w$\x80-\xff]*|\S`;
const escaped = String.raw`'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"`;
const unescaped = String.raw`'(?:[^']|'')*'|"(?:[^"]|"")*"`;
const withEscapes = new RegExp(`${comments}|${escaped}|${names}`, 'g');
const withoutEscapes = new RegExp(`${comments}|${unescaped}|${names}`, 'g');

/**
 * Characters of two bytes of which the second may be a backslash, a backtick or another sign of SQL, by the collation ids of
 * their character sets (information_schema.COLLATIONS): big5, gbk and gb18030, sjis and cp932.
 */
const twoByteCharacters: readonly { readonly collations: readonly number[]; readonly pattern: RegExp }[] = [
  { collations: [1, 84, 28, 87, 248, 249, 250], pattern: /[\x81-\xfe][\x40-\x7e\x80-\xfe]/g },
  { collations: [13, 88, 95, 96], pattern: /[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]/g },
];

/**
 * The tokens of a statement, which is text of one byte a character in any character set that MySQL takes from clients. Comments are left
 * out; what stands in a version comment is not.
 */
export function* statementTokens(
  statement: string,
  { escapes, clientCollation }: TokenOptions,
): Generator<StatementToken, void, undefined> {
  const wide = twoByteCharacters.find(({ collations }) => collations.includes(clientCollation ?? 0));
  // The same length, so that a place is a place in the statement.
  const plain = wide === undefined ? statement : statement.replace(wide.pattern, '\x80\x80');
  for (const match of plain.matchAll(escapes ? withEscapes : withoutEscapes)) {
    const [text, versionComment, comment] = match;
    if (versionComment !== undefined || comment !== undefined) continue;
    const end = match.index + text.length;
    yield { text: statement.slice(match.index, end), start: match.index, end };
  }
}
