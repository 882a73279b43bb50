import { statementTokens, type TokenOptions } from './statement-tokens.js';

const clause = 'START TRANSACTION';
/** What begins the query that fills a table, where a statement was logged with it. */
const queryWords = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE']);

/**
 * A `CREATE TABLE` that is committed together with the rows behind it. Servers since 8.0.21 log it with that clause, in front of a
 * partition clause; older ones and MariaDB log the definition without it, and the rows in the same transaction. A statement that
 * holds its query itself, as the statement format logs it, has no rows to come and stays as it is.
 *
 * `statement` is text of one byte a character.
 */
export function withRowsToCome(statement: string, options: TokenOptions): string {
  const words = [...statementTokens(statement, options)].filter(({ text }) => text !== ';');
  const upper = words.map(({ text }) => text.toUpperCase());
  let depth = 0;
  let at = words.at(-1)?.end ?? statement.length;
  for (let i = nameEnd(upper); i < words.length; i++) {
    const word = upper[i];
    if (word === '(') depth++;
    else if (word === ')') depth--;
    if (depth > 0) continue;
    if (word === 'START' && upper[i + 1] === 'TRANSACTION') return statement;
    if (queryWords.has(word ?? '')) return statement;
    if (word !== 'PARTITION' || upper[i + 1] !== 'BY') continue;
    at = outsideOfVersionComment(statement, words[i]?.start ?? at);
    break;
  }
  // In lines of its own: what stands before may end with a comment.
  const after = statement.slice(at);
  return `${statement.slice(0, at)}\n${clause}${after === '' ? '' : `\n${after}`}`;
}

/** Index behind `CREATE … TABLE [IF NOT EXISTS] name [. name]`. */
function nameEnd(upper: readonly string[]): number {
  let at = upper.indexOf('TABLE') + 1;
  if (upper[at] === 'IF') at += 3;
  return at + (upper[at + 1] === '.' ? 3 : 1);
}

/** The place of a word, or of the version comment that it is the first word of. */
function outsideOfVersionComment(statement: string, at: number): number {
  const opening = /\/\*!\d*\s*$/.exec(statement.slice(0, at));
  return opening?.index ?? at;
}

/** The table that a `CREATE TABLE` creates, as it is written: `` `d`.`t` ``; null: it is something else. */
export function createdTable(statement: string, options: TokenOptions): string | null {
  const words = [...statementTokens(statement, options)].map(({ text }) => text);
  const upper = words.map((word) => word.toUpperCase());
  let at = upper.indexOf('TABLE');
  if (upper[0] !== 'CREATE' || at < 1 || at > 4) return null;
  at++;
  if (upper[at] === 'IF') at += 3;
  const name = words[at];
  if (name === undefined) return null;
  return words[at + 1] === '.' ? `${name}.${words[at + 2] ?? ''}` : name;
}
