import type { SeededRandom } from '../lab/seeded-random.js';
import { pick, pickWeighted } from './pick.js';
import { type ColumnModel, columnName, type TableModel, tableName, writableColumns } from './table-model.js';

const insertedRowsMax = 6;
const jsonPaths = ['$.a', '$.b', '$.c', '$.a.b', '$[0]', '$[1]', '$.z'];

/** One statement that changes rows. The source may refuse it, for a key that is there already, or a missing parent. */
export function generateChange(random: SeededRandom, tables: readonly TableModel[]): string {
  const table = pick(random, tables);
  const make = pickWeighted<
    (random: SeededRandom, table: TableModel, tables: readonly TableModel[]) => string
  >(random, [
    [30, insertRows],
    [6, replaceRows],
    [6, insertOrUpdate],
    [4, insertSelected],
    [30, updateRows],
    [6, moveKeys],
    [14, deleteRows],
    [4, updateJoined],
    [3, deleteJoined],
  ]);
  return make(random, table, tables);
}

/** A value for a column: a literal, NULL, or what the column gives itself. */
function valueFor(random: SeededRandom, model: ColumnModel): string {
  if (model.autoIncrement && random.chance(0.7)) return 'NULL';
  if (model.nullable && random.chance(0.15)) return 'NULL';
  if (random.chance(0.03)) return 'DEFAULT';
  return model.kind.literal(random);
}

function insertRows(random: SeededRandom, table: TableModel): string {
  const columns = writableColumns(table);
  const count = random.chance(0.5) ? 1 : random.between(2, insertedRowsMax);
  const rows = Array.from({ length: count }, () => rowOf(random, columns));
  // The same row again: only tables without a unique key take it.
  if (random.chance(0.2) && rows[0] !== undefined) rows.push(rows[0]);
  const ignore = random.chance(0.2) ? ' IGNORE' : '';
  return `INSERT${ignore} INTO ${tableName(table)} (${columns.map(columnName).join(', ')}) VALUES ${rows.join(', ')}`;
}

function rowOf(random: SeededRandom, columns: readonly ColumnModel[]): string {
  return `(${columns.map((each) => valueFor(random, each)).join(', ')})`;
}

function replaceRows(random: SeededRandom, table: TableModel): string {
  return insertRows(random, table).replace(/^INSERT( IGNORE)?/, 'REPLACE');
}

function insertOrUpdate(random: SeededRandom, table: TableModel): string {
  return `${insertRows(random, table)} ON DUPLICATE KEY UPDATE ${assignments(random, table)}`;
}

function insertSelected(random: SeededRandom, table: TableModel): string {
  const columns = writableColumns(table);
  const changed = pick(random, columns);
  const selected = columns.map((each) =>
    each === changed ? valueFor(random, each).replace('DEFAULT', 'NULL') : columnName(each),
  );
  const ignore = random.chance(0.5) ? ' IGNORE' : '';
  return (
    `INSERT${ignore} INTO ${tableName(table)} (${columns.map(columnName).join(', ')}) ` +
    `SELECT ${selected.join(', ')} FROM ${tableName(table)} LIMIT ${random.between(1, 5)}`
  );
}

function updateRows(random: SeededRandom, table: TableModel): string {
  const ignore = random.chance(0.1) ? ' IGNORE' : '';
  return `UPDATE${ignore} ${tableName(table)} SET ${assignments(random, table)} WHERE ${condition(random, table)}${limit(random)}`;
}

/** Every key moves by one: in an order in which that works, and in one in which it may not. */
function moveKeys(random: SeededRandom, table: TableModel): string {
  const numbers = writableColumns(table).filter(({ kind }) => kind.family === 'number');
  if (numbers.length === 0) return updateRows(random, table);
  const moved = columnName(pick(random, numbers));
  const [step, order] = random.chance(0.5) ? ['+', 'DESC'] : ['-', 'ASC'];
  return `UPDATE ${tableName(table)} SET ${moved} = ${moved} ${step} 1 ORDER BY ${moved} ${order}${limit(random)}`;
}

function deleteRows(random: SeededRandom, table: TableModel): string {
  return `DELETE FROM ${tableName(table)} WHERE ${condition(random, table)}${limit(random)}`;
}

function updateJoined(random: SeededRandom, table: TableModel, tables: readonly TableModel[]): string {
  const other = pick(random, tables);
  const own = pick(random, writableColumns(table));
  const set = `a.${columnName(own)} = ${valueFor(random, own)}`;
  const otherColumn = pick(random, writableColumns(other));
  const otherSet = `b.${columnName(otherColumn)} = ${valueFor(random, otherColumn)}`;
  return `UPDATE ${tableName(table)} a JOIN ${tableName(other)} b SET ${set}, ${otherSet} WHERE ${condition(random, table, 'a.')} AND ${condition(random, other, 'b.')}`;
}

function deleteJoined(random: SeededRandom, table: TableModel, tables: readonly TableModel[]): string {
  const other = pick(random, tables);
  return `DELETE a, b FROM ${tableName(table)} a JOIN ${tableName(other)} b WHERE ${condition(random, table, 'a.')} AND ${condition(random, other, 'b.')}`;
}

function assignments(random: SeededRandom, table: TableModel): string {
  const columns = writableColumns(table);
  const chosen = new Set(Array.from({ length: random.between(1, 2) }, () => pick(random, columns)));
  return [...chosen].map((each) => `${columnName(each)} = ${newValue(random, each)}`).join(', ');
}

function newValue(random: SeededRandom, model: ColumnModel): string {
  const name = columnName(model);
  if (model.autoIncrement) return String(random.below(40));
  if (model.kind.family === 'number' && random.chance(0.3)) return `${name} + ${random.between(-2, 3)}`;
  if (model.kind.family === 'text' && random.chance(0.15))
    return `${pick(random, ['UPPER', 'LOWER', 'REVERSE', 'TRIM'])}(${name})`;
  if (model.kind.family === 'json' && random.chance(0.7)) return changedDocument(random, name);
  return valueFor(random, model);
}

/** These may be logged as parts of a document where the session asks for that. */
function changedDocument(random: SeededRandom, name: string): string {
  const path = pick(random, jsonPaths);
  return pick(random, [
    `JSON_SET(${name}, '${path}', ${random.below(100)})`,
    `JSON_SET(${name}, '${path}', '${'long '.repeat(random.below(6))}', '$.n', JSON_ARRAY(1, NULL, 'x'))`,
    `JSON_REPLACE(${name}, '${path}', TRUE)`,
    `JSON_REMOVE(${name}, '${path}')`,
  ]);
}

function condition(random: SeededRandom, table: TableModel, prefix = ''): string {
  if (table.key.length > 0 && random.chance(0.6)) {
    return table.key
      .map((each) => `${prefix}${columnName(each)} = ${each.kind.literal(random)}`)
      .join(' AND ');
  }
  const chosen = pick(random, writableColumns(table));
  const name = prefix + columnName(chosen);
  if (chosen.kind.key === 'none') return random.chance(0.5) ? `${name} IS NULL` : `${name} IS NOT NULL`;
  const literal = chosen.kind.literal(random);
  return pickWeighted(random, [
    [5, `${name} = ${literal}`],
    [2, `${name} > ${literal}`],
    [2, `${name} <= ${literal}`],
    [1, `${name} IS NULL`],
    [1, `${name} IN (${literal}, ${chosen.kind.literal(random)})`],
  ]);
}

function limit(random: SeededRandom): string {
  return random.chance(0.4) ? ` LIMIT ${random.between(1, 4)}` : '';
}
