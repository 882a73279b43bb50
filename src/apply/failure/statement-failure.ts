import { TailraceError } from '../../errors/tailrace-error.js';
import { ServerError } from '../../mysql/server-error.js';
import { redactReason } from '../../statement/redact-statement.js';
import type { Transaction } from '../../transaction/transaction.js';
import { isLockRefusal, statementError } from './apply-failure.js';
import { transactionName } from './conflict-error.js';
import { missingGrant } from './missing-grant.js';

const grantCure =
  'Grant what the reason names to the user of tailrace, on the replica and behind SET sql_log_bin=0; to replay a GRANT, WITH GRANT OPTION';
const existsCure =
  'It exists already on the replica. Where it is what the source has, leave the transaction out; otherwise drop it on the replica, behind SET sql_log_bin=0';

/** What cures a refusal, by error number of MySQL. */
const cures: Readonly<Record<number, string>> = {
  1193: 'Use a replica that is not older than the source',
  1044: grantCure,
  1045: grantCure,
  1142: grantCure,
  1143: grantCure,
  1227: grantCure,
  1370: grantCure,
  1410: grantCure,
  3878: grantCure,
  1418: 'SET PERSIST log_bin_trust_function_creators = ON on the replica',
  1419: 'SET PERSIST log_bin_trust_function_creators = ON on the replica',
  1007: existsCure,
  1050: existsCure,
  1304: existsCure,
  1359: existsCure,
  1396: existsCure,
  1537: existsCure,
};

/**
 * The error that stops the link when the replica refuses a statement of the source, of which `what` is shown. `account`: of tailrace on
 * the replica, as GRANT names it; null: not known.
 */
export function statementFailure(
  transaction: Transaction,
  error: unknown,
  what: string,
  account: string | null = null,
): unknown {
  if (!(error instanceof ServerError)) return error;
  if (isLockRefusal(error)) return statementError(error, transactionName(transaction));
  const text = transaction.statement?.statement.toString('utf8') ?? what;
  const grant = account === null ? null : missingGrant(error, text, account);
  const cure =
    grant === null
      ? `${cures[error.errno] ?? 'See the reason that the replica gave, and mend it'};`
      : `On the replica: SET sql_log_bin=0; ${grant}`;
  return new TailraceError('TR_STATEMENT_FAILED', {
    what: `the replica refused the statement of ${transactionName(transaction)}: ${what}`,
    why: `${redactReason(error.sqlMessage, text)} (error ${error.errno})`,
    cure: `${cure} then start again.`,
    cause: error,
  });
}
