import { quoteIdentifier } from '../mysql/identifier.js';
import { statementTokens, type StatementToken, type TokenOptions } from './statement-tokens.js';

const dropped = new Set(['TABLE', 'TABLES', 'VIEW', 'PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT']);

/*
 * A session keeps its default schema when another one drops it, and MySQL's own replica takes the name as it is. A client cannot
 * choose a schema that is not there. What may name something in it and yet succeed on the source, `DROP … IF EXISTS` and `GRANT … ON *`,
 * is therefore sent with the schema's name.
 */

/**
 * A statement whose default schema does not exist, with that schema named where the statement leaves it out. Other
 * statements come back as they are: they name their schemas, or failed on the source too.
 *
 * `statement` is text of one byte a character.
 */
export function nameGoneSchema(statement: string, schema: string, options: TokenOptions): string {
  const words = [...statementTokens(statement, options)];
  const upper = words.map(({ text }) => text.toUpperCase());
  const name = Buffer.from(quoteIdentifier(schema)).toString('latin1');
  if (upper[0] === 'DROP') return namedInDrop(statement, words, upper, name);
  if (upper[0] === 'GRANT' || upper[0] === 'REVOKE') return namedInGrant(statement, words, upper, name);
  return statement;
}

function namedInDrop(
  statement: string,
  words: readonly StatementToken[],
  upper: readonly string[],
  name: string,
): string {
  let at = upper[1] === 'TEMPORARY' ? 2 : 1;
  if (!dropped.has(upper[at] ?? '')) return statement;
  at++;
  if (upper[at] === 'IF' && upper[at + 1] === 'EXISTS') at += 2;
  let text = '';
  let copied = 0;
  for (let isName = true; at < words.length; at++) {
    if (upper[at] === ',') {
      isName = true;
      continue;
    }
    if (!isName) continue;
    isName = false;
    if (upper[at + 1] === '.') continue;
    const { start } = words[at] as StatementToken;
    text += `${statement.slice(copied, start)}${name}.`;
    copied = start;
  }
  return text + statement.slice(copied);
}

/** `ON *`, `ON TABLE t` and `ON PROCEDURE p` are in the default schema; `ON *.*` and `ON d.t` are not. */
function namedInGrant(
  statement: string,
  words: readonly StatementToken[],
  upper: readonly string[],
  name: string,
): string {
  let at = upper.indexOf('ON') + 1;
  if (at === 0) return statement;
  if (['TABLE', 'PROCEDURE', 'FUNCTION'].includes(upper[at] ?? '') && upper[at + 1] !== '.') at++;
  if (upper[at + 1] === '.' || words[at] === undefined) return statement;
  const { start } = words[at] as StatementToken;
  return `${statement.slice(0, start)}${name}.${statement.slice(start)}`;
}
