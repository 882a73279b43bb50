import { prepareSysbenchTables } from './sysbench-table.js';
import type { Workload } from './workload.js';
import { writeOnlyTransactions } from './write-only-transaction.js';

const rows = 10_000;

/** The mixed workload on one table: nothing to share out by table. */
export const singleHotTable: Workload = {
  name: 'single-table',
  title: 'one single hot table',
  goal: { overDefaults: 8, overTuned: null },
  transactions: 60_000,
  transactionsMin: 500,
  writers: 4,
  transactionsPerPacket: 20,
  sysbench: { script: 'oltp_write_only', tables: 1, tableSize: rows },
  prepare: (random) => prepareSysbenchTables(random, 1, rows),
  write: (share) => writeOnlyTransactions(share, 1, rows),
};
