import type { SeededRandom } from '../../lab/seeded-random.js';
import { multiRowInserts } from './multi-row-insert.js';
import { ownIds, type TransactionStatements, type Workload, type WriterShare } from './workload.js';

const tables = 4;
const rows = 1_000;

/** Rows of 8 KiB: documents, sessions, serialised objects. An update of one number logs 16 KiB. */
export const wideRows: Workload = {
  name: 'wide-rows',
  title: 'wide rows, 8 KiB',
  goal: { overDefaults: 1.5, overTuned: null },
  transactions: 15_000,
  transactionsMin: 300,
  writers: 4,
  transactionsPerPacket: 20,
  prepare: prepareWideTables,
  write: wideTransactions,
};

function* prepareWideTables(random: SeededRandom): Generator<string> {
  for (let index = 0; index < tables; index += 1) {
    yield `CREATE TABLE wide${index} (id INT NOT NULL PRIMARY KEY, hits INT NOT NULL, body MEDIUMTEXT NOT NULL)
      ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;
    yield* multiRowInserts(`wide${index}`, wideTableRows(random), 100);
  }
}

function* wideTableRows(random: SeededRandom): Generator<string> {
  for (let id = 1; id <= rows; id += 1) yield `(${id},0,${body(random)})`;
}

/** 8 KiB of text as an expression, so that the client need not send it; the server logs the value. */
function body(random: SeededRandom): string {
  return `REPEAT(SHA2('${random.digits(18)}',256),128)`;
}

function* wideTransactions(share: WriterShare): Generator<TransactionStatements> {
  const { random } = share;
  const [first, last] = ownIds(share, rows);
  for (let written = 0; written < share.transactions; written += 1) {
    const table = `wide${random.below(tables)}`;
    const id = random.between(first, last);
    if (random.chance(0.5)) yield [`UPDATE ${table} SET hits=hits+1 WHERE id=${id}`];
    else if (random.chance(0.5)) yield [`UPDATE ${table} SET body=${body(random)} WHERE id=${id}`];
    else {
      const fresh = rows + 1 + share.index * 10_000_000 + written;
      yield [`INSERT INTO ${table} VALUES (${fresh},0,${body(random)})`];
    }
  }
}
