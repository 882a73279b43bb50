/** A word, a quoted text or a single character of a statement, with where it stands. */
export interface StatementToken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface TokenOptions {
  /** False under NO_BACKSLASH_ESCAPES: a text may then end with a backslash. */
  readonly escapes: boolean;
  /** ANSI_QUOTES: double quotes are around names, in which a backslash is a character. */
  readonly ansiQuotes?: boolean;
  /** Collation id of character_set_client; null: not known. */
  readonly clientCollation: number | null;
}

/** Two dashes begin a comment only before white space, a control character or the end (MySQL's sql/sql_lex.cc). */
const comments = String.raw`(\/\*![0-9]*|\*\/)|(\/\*(?!!)[\s\S]*?\*\/|#[^\n]*|--(?=[\x00-\x20\x7f]|$)[^\n]*)`;
const names = String.raw`\`(?:[^\`]|\`\`)*\`|[A-Za-z_$\x80-\xff][\w$\x80-\xff]*|\S`;
const escaped = {
  single: String.raw`'(?:[^'\\]|\\[\s\S]|'')*'`,
  double: String.raw`"(?:[^"\\]|\\[\s\S]|"")*"`,
};
const unescaped = { single: String.raw`'(?:[^']|'')*'`, double: String.raw`"(?:[^"]|"")*"` };
const ofTokens = (single: string, double: string): RegExp =>
  new RegExp(`${comments}|${single}|${double}|${names}`, 'g');
const withEscapes = ofTokens(escaped.single, escaped.double);
const withoutEscapes = ofTokens(unescaped.single, unescaped.double);
const withQuotedNames = ofTokens(escaped.single, unescaped.double);
const plainComment = String.raw`\/\*(?!!)[\s\S]*?\*\/|#[^\n]*|--(?=[\x00-\x20\x7f]|$)[^\n]*`;
const ofPieces = (single: string, double: string): RegExp =>
  new RegExp(
    String.raw`${plainComment}|${single}|${double}|\`(?:[^\`]|\`\`)*\`|[A-Za-z0-9_$\x80-\xff]+|[\s\S]`,
    'y',
  );
const pieceWithEscapes = ofPieces(escaped.single, escaped.double);
const pieceWithoutEscapes = ofPieces(unescaped.single, unescaped.double);
const pieceWithQuotedNames = ofPieces(escaped.single, unescaped.double);

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
  options: TokenOptions,
): Generator<StatementToken, void, undefined> {
  const plain = singleBytes(statement, options);
  const { escapes, ansiQuotes = false } = options;
  const tokens = !escapes ? withoutEscapes : ansiQuotes ? withQuotedNames : withEscapes;
  for (const match of plain.matchAll(tokens)) {
    const [text, versionComment, comment] = match;
    if (versionComment !== undefined || comment !== undefined) continue;
    const end = match.index + text.length;
    yield { text: statement.slice(match.index, end), start: match.index, end };
  }
}

/** The statement without what looks like a sign of SQL but is half of a character; of the same length, so that a place is a place in both. */
export function singleBytes(statement: string, { clientCollation }: TokenOptions): string {
  const wide = twoByteCharacters.find(({ collations }) => collations.includes(clientCollation ?? 0));
  return wide === undefined ? statement : statement.replace(wide.pattern, '\x80\x80');
}

/** Where what begins at `at` ends: a text, a quoted name, a word, a plain comment, or a single character. Takes what `singleBytes` gave. */
export function endOfPiece(
  statement: string,
  at: number,
  { escapes, ansiQuotes = false }: TokenOptions,
): number {
  const one = !escapes ? pieceWithoutEscapes : ansiQuotes ? pieceWithQuotedNames : pieceWithEscapes;
  one.lastIndex = at;
  return at + (one.exec(statement)?.[0].length ?? 1);
}
