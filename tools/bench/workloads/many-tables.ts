import type { TransactionStatements, Workload, WriterShare } from './workload.js';

const tables = 10_000;
const tablesMin = 100;

/**
 * A row of each of 10,000 tables in one transaction: a schema a customer, and a job that goes through all of them. What the
 * replica must know of a table, it must know of all of them at once. The scale takes fewer of the tables; the others are there.
 */
export const manyTables: Workload = {
  name: 'many-tables',
  title: 'one transaction over 10,000 tables',
  goal: { overDefaults: 1, overTuned: null },
  transactions: 1,
  transactionsMin: 1,
  writers: 1,
  transactionsPerPacket: 1,
  prepare: prepareManyTables,
  write: transactionsOverAll,
};

function* prepareManyTables(): Generator<string> {
  for (let index = 0; index < tables; index += 1) {
    yield `CREATE TABLE t${index} (id INT NOT NULL PRIMARY KEY AUTO_INCREMENT, v INT NOT NULL, s VARCHAR(50), KEY (v))
      ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;
  }
}

function* transactionsOverAll(share: WriterShare, scale: number): Generator<TransactionStatements> {
  const taken = Math.min(tables, Math.max(tablesMin, Math.round(tables * scale)));
  for (let written = 0; written < share.transactions; written += 1) {
    const inserts = Array.from(
      { length: taken },
      (_, index) => `INSERT INTO t${index} (v) VALUES (${share.random.below(1_000_000)})`,
    );
    yield ['BEGIN', ...inserts, 'COMMIT'];
  }
}
