import { prepareSysbenchTables } from './sysbench-table.js';
import type { Workload } from './workload.js';
import { writeOnlyTransactions } from './write-only-transaction.js';

const tables = 8;
const rows = 10_000;

/** The everyday case: short transactions over eight tables of 10,000 rows. */
export const mixedOltp: Workload = {
  name: 'mixed',
  title: 'mixed OLTP, 8 tables',
  goal: { overDefaults: 8, overTuned: 4 },
  transactions: 60_000,
  transactionsMin: 500,
  writers: 4,
  transactionsPerPacket: 20,
  sysbench: { script: 'oltp_write_only', tables, tableSize: rows },
  prepare: (random) => prepareSysbenchTables(random, tables, rows),
  write: (share) => writeOnlyTransactions(share, tables, rows),
};
