import { type StatementToken, statementTokens, type TokenOptions } from './statement-tokens.js';

/** What MySQL's own replica makes of the state of every event that a source creates or alters. */
const disabled = 'DISABLE ON REPLICA';

export interface DisableEventOptions extends TokenOptions {
  /** Who ran the statement on the source, as `` `name`@`host` ``; null: the source did not say. */
  readonly invoker: string | null;
}

/**
 * CREATE EVENT and ALTER EVENT as MySQL's own replica runs them; other statements come back as they are.
 *
 * - Whatever the statement says of its state, the event is disabled on the replica, where its changes arrive as rows (MySQL's
 *   sql/event_parse_data.cc, check_originator_id).
 * - ALTER EVENT makes whoever runs it the definer. On the replica that would be the user of tailrace.
 *
 * `statement` is text of one byte a character, so that bytes of any character set pass through.
 */
export function disableEvent(statement: string, options: DisableEventOptions): string {
  const words = [...statementTokens(statement, options)];
  const upper = words.map((token) => token.text.toUpperCase());
  const creates = upper[0] === 'CREATE';
  if (!creates && upper[0] !== 'ALTER') return statement;
  const eventAt = upper.indexOf('EVENT');
  // Before EVENT only a definer may stand: USER = name @ host, nine tokens at most.
  if (eventAt < 1 || eventAt > 10 || (eventAt > 1 && upper[1] !== 'DEFINER')) return statement;
  const inState = withState(statement, words, upper, eventAt);
  const definerMissing = !creates && eventAt === 1 && options.invoker !== null;
  if (!definerMissing) return inState;
  const at = (words[eventAt] as StatementToken).start;
  return `${inState.slice(0, at)}DEFINER=${options.invoker} ${inState.slice(at)}`;
}

/** Puts the state in the place of the one that the statement gives, or where the grammar has room for it. */
function withState(
  statement: string,
  words: readonly StatementToken[],
  upper: readonly string[],
  eventAt: number,
): string {
  let depth = 0;
  let room = words.at(-1)?.end ?? statement.length;
  for (let i = nameEnd(upper, eventAt); i < words.length; i++) {
    const { start } = words[i] as StatementToken;
    const word = upper[i];
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth > 0) continue;
    // The new name may be any word.
    else if (word === 'RENAME') i = nameEnd(upper, i + 1) - 1;
    else if (word === 'ENABLE' || word === 'DISABLE') {
      const last = words[upper[i + 1] === 'ON' ? i + 2 : i] as StatementToken;
      return statement.slice(0, start) + disabled + statement.slice(last.end);
    } else if (word === 'COMMENT' || word === 'DO' || word === ';') {
      room = start;
      break;
    }
  }
  const [before, after] = [statement.slice(0, room), statement.slice(room)];
  // The white space before may be the end of a comment's line: it stays.
  return `${before}${/\s$/.test(before) ? '' : ' '}${disabled}${/^\s|^$/.test(after) ? '' : ' '}${after}`;
}

/** Index of the first token after `[IF NOT EXISTS] name [. name]`, which follows the token at `before`. */
function nameEnd(upper: readonly string[], before: number): number {
  let at = before + 1;
  if (upper[at] === 'IF') at = upper.indexOf('EXISTS', at) + 1;
  at++;
  if (upper[at] === '.') at += 2;
  return at;
}
