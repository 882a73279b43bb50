/** A word, a quoted text or a single character of a statement, with where it stands. */
interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const comments = String.raw`(\/\*![0-9]*|\*\/)|(\/\*[^!][\s\S]*?\*\/|\/\*\*\/|#[^\n]*|--[\s][^\n]*)`;
const names = String.raw`\`(?:[^\`]|\`\`)*\`|[A-Za-z_$][\w$]*|\S`;
const escaped = String.raw`'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"`;
const unescaped = String.raw`'(?:[^']|'')*'|"(?:[^"]|"")*"`;
const withEscapes = new RegExp(`${comments}|${escaped}|${names}`, 'g');
/** Under NO_BACKSLASH_ESCAPES a text may end with a backslash. */
const withoutEscapes = new RegExp(`${comments}|${unescaped}|${names}`, 'g');

function* tokens(statement: string, escapes: boolean): Generator<Token, void, undefined> {
  for (const match of statement.matchAll(escapes ? withEscapes : withoutEscapes)) {
    const [text, versionComment, comment] = match;
    if (versionComment !== undefined || comment !== undefined) continue;
    yield { text, start: match.index, end: match.index + text.length };
  }
}

export interface DisableEventOptions {
  /** The words of the replica's version. */
  readonly disabled: 'DISABLE ON REPLICA' | 'DISABLE ON SLAVE';
  /** False under NO_BACKSLASH_ESCAPES. */
  readonly escapes: boolean;
}

/**
 * CREATE EVENT and ALTER EVENT as MySQL's own replica runs them: an event that is enabled on the source is disabled on the
 * replica, where its changes arrive as rows. Other statements come back as they are. `statement` is text of one byte a
 * character, so that bytes of any character set pass through.
 */
export function disableEvent(statement: string, options: DisableEventOptions): string {
  const { disabled, escapes } = options;
  const words = [...tokens(statement, escapes)];
  const upper = words.map((token) => token.text.toUpperCase());
  const creates = upper[0] === 'CREATE';
  if (!creates && upper[0] !== 'ALTER') return statement;
  const eventAt = upper.indexOf('EVENT');
  // Between CREATE and EVENT only a definer may stand: USER = name @ host, nine tokens at most.
  if (eventAt < 1 || eventAt > 10 || (eventAt > 1 && upper[1] !== 'DEFINER')) return statement;
  let depth = 0;
  let comment: Token | null = null;
  for (let i = nameEnd(upper, eventAt); i < words.length; i++) {
    const token = words[i] as Token;
    const word = upper[i];
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth > 0) continue;
    else if (word === 'DISABLE') return statement;
    else if (word === 'ENABLE')
      return statement.slice(0, token.start) + disabled + statement.slice(token.end);
    else if (word === 'COMMENT') comment ??= token;
    else if (word === 'DO') {
      if (!creates) return statement;
      const at = (comment ?? token).start;
      return `${statement.slice(0, at)}${disabled} ${statement.slice(at)}`;
    }
  }
  return statement;
}

/** Index of the first token after `[IF NOT EXISTS] name [. name]`. */
function nameEnd(upper: readonly string[], eventAt: number): number {
  let at = eventAt + 1;
  if (upper[at] === 'IF') at = upper.indexOf('EXISTS', at) + 1;
  at++;
  if (upper[at] === '.') at += 2;
  return at;
}
