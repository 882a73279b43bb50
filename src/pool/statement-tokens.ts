/** What a statement is made of, as far as it matters where it may run. */
export interface StatementToken {
  /**
   * `word`: a keyword, a number or a bare name, in upper case. `name`: quoted by backticks. `text`: a literal in single or
   * double quotes, which with ANSI_QUOTES is a name. `symbol`: one character.
   */
  readonly kind: 'word' | 'name' | 'text' | 'symbol';
  readonly value: string;
  /** Whether nothing stands between the token before and this one. */
  readonly adjacent: boolean;
}

/** Longer statements are not looked into; they go where everything may run. In characters. */
const statementLengthMax = 1_048_576;

const blank = /[\s\0]+/y;
// `--` begins a comment only before a blank or at the end: 1--1 is a calculation.
const lineComment = /(?:#|--(?=[\s\0]|$))[^\n]*/y;
const word = /[\w$\u0080-\uffff]+/y;
const name = /`(?:[^`]|``)*`/y;
const textWithEscapes = /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"/y;
const textWithoutEscapes = /'(?:[^']|'')*'|"(?:[^"]|"")*"/y;

/**
 * Cuts a statement into tokens and leaves its comments out. `escapes`: whether a backslash means something within quotes
 * (NO_BACKSLASH_ESCAPES is off). Null where that cannot be done for sure: an end that is missing, a comment that the server
 * may run (`/*!`), a statement that is too long. Lexical structure: MySQL manual, chapter "Language Structure".
 */
export function statementTokens(sql: string, escapes: boolean): StatementToken[] | null {
  if (sql.length > statementLengthMax) return null;
  const tokens: StatementToken[] = [];
  let at = 0;
  let adjacent = false;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (match === null) return null;
    at += match[0].length;
    return match[0];
  };
  const add = (kind: StatementToken['kind'], value: string): void => {
    tokens.push({ kind, value, adjacent });
    adjacent = true;
  };
  while (at < sql.length) {
    if (take(blank) !== null || take(lineComment) !== null) {
      adjacent = false;
    } else if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at + 2);
      if (end === -1 || /^(?:!|M!)/.test(sql.slice(at + 2, at + 4))) return null;
      at = end + 2;
      adjacent = false;
    } else {
      const first = sql[at] ?? '';
      if (first === '`' || first === "'" || first === '"') {
        const quoted = take(first === '`' ? name : escapes ? textWithEscapes : textWithoutEscapes);
        if (quoted === null) return null;
        add(first === '`' ? 'name' : 'text', quoted.slice(1, -1));
      } else {
        const found = take(word);
        if (found === null) at += 1;
        add(found === null ? 'symbol' : 'word', found?.toUpperCase() ?? first);
      }
    }
  }
  return tokens;
}
