import { TailraceError } from '../errors/tailrace-error.js';
import { ServerError } from '../mysql/server-error.js';
import { redactReason } from '../source/redact-statement.js';
import type { Transaction } from '../source/transaction.js';
import { isLockRefusal, statementError } from './apply-failure.js';
import { transactionName } from './conflict-error.js';

/** "to tailrace's user", as SHOW GRANTS names it. */
const toUser = 'TO the user of tailrace (on the replica, behind SET sql_log_bin=0)';
const accountsCure = `GRANT SYSTEM_USER, ROLE_ADMIN, RELOAD, SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER ON *.* ${toUser}, as far as the reason names them`;
const existsCure =
  'It exists already on the replica. Where it is what the source has, leave the transaction out; otherwise drop it on the replica, behind SET sql_log_bin=0';

/** What cures a refusal, by error number of MySQL. */
const cures: Readonly<Record<number, string>> = {
  1193: 'Use a replica that is not older than the source',
  1227: accountsCure,
  3878: accountsCure,
  1044: `GRANT ALL ON the schema that the reason names ${toUser}, or ON *.*; to replay a GRANT, WITH GRANT OPTION`,
  1142: `GRANT the privilege that the reason names ON *.* ${toUser}`,
  1143: `GRANT the privilege that the reason names ON *.* ${toUser}`,
  1370: `GRANT EXECUTE, ALTER ROUTINE ON *.* ${toUser}`,
  1418: 'SET PERSIST log_bin_trust_function_creators = ON on the replica',
  1419: 'SET PERSIST log_bin_trust_function_creators = ON on the replica',
  1007: existsCure,
  1050: existsCure,
  1304: existsCure,
  1359: existsCure,
  1396: existsCure,
  1537: existsCure,
};

/** The error that stops the link when the replica refuses a statement of the source, of which `what` is shown. */
export function statementFailure(transaction: Transaction, error: unknown, what: string): unknown {
  if (!(error instanceof ServerError)) return error;
  if (isLockRefusal(error)) return statementError(error, transactionName(transaction));
  const text = transaction.statement?.statement.toString('utf8') ?? what;
  const cure = cures[error.errno] ?? 'See the reason that the replica gave, and mend it';
  return new TailraceError('TR_STATEMENT_FAILED', {
    what: `the replica refused the statement of ${transactionName(transaction)}: ${what}`,
    why: `${redactReason(error.sqlMessage, text)} (error ${error.errno})`,
    cure: `${cure}; then start again.`,
    cause: error,
  });
}
