import type { ErrorCode } from '../../errors/error-catalogue.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { Transaction } from '../../transaction/transaction.js';
import { gtidText } from '../lane/gtid-next.js';

/** What names a transaction of the source. */
export type TransactionPlace = Pick<Transaction, 'gtid' | 'file' | 'startOffset'>;

/** Codes that can stop the link at the same transaction for ever, whatever is mended on the replica. */
const codes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TR_APPLY_CONFLICT',
  'TR_APPLY_FAILED',
  'TR_APPLY_PACKET_TOO_LARGE',
  'TR_COLUMN_TYPE_UNKNOWN',
  'TR_EVENT_INCIDENT',
  'TR_EVENT_UNKNOWN',
  'TR_EVENT_UNSUPPORTED',
  'TR_SCHEMA_MISMATCH',
  'TR_STATEMENT_DIALECT',
  'TR_STATEMENT_FAILED',
  'TR_STATEMENT_FORMAT',
  'TR_STATEMENT_OWN_SCHEMA',
  'TR_STATEMENT_REPLICA',
  'TR_STATEMENT_TEMPORARY',
  'TR_TABLE_OLD_TEMPORAL',
  'TR_XA_NOT_PREPARED',
  'TR_XA_REPLICA',
  'TR_XA_TAKEN',
]);

/** The command that leaves a transaction out. */
export function skipCommand({ gtid, file, startOffset }: TransactionPlace): string {
  return `tailrace skip ${gtid === null ? `${file}:${startOffset}` : gtidText(gtid)} --source … --replica …`;
}

/** An error that a transaction stops the link with; where nothing else may help, its cure ends with how to leave that transaction out. */
export function withSkipCommand<E>(error: E, transaction: TransactionPlace): E | TailraceError {
  if (!(error instanceof TailraceError) || !codes.has(error.code)) return error;
  if (error.cure.includes('tailrace skip ')) return error;
  const end = /[.;]$/.test(error.cure) ? '' : '.';
  return error.withCure(
    `${error.cure}${end} To leave this transaction out: ${skipCommand(transaction)}, which shows first what it holds.`,
  );
}

/** Waits for what is done with a transaction; what it fails with tells how to leave the transaction out. */
export async function tellSkipCommand<T>(work: Promise<T>, transaction: TransactionPlace): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withSkipCommand(error, transaction);
  }
}
