import { statementTokens, type TokenOptions } from './statement-tokens.js';

export interface InvokerOptions extends TokenOptions {
  /** Who ran the statement on the source, as `` `name`@`host` ``; null: the source did not say. */
  readonly invoker: string | null;
}

/**
 * Puts the account of the source in the place of CURRENT_USER where a statement is about accounts; other statements come back
 * as they are. Counter-example: `DROP USER CURRENT_USER()`, which is logged as it was written, would drop the user
 * of tailrace on the replica. (MySQL's own replica takes the invoker of the query event for its current user.)
 *
 * `statement` is text of one byte a character.
 */
export function nameInvoker(statement: string, options: InvokerOptions): string {
  const { invoker } = options;
  if (invoker === null || !/CURRENT_USER/i.test(statement)) return statement;
  const words = [...statementTokens(statement, options)];
  const upper = words.map((token) => token.text.toUpperCase());
  const end = accountWordsEnd(upper);
  let named = '';
  let copied = 0;
  for (let i = 0; i < end; i++) {
    if (upper[i] !== 'CURRENT_USER') continue;
    const called = upper[i + 1] === '(' && upper[i + 2] === ')';
    named += statement.slice(copied, words[i]?.start) + invoker;
    copied = words[called ? i + 2 : i]?.end ?? copied;
  }
  return named + statement.slice(copied);
}

/** How many words, from the first, can only speak of accounts: all of an account statement, the definer of an event. */
function accountWordsEnd(upper: readonly string[]): number {
  const [verb = '', object = ''] = upper;
  if (verb === 'GRANT' || verb === 'REVOKE') return upper.length;
  if (['CREATE', 'ALTER', 'DROP', 'RENAME'].includes(verb) && ['USER', 'ROLE'].includes(object)) {
    return upper.length;
  }
  if (verb === 'SET' && ['DEFAULT', 'PASSWORD'].includes(object)) return upper.length;
  return object === 'DEFINER' ? Math.max(0, upper.indexOf('EVENT')) : 0;
}
