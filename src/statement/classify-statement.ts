import type { QueryEvent } from '../binlog/query-event.js';
import { readXaStatement } from '../binlog/xa-event.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { redactStatement } from './redact-statement.js';

/** What a query event means for the transaction that it stands in. */
export type StatementVerdict =
  | 'begin'
  | 'xa-start'
  | 'commit'
  | 'rollback'
  | 'nothing'
  /** It changes nothing, and stands alone. */
  | 'end'
  | 'savepoint'
  | 'statement'
  | 'create-select'
  | 'change';

/** So much of a statement is shown in errors. */
const shownCharacters = 300;

function startOf(query: QueryEvent): string {
  return query.statement.toString('latin1', 0, 64).trimStart().toUpperCase();
}

/** The statement for a message: without passwords and their hashes, and cut to a readable length. */
export function showStatement(query: QueryEvent): string {
  const text = redactStatement(query.statement.toString('utf8', 0, shownCharacters * 4));
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)} …` : text;
}

/**
 * Tells what a query event is. In ROW format data changes come as row events between BEGIN and an end; a statement that
 * stands alone is therefore DDL (or account management), and one inside a transaction is a change that was logged as a
 * statement, but for savepoints, XA and CREATE TABLE … SELECT. Throws TR_EVENT_UNSUPPORTED.
 */
export function classifyStatement(query: QueryEvent, begun: boolean): StatementVerdict {
  const start = startOf(query);
  if (/^XA\s/.test(start)) return classifyXa(query, begun);
  if (!begun) {
    if (/^BEGIN\b/.test(start)) return 'begin';
    // Of an ALTER that MariaDB logs when it begins and when it ends, the end tells whether it was done.
    if (query.context.alterPhase === 'start' || query.context.alterPhase === 'rollback') return 'end';
    return 'statement';
  }
  if (/^COMMIT\b/.test(start)) return 'commit';
  if (/^(SAVEPOINT|RELEASE\s+SAVEPOINT)\b/.test(start)) return 'savepoint';
  // Logged only when the transaction holds something that the source could not roll back; ROLLBACK TO is a change like others.
  if (/^ROLLBACK(\s+WORK)?\s*$/.test(start)) return 'rollback';
  // MySQL since 8.0.21 ends it with START TRANSACTION; older servers and MariaDB log the bare statement before the rows.
  if (/^CREATE\s+(OR\s+REPLACE\s+)?TABLE\b/.test(start)) return 'create-select';
  // In place of an event that only another MariaDB would understand; none of those changes data.
  if (/^# DUM/.test(start)) return 'nothing';
  return 'change';
}

/** XA in the notation that servers log: START and END around rows, and the outcome on its own. */
function classifyXa(query: QueryEvent, begun: boolean): StatementVerdict {
  const verb = readXaStatement(query)?.verb;
  if (begun && verb === 'END') return 'nothing';
  if (!begun && verb === 'START') return 'xa-start';
  if (!begun && (verb === 'COMMIT' || verb === 'ROLLBACK')) return 'statement';
  throw new TailraceError('TR_EVENT_UNSUPPORTED', {
    what: `The source logged an XA statement that tailrace cannot place: ${showStatement(query)}`,
  });
}
