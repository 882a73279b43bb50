import type { SeededRandom } from '../lab/seeded-random.js';
import { quoteTable } from '../../src/mysql/identifier.js';
import { integerKind } from './column-kinds.js';
import type { FuzzFeatures } from './fuzz-features.js';
import { generateDefinition, type World } from './generate-definition.js';
import { generateChange } from './generate-statement.js';
import { pick, pickWeighted } from './pick.js';
import { column, columnName, tableName, writableColumns } from './table-model.js';

const changesMax = 7;
/** Together more than the share of a budget of 1 MiB above which a transaction is streamed. */
const largeRows = 420;
const largePadding = 2_000;

export const largeTables = ['big', 'big_bag'] as const;

/** What a writer may do; writers differ, so that each kind meets all others. */
export interface WriterTraits {
  readonly features: FuzzFeatures;
  readonly gtid: boolean;
  /** Of a hundred of its steps, how many change tables. */
  readonly definitions: number;
  /** Nobody else writes: rows of a table without a key are in the order in which they are logged. */
  readonly isAlone: boolean;
}

type Make = (random: SeededRandom, world: World, traits: WriterTraits) => readonly string[];

/** What one session sends from outside a transaction to outside a transaction. */
export function generateTransaction(
  random: SeededRandom,
  world: World,
  traits: WriterTraits,
): readonly string[] {
  const make = pickWeighted<Make>(random, [
    [38, single],
    [34, several],
    [8, withSavepoint],
    [6, rotation],
    [2, large],
    [6, sessionSetting],
    [traits.definitions, generateDefinition],
    [traits.features.xa ? 8 : 0, xaTransaction],
    [traits.features.statements ? 10 : 0, ofTheSession],
    [traits.isAlone ? traits.definitions / 3 : 0, numberRows],
  ]);
  return make(random, world, traits);
}

function single(random: SeededRandom, world: World): readonly string[] {
  return [generateChange(random, world.tables)];
}

function changes(random: SeededRandom, world: World): string[] {
  // Close to each other: the same rows are changed again and again.
  const tables = random.chance(0.5) ? [pick(random, world.tables)] : world.tables;
  return Array.from({ length: random.between(1, changesMax) }, () => generateChange(random, tables));
}

function several(random: SeededRandom, world: World): readonly string[] {
  return ['BEGIN', ...changes(random, world), random.chance(0.12) ? 'ROLLBACK' : 'COMMIT'];
}

function withSavepoint(random: SeededRandom, world: World): readonly string[] {
  return [
    'BEGIN',
    ...changes(random, world),
    'SAVEPOINT one',
    ...changes(random, world),
    random.chance(0.7) ? 'ROLLBACK TO SAVEPOINT one' : 'RELEASE SAVEPOINT one',
    ...changes(random, world),
    'COMMIT',
  ];
}

/** Values of a column change places, by way of one that no row has. */
function rotation(random: SeededRandom, world: World): readonly string[] {
  const table = pick(random, world.tables);
  const movable = writableColumns(table).filter(({ kind }) => kind.key === 'whole');
  if (movable.length === 0) return several(random, world);
  const moved = pick(random, movable);
  const values = [moved.kind.literal(random), moved.kind.literal(random), moved.kind.literal(random)];
  const free = moved.kind.family === 'number' ? '111' : moved.nullable ? 'NULL' : (values[2] ?? 'NULL');
  const move = (from: string, to: string): string =>
    `UPDATE ${tableName(table)} SET ${columnName(moved)} = ${to} WHERE ${columnName(moved)} <=> ${from} LIMIT 1`;
  const [a = '', b = ''] = values;
  return ['BEGIN', move(a, free), move(b, a), move(free, b), 'COMMIT'];
}

function large(random: SeededRandom, world: World): readonly string[] {
  const [schema = ''] = world.schemas;
  const table = quoteTable(schema, pick(random, largeTables));
  const rows = random.between(largeRows, largeRows * 2);
  const numbers = `WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < ${rows})`;
  const fill = `INSERT IGNORE INTO ${table} (v, pad) ${numbers} SELECT n % 50, REPEAT('${random.below(10)}', ${largePadding}) FROM r`;
  const [before, after] = random.chance(0.5) ? [changes(random, world), []] : [[], changes(random, world)];
  const body = pickWeighted(random, [
    [4, [fill]],
    [2, [fill, `UPDATE ${table} SET v = v + 1, pad = CONCAT('+', pad) WHERE v < 20`]],
    [2, [fill, `DELETE FROM ${table} WHERE v % 3 = 0`]],
    [2, [`DELETE FROM ${table}`]],
  ]);
  return ['BEGIN', ...before, ...body, ...after, random.chance(0.1) ? 'ROLLBACK' : 'COMMIT'];
}

