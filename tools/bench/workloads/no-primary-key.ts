import type { SeededRandom } from '../../lab/seeded-random.js';
import { multiRowInserts } from './multi-row-insert.js';
import { cValue } from './sysbench-table.js';
import { ownIds, type TransactionStatements, type Workload, type WriterShare } from './workload.js';

const indexedTables = 3;
const indexedRows = 5_000;
const bareRows = 300;

/**
 * Tables whose rows are known by their whole image only: three with an index that is not unique, and one without any,
 * which the replica searches from end to end for every update.
 */
export const noPrimaryKey: Workload = {
  name: 'no-primary-key',
  title: 'tables without a primary key',
  goal: { overDefaults: 1.5, overTuned: null },
  transactions: 30_000,
  transactionsMin: 500,
  writers: 4,
  transactionsPerPacket: 20,
  prepare: prepareKeylessTables,
  write: keylessTransactions,
};

function* prepareKeylessTables(random: SeededRandom): Generator<string> {
  const columns = 'k INT NOT NULL, hits INT NOT NULL, c CHAR(120) NOT NULL';
  for (let index = 0; index < indexedTables; index += 1) {
    yield `CREATE TABLE keyless${index} (${columns}, KEY by_k (k)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;
    yield* multiRowInserts(`keyless${index}`, keylessRows(random, indexedRows));
  }
  yield `CREATE TABLE bare (${columns}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;
  yield* multiRowInserts('bare', keylessRows(random, bareRows));
}

function* keylessRows(random: SeededRandom, rows: number): Generator<string> {
  for (let k = 1; k <= rows; k += 1) yield `(${k},0,'${cValue(random)}')`;
}

/**
 * A writer keeps to its own range of `k`. The table without an index is written by the first alone: two sessions that
 * search it from end to end would wait for each other.
 */
function* keylessTransactions(share: WriterShare): Generator<TransactionStatements> {
  const { random } = share;
  const [first, last] = ownIds(share, indexedRows);
  for (let written = 0; written < share.transactions; written += 1) {
    if (share.index === 0 && random.chance(0.2)) {
      yield [`UPDATE bare SET hits=hits+1 WHERE k=${random.between(1, bareRows)}`];
      continue;
    }
    const table = `keyless${random.below(indexedTables)}`;
    const k = random.between(first, last);
    const draw = random.below(10);
    if (draw < 4) yield [`INSERT INTO ${table} VALUES (${k},0,'${cValue(random)}')`];
    else if (draw < 8) yield [`UPDATE ${table} SET hits=hits+1 WHERE k=${k}`];
    else yield [`DELETE FROM ${table} WHERE k=${k} AND hits>0`];
  }
}
