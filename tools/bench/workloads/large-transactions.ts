import type { SeededRandom } from '../../lab/seeded-random.js';
import { multiRowInserts } from './multi-row-insert.js';
import { cValue, padValue } from './sysbench-table.js';
import type { TransactionStatements, Workload, WriterShare } from './workload.js';

const tables = ['bulk0', 'bulk1'] as const;
const rowsPerTransaction = 100_000;
const rowsPerStatement = 1_000;

/**
 * Ten bulk loads of 100,000 rows of 200 bytes, each over two tables. The scale makes the transactions smaller, not fewer.
 * Bound by what inserting costs the replica, whoever asks it to.
 */
export const largeTransactions: Workload = {
  name: 'large',
  title: 'ten transactions of 100,000 rows',
  goal: { overDefaults: 1, overTuned: null },
  transactions: 10,
  transactionsMin: 10,
  writers: 2,
  transactionsPerPacket: 1,
  prepare: prepareBulkTables,
  write: bulkTransactions,
};

function* prepareBulkTables(): Generator<string> {
  for (const table of tables) {
    yield `CREATE TABLE ${table} (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL,
      pad CHAR(60) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;
  }
}

function* bulkTransactions(share: WriterShare, scale: number): Generator<TransactionStatements> {
  const rowsEach = Math.max(rowsPerStatement, Math.round((rowsPerTransaction * scale) / tables.length));
  for (let written = 0; written < share.transactions; written += 1) {
    const firstId = 1 + share.index * 100_000_000 + written * rowsEach;
    const inserts = tables.map((table) => [
      ...multiRowInserts(table, bulkRows(share.random, firstId, rowsEach), rowsPerStatement),
    ]);
    yield ['BEGIN', ...alternate(inserts), 'COMMIT'];
  }
}

function* bulkRows(random: SeededRandom, firstId: number, rows: number): Generator<string> {
  for (let id = firstId; id < firstId + rows; id += 1) {
    yield `(${id},${random.between(1, 10_000)},'${cValue(random)}','${padValue(random)}')`;
  }
}

/** One of each list in turn; the lists have the same length. */
function alternate(lists: readonly (readonly string[])[]): string[] {
  const [first = []] = lists;
  return first.flatMap((_, at) => lists.map((list) => list[at] ?? ''));
}
