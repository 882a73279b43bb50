import type { SeededRandom } from '../../lab/seeded-random.js';
import type { TransactionStatements, Workload, WriterShare } from './workload.js';

const plainTables = 350;
const families = 200;
const stages = 20;
const stageRows = 20;

/**
 * A job that loads by way of staging tables, and one that makes tables, uses them and drops them, in a schema of 770 tables with
 * 200 foreign keys. Every second transaction is a DDL statement.
 */
export const ddlHeavy: Workload = {
  name: 'ddl-heavy',
  title: 'CREATE, TRUNCATE, DROP among rows',
  goal: { overDefaults: 0.9, overTuned: null },
  transactions: 2_400,
  transactionsMin: 80,
  writers: 1,
  transactionsPerPacket: 8,
  prepare: prepareDdlTables,
  write: ddlTransactions,
};

function* prepareDdlTables(): Generator<string> {
  const columns = 'id INT NOT NULL PRIMARY KEY AUTO_INCREMENT, v INT NOT NULL, UNIQUE KEY (v)';
  for (let index = 0; index < plainTables; index += 1) yield `CREATE TABLE plain${index} (${columns})`;
  for (let index = 0; index < families; index += 1) {
    yield `CREATE TABLE parent${index} (${columns})`;
    yield `CREATE TABLE child${index} (id INT NOT NULL PRIMARY KEY, parent_id INT NOT NULL,
      FOREIGN KEY (parent_id) REFERENCES parent${index} (id))`;
  }
  for (let index = 0; index < stages; index += 1) {
    yield `CREATE TABLE stage${index} (id INT NOT NULL PRIMARY KEY, v INT NOT NULL)`;
  }
  yield 'CREATE TABLE loaded (id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT, stage_id INT NOT NULL, v INT NOT NULL)';
}

function* ddlTransactions(share: WriterShare): Generator<TransactionStatements> {
  const { random } = share;
  for (let written = 0; written < share.transactions; written += 1) {
    const cycle = Math.floor(written / 8);
    const stage = `stage${cycle % stages}`;
    const made = `made${share.index}_${cycle}`;
    const statement = [
      `TRUNCATE TABLE ${stage}`,
      `INSERT INTO ${stage} VALUES ${someRows(random, stageRows)}`,
      `INSERT INTO loaded (stage_id, v) SELECT id, v FROM ${stage} ORDER BY id`,
      `CREATE TABLE ${made} (id INT NOT NULL PRIMARY KEY, v INT NOT NULL)`,
      `INSERT INTO ${made} VALUES ${someRows(random, 2)}`,
      `TRUNCATE TABLE ${made}`,
      `INSERT INTO ${made} VALUES ${someRows(random, 2)}`,
      `DROP TABLE ${made}`,
    ][written % 8];
    if (statement !== undefined) yield [statement];
  }
}

function someRows(random: SeededRandom, count: number): string {
  return Array.from({ length: count }, (_, at) => `(${at + 1},${random.below(1_000_000)})`).join(',');
}
