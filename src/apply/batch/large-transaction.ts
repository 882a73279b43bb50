import type { RowsEvent } from '../../binlog/rows-event.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { countRows, type TableRows } from '../../plan/count-rows.js';
import type { Transaction } from '../../transaction/transaction.js';
import { drainTail } from '../../transaction/drain-tail.js';
import { stoppingError } from '../failure/apply-failure.js';
import { transactionName } from '../failure/conflict-error.js';
import { type EpochPosition, epochPosition } from '../../transaction/epoch-position.js';
import { failpoint } from '../failpoint.js';
import type { ReplicaSession } from '../replica-session.js';
import { ownSettings, type StatementSession } from '../barrier/statement-session.js';

/** What a large transaction was, known when it is done. */
export interface LargeOutcome {
  readonly position: EpochPosition;
  readonly rows: number;
  /** The same by table. */
  readonly tables: readonly TableRows[];
}

/** Counts rows by table as they pass. */
class PassingRows {
  readonly #tables = new Map<string, { schema: string; table: string; rowsIn: number; rowsOut: number }>();

  get tables(): readonly TableRows[] {
    return [...this.#tables.values()];
  }

  get count(): number {
    return this.tables.reduce((sum, { rowsIn }) => sum + rowsIn, 0);
  }

  add(events: readonly RowsEvent[]): void {
    for (const rows of events) {
      const { name, schema, table } = rows.table;
      let counted = this.#tables.get(name);
      if (counted === undefined) this.#tables.set(name, (counted = { schema, table, rowsIn: 0, rowsOut: 0 }));
      const count = countRows(rows);
      counted.rowsIn += count;
      counted.rowsOut += count;
    }
  }
}

/**
 * Applies a transaction that is too large to be held: in source order, through the first lane, into one replica
 * transaction, while the stream goes on reading.
 */
export async function applyLargeTransaction(
  session: ReplicaSession,
  transaction: Transaction,
  statements: StatementSession,
): Promise<LargeOutcome> {
  const { tail } = transaction;
  if (tail === null)
    throw new TailraceError('TR_INTERNAL', { what: 'a transaction without a tail is not a large one' });
  const writer = session.first;
  const { lane } = writer;
  const gtid = session.ownGtids ? transaction.gtid : null;
  const rows = new PassingRows();
  rows.add(transaction.rows);
  let hasStatements = false;
  await session.adoption?.settled();
  try {
    await writer.begin({ entry: null, gtid }, { events: transaction.rows });
    await drainTail(transaction, {
      rows: async (more) => {
        if (hasStatements) await writer.under(transaction.settings);
        await writer.append({ events: more });
        rows.add(more);
        failpoint('during-large-transaction');
      },
      statement: async (statement) => {
        hasStatements = true;
        await statements.run(transaction, statement, { lane });
      },
      rollback: async () => {
        await writer.rollback();
        await writer.begin({ entry: null, gtid }, { events: [] });
      },
    });
    const end = tail.end?.endOffset ?? transaction.endOffset;
    const position = epochPosition([{ ...transaction, endOffset: end }]);
    failpoint('before-large-commit');
    if (hasStatements) await lane.statement(ownSettings);
    await writer.commit(session.entry(position, 1, [], gtid !== null));
    if (hasStatements) await lane.renew();
    session.committed(position, gtid === null);
    return { position, rows: rows.count, tables: rows.tables };
  } catch (error) {
    const failure = await writer.explain(error);
    if (failure instanceof TailraceError) throw failure;
    await writer.rollback();
    if (failure.kind === 'data') {
      throw new TailraceError('TR_APPLY_CONFLICT', {
        what: `${transactionName(transaction)}, a large one, does not fit the replica`,
        why: failure.reason,
      });
    }
    // After a lock, too: its rows are gone from memory, the link goes on from the checkpoint and reads them again.
    throw stoppingError(failure, transactionName(transaction));
  }
}
