import { SeededRandom } from '../../lab/seeded-random.js';
import { multiRowInserts } from './multi-row-insert.js';

/**
 * The table of sysbench's oltp_* workloads (oltp_common.lua of sysbench 1.0): 4-byte key, 4-byte indexed number, 120 and 60
 * characters of digits. Ids are written, not drawn from AUTO_INCREMENT, in the first rows.
 */
export function sysbenchTableName(index: number): string {
  return `sbtest${index + 1}`;
}

/** Creates and fills `tables` tables of `rows` rows. */
export function* prepareSysbenchTables(
  random: SeededRandom,
  tables: number,
  rows: number,
): Generator<string> {
  for (let index = 0; index < tables; index += 1) {
    const table = sysbenchTableName(index);
    yield `CREATE TABLE ${table} (id INT NOT NULL AUTO_INCREMENT, k INT NOT NULL DEFAULT 0,
      c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', PRIMARY KEY (id), KEY k_${index + 1} (k))
      ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;
    yield* multiRowInserts(table, sysbenchRows(random, rows));
  }
}

function* sysbenchRows(random: SeededRandom, rows: number): Generator<string> {
  for (let id = 1; id <= rows; id += 1) {
    yield `(${id},${random.between(1, rows)},'${cValue(random)}','${padValue(random)}')`;
  }
}

/** Column `c`: ten groups of eleven digits. */
export function cValue(random: SeededRandom): string {
  return digitGroups(random, 10);
}

/** Column `pad`: five groups of eleven digits. */
export function padValue(random: SeededRandom): string {
  return digitGroups(random, 5);
}

/** Drawing a group is several times faster than drawing its digits; a source has a hundred thousand rows of fifteen. */
const groups = makeGroups(1_000);

function makeGroups(count: number): readonly string[] {
  const random = new SeededRandom(1, 'digit groups');
  return Array.from({ length: count }, () => random.digits(11));
}

function digitGroups(random: SeededRandom, count: number): string {
  let text = groups[random.below(groups.length)] ?? '';
  for (let group = 1; group < count; group += 1) text += `-${groups[random.below(groups.length)]}`;
  return text;
}
