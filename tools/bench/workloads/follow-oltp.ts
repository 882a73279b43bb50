import type { SeededRandom } from '../../lab/seeded-random.js';
import { prepareSysbenchTables, sysbenchTableName } from './sysbench-table.js';
import { ownIds, type TransactionStatements, type WriterShare } from './workload.js';

const tables = 8;
const rows = 10_000;

/** One row a transaction, so that the replica can be asked which transactions it shows. */
export const markerTable = 'marker';

/** What following is measured with: the tables of the mixed workload and the marker's. */
export const followOltp = {
  name: 'follow',
  writers: 8,
  *prepare(random: SeededRandom): Generator<string> {
    yield* prepareSysbenchTables(random, tables, rows);
    yield `CREATE TABLE ${markerTable} (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB`;
  },
} as const;

/**
 * The next transaction of a writer: a row changed and the marker inserted. As small as an application's: source and both
 * replicas share this machine, and it is their delay that is measured, not how much the machine can do.
 */
export function followTransaction(
  { index, writers, random }: Omit<WriterShare, 'transactions'>,
  marker: number,
): TransactionStatements {
  const [first, last] = ownIds({ index, writers }, rows);
  const table = sysbenchTableName(random.below(tables));
  return [
    'BEGIN',
    `UPDATE ${table} SET k=k+1 WHERE id=${random.between(first, last)}`,
    `INSERT INTO ${markerTable} VALUES (${marker})`,
    'COMMIT',
  ];
}