function sessionSetting(
  random: SeededRandom,
  _world: World,
  { gtid, features }: WriterTraits,
): readonly string[] {
  const settings = [
    "binlog_row_image = 'MINIMAL'",
    "binlog_row_image = 'NOBLOB'",
    "binlog_row_image = 'FULL'",
    "binlog_row_image = 'FULL'",
    "binlog_row_value_options = 'PARTIAL_JSON'",
    "binlog_row_value_options = ''",
    'foreign_key_checks = 0',
    'foreign_key_checks = 1',
    'unique_checks = 0',
    'unique_checks = 1',
    "sql_mode = ''",
    "sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'",
    "sql_mode = 'NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO'",
    'sql_mode = DEFAULT',
    "time_zone = '+05:30'",
    "time_zone = 'SYSTEM'",
    'binlog_rows_query_log_events = ON',
    'auto_increment_increment = 3',
    'auto_increment_increment = 1',
    "collation_connection = 'latin1_swedish_ci'",
    "collation_connection = 'utf8mb4_0900_ai_ci'",
    ...(gtid ? ["gtid_next = 'AUTOMATIC:fuzz'", "gtid_next = 'AUTOMATIC'"] : []),
    ...(features.compression
      ? [
          'binlog_transaction_compression = ON',
          'binlog_transaction_compression = ON',
          'binlog_transaction_compression = OFF',
        ]
      : []),
  ];
  return [`SET SESSION ${pick(random, settings)}`];
}

/** Values and tables that only the session knows: in MIXED format they are logged with the statement that uses them. */
function ofTheSession(random: SeededRandom, world: World): readonly string[] {
  const log = quoteTable(world.schemas[0] ?? '', 'trigger_log');
  const table = pick(random, world.tables);
  const temporary = quoteTable(table.schema, `tmp${random.below(3)}`);
  return pickWeighted<readonly string[]>(random, [
    [
      3,
      [
        `SET @n = ${random.between(-9, 9)}, @t = 'of the session ''${random.below(9)}'`,
        `INSERT INTO ${log} (what, at) VALUES (@t, @n), (LEFT(NOW(6), 20), LAST_INSERT_ID() % 2)`,
      ],
    ],
    [
      2,
      [
        'BEGIN',
        ...changes(random, world),
        `UPDATE ${log} SET at = at + 1`,
        ...changes(random, world),
        'COMMIT',
      ],
    ],
    [
      2,
      [
        `CREATE TEMPORARY TABLE IF NOT EXISTS ${temporary} (n INT)`,
        `INSERT INTO ${temporary} VALUES (1), (2)`,
      ],
    ],
    [2, [`INSERT INTO ${log} (what, at) SELECT 'temporary', n FROM ${temporary}`]],
    [
      1,
      [
        'BEGIN',
        ...changes(random, world),
        `DROP TEMPORARY TABLE IF EXISTS ${temporary}`,
        ...changes(random, world),
        'COMMIT',
      ],
    ],
    [1, [`UPDATE ${log} SET at = FLOOR(RAND() * 100) WHERE at > ${random.below(50)}`]],
  ]);
}

/** Shows the order in which a table without a key keeps its rows: later changes hit them by their number. */
function numberRows(random: SeededRandom, world: World): readonly string[] {
  const table = world.tables.find(
    ({ key, columns, partitioned }) => key.length === 0 && !partitioned && columns.length < 14,
  );
  if (table === undefined) return several(random, world);
  const number = column(`n${(world.created += 1)}`, integerKind(random), { autoIncrement: true });
  table.columns.push(number);
  table.key = [number];
  return [`ALTER TABLE ${tableName(table)} ADD COLUMN ${columnName(number)} INT AUTO_INCREMENT PRIMARY KEY`];
}

function xaTransaction(random: SeededRandom, world: World): readonly string[] {
  const id = `'x${(world.created += 1)}'`;
  const begun = [`XA START ${id}`, ...changes(random, world), `XA END ${id}`];
  const between = random.chance(0.3) ? several(random, world) : [];
  return pickWeighted(random, [
    [3, [...begun, `XA PREPARE ${id}`, ...between, `XA COMMIT ${id}`]],
    [2, [...begun, `XA PREPARE ${id}`, ...between, `XA ROLLBACK ${id}`]],
    [2, [...begun, `XA COMMIT ${id} ONE PHASE`]],
    [1, [...begun, `XA ROLLBACK ${id}`]],
  ]);
}
