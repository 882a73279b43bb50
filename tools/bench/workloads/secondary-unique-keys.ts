import type { SeededRandom } from '../../lab/seeded-random.js';
import { multiRowInserts } from './multi-row-insert.js';
import { ownIds, type TransactionStatements, type Workload, type WriterShare } from './workload.js';

const tables = 4;
const rows = 4_000;

/**
 * Unique values that move from row to row: seats, slots, nicknames. Rows that are independent by their primary keys must
 * be applied in an order in which every value is free before it is taken.
 */
export const secondaryUniqueKeys: Workload = {
  name: 'unique-keys',
  title: 'values moving between rows (unique keys)',
  goal: { overDefaults: 1.5, overTuned: null },
  transactions: 25_000,
  transactionsMin: 400,
  writers: 4,
  transactionsPerPacket: 1,
  prepare: prepareUniqueTables,
  write: movingTransactions,
};

function* prepareUniqueTables(random: SeededRandom): Generator<string> {
  for (let index = 0; index < tables; index += 1) {
    yield `CREATE TABLE seats${index} (id INT NOT NULL PRIMARY KEY, seat INT NULL, slot INT NOT NULL,
      half TINYINT NOT NULL, note CHAR(60) NOT NULL, UNIQUE KEY by_seat (seat), UNIQUE KEY by_slot (slot, half))
      ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;
    const ids = Array.from({ length: rows }, (_, at) => at + 1);
    yield* multiRowInserts(
      `seats${index}`,
      ids.map((id) => rowAt(random, id, id)),
    );
  }
}

/** A row and the place it holds: one value in each unique key. In the beginning row n holds place n. */
function rowAt(random: SeededRandom, id: number, place: number): string {
  return `(${id},${place},${Math.floor(place / 2)},${place % 2},'${random.digits(60)}')`;
}

/** The generator knows who sits where: a writer moves only its own places between its own rows. */
function* movingTransactions(share: WriterShare): Generator<TransactionStatements> {
  const { random } = share;
  const [first, last] = ownIds(share, rows);
  const placesOf = Array.from({ length: tables }, () => new Map<number, number>());
  for (let written = 0; written < share.transactions; written += 1) {
    const index = random.below(tables);
    const table = `seats${index}`;
    const places = placesOf[index] ?? new Map<number, number>();
    const one = random.between(first, last);
    const other = one === last ? first : random.between(one + 1, last);
    const draw = random.below(10);
    if (draw < 2) {
      yield [`UPDATE ${table} SET note='${random.digits(60)}' WHERE id=${one}`];
      continue;
    }
    const swapped = [places.get(other) ?? other, places.get(one) ?? one] as const;
    places.set(one, swapped[0]).set(other, swapped[1]);
    yield draw < 6
      ? swapByUpdate(table, [one, other], swapped)
      : swapByInsert(random, table, [one, other], swapped);
  }
}

type Pair = readonly [number, number];

/** Two rows change places, by way of a place that nobody holds. */
function swapByUpdate(
  table: string,
  [one, other]: Pair,
  [newOfOne, newOfOther]: Pair,
): TransactionStatements {
  const place = (of: number): string => `seat=${of}, slot=${Math.floor(of / 2)}, half=${of % 2}`;
  return [
    'BEGIN',
    `UPDATE ${table} SET seat=NULL, slot=-${one} WHERE id=${one}`,
    `UPDATE ${table} SET ${place(newOfOther)} WHERE id=${other}`,
    `UPDATE ${table} SET ${place(newOfOne)} WHERE id=${one}`,
    'COMMIT',
  ];
}

/** The same by deleting both rows and inserting them again. */
function swapByInsert(
  random: SeededRandom,
  table: string,
  [one, other]: Pair,
  [newOfOne, newOfOther]: Pair,
): TransactionStatements {
  return [
    'BEGIN',
    `DELETE FROM ${table} WHERE id IN (${one},${other})`,
    `INSERT INTO ${table} VALUES ${rowAt(random, other, newOfOther)}`,
    `INSERT INTO ${table} VALUES ${rowAt(random, one, newOfOne)}`,
    'COMMIT',
  ];
}
