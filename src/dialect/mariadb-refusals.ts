import type { SessionContext } from '../binlog/session-context.js';
import { collationRefusal } from './mariadb-collation-use.js';
import { mariadbModes } from './session-terms.js';
import type { Dialect } from './source-traits.js';
import type { StatementWords } from './statement-words.js';

/** Give another value each time, on MariaDB and on the replica: MySQL refuses them as defaults of a column that is added. */
const changing = new Set([
  'UUID',
  'UUID_V4',
  'UUID_V7',
  'UUID_SHORT',
  'SYS_GUID',
  'RAND',
  'RANDOM_BYTES',
  'CONNECTION_ID',
  'SYSDATE',
  'USER',
  'CURRENT_USER',
  'SESSION_USER',
  'SYSTEM_USER',
  'CURRENT_ROLE',
  'LAST_INSERT_ID',
  'FOUND_ROWS',
  'ROW_COUNT',
  'NEXTVAL',
  'LASTVAL',
  'VERSION',
]);
/** What reads otherwise in MariaDB's ORACLE dialect: types with another meaning, and everything that can hold an expression. */
const oracleWords = ['DATE', 'BLOB', 'AS', 'CHECK', 'SELECT', 'PARTITION', 'GENERATED'] as const;
const bodies = ['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'VIEW'] as const;

/** Why MySQL would do something else with a statement of MariaDB; null: it does the same, or refuses it by itself. */
export function mariadbRefusal(
  words: StatementWords,
  context: SessionContext,
  dialect: Dialect,
  schema: string,
): string | null {
  return (
    modeRefusal(words, context.sqlMode ?? 0n) ??
    defaultRefusal(words) ??
    collationRefusal(words, context, dialect, schema)
  );
}

function modeRefusal(words: StatementWords, sqlMode: bigint): string | null {
  const on = (mode: bigint): boolean => (sqlMode & mode) !== 0n;
  if (on(mariadbModes.oracle) && readsOtherwiseInOracle(words)) {
    return 'it ran under sql_mode ORACLE of MariaDB, whose types and expressions mean other things';
  }
  if (on(mariadbModes.emptyStringIsNull) && words.has("''", '""')) {
    return 'it ran under sql_mode EMPTY_STRING_IS_NULL, where an empty text is NULL';
  }
  if (on(mariadbModes.simultaneousAssignment) && updates(words)) {
    return 'it ran under sql_mode SIMULTANEOUS_ASSIGNMENT, where all assignments of an UPDATE see the old values';
  }
  const converts = words.has('MODIFY', 'CHANGE', 'DEFAULT');
  if (on(mariadbModes.timeRoundFractional) && words.has('DATE') && (converts || words.defines(...bodies))) {
    return 'it ran under sql_mode TIME_ROUND_FRACTIONAL, which cuts fractions off a DATE, where MySQL rounds';
  }
  return null;
}

function readsOtherwiseInOracle(words: StatementWords): boolean {
  if (!['CREATE', 'ALTER', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE'].includes(words.verb)) return false;
  if (words.verb !== 'CREATE' && words.verb !== 'ALTER') return true;
  const { upper } = words;
  const concatenates = upper.some((word, at) => word === '|' && upper[at + 1] === '|');
  const computes = upper.some((word, at) => word === 'DEFAULT' && upper[at + 1] === '(');
  return concatenates || computes || words.has(...oracleWords) || words.defines(...bodies);
}

/** Whether it is, or holds, an UPDATE; the word stands in foreign keys, triggers, defaults and grants, too. */
function updates({ upper, verb }: StatementWords): boolean {
  if (verb === 'GRANT' || verb === 'REVOKE') return false;
  const others = new Set(['ON', 'FOR', 'BEFORE', 'AFTER', 'OR', 'KEY']);
  return upper.some((word, at) => word === 'UPDATE' && !others.has(upper[at - 1] ?? ''));
}

function defaultRefusal(words: StatementWords): string | null {
  if (words.verb !== 'ALTER' || !words.defines('TABLE') || !words.has('ADD')) return null;
  const from = words.upper.findIndex((word) => word === 'DEFAULT' || word === 'AS');
  if (from < 0) return null;
  const { upper } = words;
  const called = upper.find((word, at) => at > from && changing.has(word) && upper[at + 1] === '(');
  return called === undefined
    ? null
    : `it fills a new column from ${called}(), which gives other values on the replica`;
}
