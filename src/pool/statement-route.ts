import { harmlessFunctions, wordsBeforeParenthesis } from './harmless-functions.js';
import { type StatementToken, statementTokens } from './statement-tokens.js';

/**
 * Where a statement may run, and what it leaves behind. `read`: any node that is fresh enough. `source`: changes, locks or
 * asks what only the source can answer. `memory`: asks what the statement before it left in its connection. `session`: the
 * source, and its connection is no longer like any other. `next-transaction`, `begin`, `end`: around a transaction, with
 * what it says of changing anything. `savepoint`: within one.
 */
export type StatementRoute =
  | { readonly kind: 'read' | 'source' | 'memory' | 'session' | 'end' | 'savepoint' }
  | { readonly kind: 'next-transaction' | 'begin'; readonly access: 'read' | 'write' | null };

const read: StatementRoute = { kind: 'read' };
const source: StatementRoute = { kind: 'source' };
const memory: StatementRoute = { kind: 'memory' };
const session: StatementRoute = { kind: 'session' };
const savepoint: StatementRoute = { kind: 'savepoint' };

/** Statements after which a connection is as it was. Whatever is neither here nor a read is taken to change its session. */
const leavesNothing = new Set(
  'ALTER ANALYZE CALL CHECK CREATE DELETE DESC DESCRIBE DO DROP EXPLAIN GRANT IMPORT INSERT KILL LOAD OPTIMIZE RENAME REPAIR REPLACE REVOKE SELECT SHOW TABLE TRUNCATE UPDATE VALUES WITH'.split(
    ' ',
  ),
);
/** Words of what stays with a connection. */
const sessionWords = new Set(['GET_LOCK', 'RELEASE_LOCK', 'RELEASE_ALL_LOCKS', 'TEMPORARY']);
/** Functions that tell of the statement before, when they are called without an argument. */
const memoryFunctions = new Set(['LAST_INSERT_ID', 'FOUND_ROWS', 'ROW_COUNT']);
/** Words that make a query change, lock or depend on something: FOR UPDATE, LOCK IN SHARE MODE, INTO OUTFILE, … */
const notReadWords = new Set(
  'FOR LOCK INTO SQL_CALC_FOUND_ROWS DELETE INFORMATION_SCHEMA PERFORMANCE_SCHEMA MYSQL SYS TAILRACE'.split(
    ' ',
  ),
);

/**
 * Says where a statement may run, from its text alone. Whatever is not known to change nothing goes to the source: a
 * stored function, a locking read, several statements in one text, the server's own tables. What a view, or a function
 * that a view calls, does cannot be seen here: the account that reads from replicas should not be able to write.
 */
export function routeStatement(sql: string): StatementRoute {
  const route = routeTokens(statementTokens(sql, true));
  // The session's sql_mode is not known. Where both ways to read a backslash lead to different places, the source is right.
  if (route.kind !== 'read' || !sql.includes('\\')) return route;
  return routeTokens(statementTokens(sql, false)).kind === 'read' ? route : source;
}

function routeTokens(all: readonly StatementToken[] | null): StatementRoute {
  if (all === null) return session;
  const tokens = withoutEnd(all);
  if (tokens.some((token) => isSymbol(token, ';'))) return session;
  // A query may stand in parentheses.
  const first = tokens.find((token) => !isSymbol(token, '('));
  if (first?.kind !== 'word') return session;
  return aroundTransaction(first.value, tokens) ?? routeOne(first.value, tokens);
}

function withoutEnd(tokens: readonly StatementToken[]): readonly StatementToken[] {
  let end = tokens.length;
  while (end > 0 && isSymbol(tokens[end - 1], ';')) end -= 1;
  return tokens.slice(0, end);
}

/** Looked at as a whole: they are short, and others may be very long. */
const transactionVerbs = new Set(['BEGIN', 'START', 'COMMIT', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'SET']);

