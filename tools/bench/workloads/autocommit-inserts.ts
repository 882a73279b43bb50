import { cValue, padValue, prepareSysbenchTables, sysbenchTableName } from './sysbench-table.js';
import type { TransactionStatements, Workload, WriterShare } from './workload.js';

const tables = 8;
const rows = 10_000;

/** One row a transaction: the commit costs MySQL's own replica more than the row. */
export const autocommitInserts: Workload = {
  name: 'inserts',
  title: 'autocommit inserts, 8 tables',
  goal: { overDefaults: 20, overTuned: 8 },
  transactions: 100_000,
  transactionsMin: 500,
  writers: 4,
  transactionsPerPacket: 50,
  sysbench: { script: 'oltp_insert', tables, tableSize: rows },
  prepare: (random) => prepareSysbenchTables(random, tables, rows),
  write: insertTransactions,
};

/** Each writer has its own range of ids, so that the data does not depend on who came first. */
function* insertTransactions(share: WriterShare): Generator<TransactionStatements> {
  const { random } = share;
  for (let written = 0; written < share.transactions; written += 1) {
    const id = rows + 1 + share.index * 10_000_000 + written;
    const table = sysbenchTableName(random.below(tables));
    const values = `(${id},${random.between(1, rows)},'${cValue(random)}','${padValue(random)}')`;
    yield [`INSERT INTO ${table} (id, k, c, pad) VALUES ${values}`];
  }
}
