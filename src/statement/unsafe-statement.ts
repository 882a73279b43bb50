import type { QueryEvent } from '../binlog/query-event.js';
import { tokenOptions } from './replica-statement.js';
import { statementTokens } from './statement-tokens.js';

/** Functions that may give another value on another server, or at another time ("Determination of Safe and Unsafe Statements" in the manual). */
const functions = new Set([
  ...['UUID', 'UUID_SHORT', 'SYSDATE', 'LOAD_FILE', 'FOUND_ROWS', 'ROW_COUNT', 'RANDOM_BYTES', 'SLEEP'],
  ...['USER', 'CURRENT_USER', 'SESSION_USER', 'SYSTEM_USER', 'CURRENT_ROLE', 'VERSION', 'BENCHMARK'],
  ...['GET_LOCK', 'RELEASE_LOCK', 'RELEASE_ALL_LOCKS', 'IS_FREE_LOCK', 'IS_USED_LOCK'],
  ...['SOURCE_POS_WAIT', 'MASTER_POS_WAIT', 'WAIT_FOR_EXECUTED_GTID_SET', 'ICU_VERSION', 'STATEMENT_DIGEST'],
]);
/** They need no parentheses. */
const bareFunctions = new Set(['CURRENT_USER']);
/** Schemas whose rows are a server's own. */
const serversOwn = new Set(['PERFORMANCE_SCHEMA', 'INFORMATION_SCHEMA', 'SYS']);

/**
 * Why a statement may change other rows on the replica than it did on the source, in a DBA's words; empty: nothing of it is known to.
 * The log does not say, and the statement does not tell all: what a stored function or a trigger does, or how many unique
 * keys a table has.
 */
export function unsafeReasons(query: QueryEvent): string[] {
  const tokens = statementTokens(query.statement.toString('latin1'), tokenOptions(query.context));
  const words = [...tokens].map(({ text }) => text.replaceAll('`', '').toUpperCase());
  const reasons = new Set<string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const isCalled = words[i + 1] === '(';
    if (functions.has(word) && words[i - 1] !== '.' && (isCalled || bareFunctions.has(word))) {
      reasons.add(`${word}() may differ`);
    }
    if (word === '@' && words[i + 1] === '@') reasons.add('a system variable may differ');
    if (serversOwn.has(word) && words[i + 1] === '.') {
      reasons.add(`${word.toLowerCase()} is another on every server`);
    }
    if (word === 'LIMIT' && !words.slice(0, i).includes('ORDER')) {
      reasons.add('LIMIT without ORDER BY may choose other rows');
    }
    if (word === 'SKIP' && words[i + 1] === 'LOCKED') reasons.add('SKIP LOCKED may choose other rows');
  }
  for (const reason of orderReasons(words)) reasons.add(reason);
  return [...reasons];
}

/** What depends on the order in which rows are taken, or on which of several keys is found first. */
function* orderReasons(words: readonly string[]): Generator<string> {
  const has = (...run: readonly string[]): boolean =>
    words.some((_, i) => run.every((word, k) => words[i + k] === word));
  const [verb = ''] = words;
  if (has('ON', 'DUPLICATE', 'KEY', 'UPDATE')) {
    yield 'ON DUPLICATE KEY UPDATE may find another row where the table has several unique keys';
  }
  const isOrdered = verb === 'INSERT' && !has('SELECT') && !has('TABLE');
  if (words[1] === 'IGNORE' && ['INSERT', 'UPDATE', 'DELETE'].includes(verb) && !isOrdered) {
    yield `${verb} IGNORE may leave out other rows`;
  }
  if (verb === 'REPLACE' && has('SELECT')) yield 'REPLACE … SELECT may replace rows in another order';
}

/** The statement with its literals taken out: statements that differ in nothing else are told about once. */
export function statementShape(query: QueryEvent): string {
  const tokens = statementTokens(query.statement.toString('latin1'), tokenOptions(query.context));
  return [...tokens]
    .map(({ text }) => (/^['"\d]/.test(text) ? '?' : text))
    .join(' ')
    .replace(/\?(?: \?)+/g, '?');
}