function aroundTransaction(verb: string, tokens: readonly StatementToken[]): StatementRoute | null {
  if (!transactionVerbs.has(verb)) return null;
  const words = tokens.map((token) => (token.kind === 'word' ? token.value : token.kind)).join(' ');
  switch (verb) {
    case 'BEGIN':
      return /^BEGIN(?: WORK)?$/.test(words) ? { kind: 'begin', access: null } : session;
    case 'START':
      if (!words.startsWith('START TRANSACTION')) return session;
      return { kind: 'begin', access: accessIn(words) };
    case 'COMMIT':
    case 'ROLLBACK':
      if (/^ROLLBACK(?: WORK)? TO\b/.test(words)) return savepoint;
      return /^\w+(?: WORK)?(?: AND NO CHAIN)?(?: NO RELEASE)?$/.test(words) ? { kind: 'end' } : session;
    case 'SAVEPOINT':
      return savepoint;
    case 'RELEASE':
      return words.startsWith('RELEASE SAVEPOINT') ? savepoint : session;
    default:
      // Without SESSION or GLOBAL, SET TRANSACTION holds for the next transaction only.
      if (!words.startsWith('SET TRANSACTION ')) return session;
      return { kind: 'next-transaction', access: accessIn(words) };
  }
}

function accessIn(words: string): 'read' | 'write' | null {
  if (/\bREAD WRITE\b/.test(words)) return 'write';
  return /\bREAD ONLY\b/.test(words) ? 'read' : null;
}

function routeOne(verb: string, tokens: readonly StatementToken[]): StatementRoute {
  if (!leavesNothing.has(verb)) return session;
  // User variables stay with the connection; @@variables are what a server or a session says of itself.
  const isKept = tokens.some(({ kind, value }) =>
    kind === 'symbol' ? value === '@' : kind === 'word' && sessionWords.has(value),
  );
  if (isKept) return session;
  if (tokens.some((token, at) => memoryFunctions.has(token.value) && isCalledEmpty(tokens, at)))
    return memory;
  const queries = verb === 'SELECT' || verb === 'WITH' || verb === 'TABLE' || verb === 'VALUES';
  return queries && tokens.every((_, at) => isHarmless(tokens, at)) ? read : source;
}

function isCalledEmpty(tokens: readonly StatementToken[], at: number): boolean {
  return tokens[at]?.kind === 'word' && isSymbol(tokens[at + 1], '(') && isSymbol(tokens[at + 2], ')');
}

function isHarmless(tokens: readonly StatementToken[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1];
  if (token === undefined) return true;
  if (token.kind === 'word' && notReadWords.has(token.value)) return false;
  if (token.kind === 'name' && notReadWords.has(token.value.toUpperCase())) return false;
  // UPDATE and INSERT are functions or parts of names elsewhere; as statements they stand behind WITH … AS (…).
  if (token.kind === 'word' && token.value === 'UPDATE') return false;
  return !isSymbol(token, '(') || before === undefined || mayPrecede(tokens, at);
}

/** Whether the parenthesis at `at` begins something else than a call, or a call of a function that is harmless. */
function mayPrecede(tokens: readonly StatementToken[], at: number): boolean {
  const before = tokens[at - 1];
  const earlier = tokens[at - 2];
  if (before === undefined || before.kind === 'symbol') return true;
  // A name that is being given, with its columns: WITH recent (id) AS …, (…) AS recent (id).
  const isNamed = earlier?.kind === 'word' && ['AS', 'WITH', 'RECURSIVE'].includes(earlier.value);
  if (isNamed) return true;
  if (before.kind !== 'word' || isSymbol(earlier, '.')) return false;
  const next = tokens[at + 1];
  switch (before.value) {
    case 'ANY':
    case 'SOME':
      return next?.kind === 'word' && next.value === 'SELECT';
    case 'AGAINST':
      return isSymbol(earlier, ')');
    case 'COLUMNS':
      return earlier?.kind === 'text';
    case 'OF':
      return earlier?.kind === 'word' && earlier.value === 'MEMBER';
    default:
      if (wordsBeforeParenthesis.has(before.value)) return true;
      // Some of MySQL's names are taken for a stored function's when a blank follows (unless IGNORE_SPACE is set).
      return harmlessFunctions.has(before.value) && tokens[at]?.adjacent === true;
  }
}

function isSymbol(token: StatementToken | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.value === symbol;
}
