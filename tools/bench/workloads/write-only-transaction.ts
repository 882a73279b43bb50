import type { SeededRandom } from '../../lab/seeded-random.js';
import { cValue, padValue, sysbenchTableName } from './sysbench-table.js';
import { ownIds, type TransactionStatements, type WriterShare } from './workload.js';

/**
 * sysbench's oltp_write_only: one update of the indexed number, one of the text, and one row deleted and inserted again,
 * each in a table and of a row drawn at random (evenly, where sysbench prefers some).
 */
export function* writeOnlyTransactions(
  share: WriterShare,
  tables: number,
  rows: number,
): Generator<TransactionStatements> {
  const { random } = share;
  const [first, last] = ownIds(share, rows);
  const anyTable = (): string => sysbenchTableName(random.below(tables));
  const anyId = (): number => random.between(first, last);
  for (let written = 0; written < share.transactions; written += 1) {
    const moved = anyId();
    const table = anyTable();
    yield [
      'BEGIN',
      `UPDATE ${anyTable()} SET k=k+1 WHERE id=${anyId()}`,
      `UPDATE ${anyTable()} SET c='${cValue(random)}' WHERE id=${anyId()}`,
      `DELETE FROM ${table} WHERE id=${moved}`,
      `INSERT INTO ${table} (id, k, c, pad) VALUES ${freshRow(random, moved, rows)}`,
      'COMMIT',
    ];
  }
}

function freshRow(random: SeededRandom, id: number, rows: number): string {
  return `(${id},${random.between(1, rows)},'${cValue(random)}','${padValue(random)}')`;
}
