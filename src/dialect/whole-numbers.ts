import type { WholeNumbers } from '../binlog/query-event.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { StatementWords } from './statement-words.js';

const wholeNumberTypes = /^(?:TINY|SMALL|MEDIUM|BIG)?INT(?:EGER|\d)?$|^(?:BIT|BOOL|BOOLEAN|YEAR)$/;

/**
 * What an ALTER TABLE makes whole numbers of; null: nothing. Of a time with a fraction MariaDB makes a number without it, and MySQL
 * rounds, whatever the mode. What the columns are now only the replica tells.
 */
export function wholeNumbers(words: StatementWords, schema: string): WholeNumbers | null {
  const { upper, tokens } = words;
  if (words.verb !== 'ALTER' || !words.defines('TABLE') || !words.has('MODIFY', 'CHANGE')) return null;
  const columns: string[] = [];
  for (let i = 0; i < upper.length; i++) {
    const verb = upper[i];
    if (verb !== 'MODIFY' && verb !== 'CHANGE') continue;
    const name = upper[i + 1] === 'COLUMN' ? i + 2 : i + 1;
    const type = upper[verb === 'MODIFY' ? name + 1 : name + 2] ?? '';
    if (wholeNumberTypes.test(type)) columns.push(nameOf(tokens[name]?.text ?? ''));
  }
  if (columns.length === 0) return null;
  const at = upper.indexOf('TABLE') + 1;
  const first = nameOf(tokens[at]?.text ?? '');
  if (upper[at + 1] !== '.') return { schema, table: first, columns };
  return { schema: first, table: nameOf(tokens[at + 2]?.text ?? ''), columns };
}

/** Throws TR_STATEMENT_DIALECT if one of the columns is a time with a fraction; `what` names the statement. */
export async function requireNoFractions(
  replica: ServerConnection,
  { schema, table, columns }: WholeNumbers,
  what: string,
): Promise<void> {
  const rows = await replica.query<{ name: string }>(
    `SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND DATETIME_PRECISION > 0`,
    [schema, table],
  );
  const made = new Set(columns.map((name) => name.toLowerCase()));
  const found = rows.find(({ name }) => made.has(name.toLowerCase()));
  if (found === undefined) return;
  throw new TailraceError('TR_STATEMENT_DIALECT', {
    what: `A statement of the source would have another effect on the replica: ${what}`,
    why: `It converts ${found.name}, a time with a fraction, to a whole number; MariaDB truncates it and MySQL rounds it.`,
  });
}

/** A name as it is without its quotes; tokens are text of one byte a character. */
function nameOf(token: string): string {
  const name = /^[`"]/.test(token) ? token.slice(1, -1).replaceAll('``', '`').replaceAll('""', '"') : token;
  return Buffer.from(name, 'latin1').toString('utf8');
}
