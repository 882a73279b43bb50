import { cValue, prepareSysbenchTables, sysbenchTableName } from './sysbench-table.js';
import { ownIds, type TransactionStatements, type Workload, type WriterShare } from './workload.js';

const tables = 8;
const rows = 200;

/** Counters, sessions, queues: few rows written again and again. */
export const hotRows: Workload = {
  name: 'hot-rows',
  title: 'hot rows, 8 tables of 200',
  goal: { overDefaults: 50, overTuned: 12 },
  transactions: 80_000,
  transactionsMin: 500,
  writers: 4,
  transactionsPerPacket: 50,
  sysbench: { script: 'oltp_update_non_index', tables, tableSize: rows },
  prepare: (random) => prepareSysbenchTables(random, tables, rows),
  write: updateTransactions,
};

function* updateTransactions(share: WriterShare): Generator<TransactionStatements> {
  const { random } = share;
  const [first, last] = ownIds(share, rows);
  for (let written = 0; written < share.transactions; written += 1) {
    const table = sysbenchTableName(random.below(tables));
    yield [`UPDATE ${table} SET c='${cValue(random)}' WHERE id=${random.between(first, last)}`];
  }
}
