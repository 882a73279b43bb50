import type { SeededRandom } from '../lab/seeded-random.js';
import { quoteTable } from '../../src/mysql/identifier.js';
import { anyKind } from './column-kinds.js';
import { definitionOf, generateTable } from './generate-table.js';
import { pick, pickWeighted } from './pick.js';
import { column, columnName, type TableModel, tableName, writableColumns } from './table-model.js';

/** What the generator has made so far in a round; DDL in flight adds to it and takes away. */
export interface World {
  readonly schemas: readonly string[];
  readonly tables: TableModel[];
  /** Numbers what is created, so that names are new. */
  created: number;
}

const addedColumnsMax = 14;
const tablesMax = 14;

type Make = (random: SeededRandom, world: World, table: TableModel) => readonly string[];

/** Statements that change what tables there are, or what they look like. */
export function generateDefinition(random: SeededRandom, world: World): readonly string[] {
  const make = pickWeighted<Make>(random, [
    [5, addColumn],
    [3, dropColumn],
    [3, renameColumn],
    [4, addIndex],
    [3, dropIndex],
    [2, renameAway],
    [2, swapTables],
    [3, truncate],
    [2, createSelected],
    [2, createAnother],
    [2, dropAndCreate],
    [1, createView],
    [2, createTrigger],
    [1, createRoutine],
    [2, rebuild],
    [1, changePartitions],
  ]);
  return make(random, world, pick(random, world.tables));
}

function addColumn(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  if (table.columns.length >= addedColumnsMax) return truncate(random, world, table);
  const added = column(`n${(world.created += 1)}`, anyKind(random), { nullable: true });
  const place = pick(random, ['', ' FIRST', ` AFTER ${columnName(pick(random, table.columns))}`]);
  const how = pick(random, ['', '', ', ALGORITHM=INPLACE', ', ALGORITHM=COPY']);
  table.columns.push(added);
  return [`ALTER TABLE ${tableName(table)} ADD COLUMN ${definitionOf(random, added)}${place}${how}`];
}

function dropColumn(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const droppable = writableColumns(table).filter(
    (each) => !table.key.includes(each) && each.name !== 'link',
  );
  if (droppable.length < 2) return addColumn(random, world, table);
  const dropped = pick(random, droppable);
  table.columns = table.columns.filter((each) => each !== dropped);
  return [`ALTER TABLE ${tableName(table)} DROP COLUMN ${columnName(dropped)}`];
}

function renameColumn(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const renamed = pick(random, table.columns);
  const before = columnName(renamed);
  if (renamed.name === 'link') return addIndex(random, world, table);
  renamed.name = `r${(world.created += 1)}`;
  return [`ALTER TABLE ${tableName(table)} RENAME COLUMN ${before} TO ${columnName(renamed)}`];
}

function addIndex(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const name = `i${(world.created += 1)}`;
  const chosen = pick(random, table.columns);
  if (chosen.kind.key === 'none') return truncate(random, world, table);
  table.addedIndexes.push(name);
  const part = chosen.kind.family === 'text' && random.chance(0.5) ? '(2)' : '';
  const unique = random.chance(0.5) ? 'UNIQUE INDEX' : 'INDEX';
  return [`ALTER TABLE ${tableName(table)} ADD ${unique} ${name} (${columnName(chosen)}${part})`];
}

function dropIndex(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const name = table.addedIndexes.pop();
  if (name === undefined) return addIndex(random, world, table);
  if (random.chance(0.3)) {
    table.addedIndexes.push(`${name}_r`);
    return [`ALTER TABLE ${tableName(table)} RENAME INDEX ${name} TO ${name}_r`];
  }
  return [`DROP INDEX ${name} ON ${tableName(table)}`];
}

function renameAway(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const before = tableName(table);
  table.name = `t${(world.created += 1)}`;
  table.schema = pick(random, world.schemas);
  return [`RENAME TABLE ${before} TO ${tableName(table)}`];
}

/** The cut-over of online schema changes: a copy takes the table's place. */
function swapTables(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const number = (world.created += 1);
  const copy = quoteTable(table.schema, `copy_${number}`);
  const old = quoteTable(table.schema, `old_${number}`);
  return [
    `CREATE TABLE ${copy} LIKE ${tableName(table)}`,
    `INSERT IGNORE INTO ${copy} (${columnsOf(table)}) SELECT ${columnsOf(table)} FROM ${tableName(table)}`,
    `RENAME TABLE ${tableName(table)} TO ${old}, ${copy} TO ${tableName(table)}`,
    ...(random.chance(0.6) ? [`DROP TABLE ${old}`] : []),
  ];
}

const columnsOf = (table: TableModel): string => writableColumns(table).map(columnName).join(', ');

function truncate(_random: SeededRandom, _world: World, table: TableModel): readonly string[] {
  return [`TRUNCATE TABLE ${tableName(table)}`];
}

function createSelected(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const schema = pick(random, world.schemas);
  const name = `s${(world.created += 1)}`;
  const created = quoteTable(schema, name);
  const create = `CREATE TABLE ${created} SELECT * FROM ${tableName(table)} LIMIT 20`;
  const columns = table.columns.map((each) => column(each.name, each.kind, { nullable: each.nullable }));
  if (world.tables.length < tablesMax && random.chance(0.7)) {
    world.tables.push({ schema, name, columns, key: [], parent: null, partitioned: false, addedIndexes: [] });
    return [create];
  }
  return [create, `DROP TABLE ${created}`];
}

function createAnother(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  if (world.tables.length >= tablesMax) return addIndex(random, world, table);
  const made = generateTable(random, pick(random, world.schemas), `t${(world.created += 1)}`);
  world.tables.push(made.table);
  return made.statements;
}

function dropAndCreate(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  // The family would have to be dropped in its order.
  if (world.tables.some((each) => each.parent === table || each.parent !== null))
    return rebuild(random, world, table);
  const made = generateTable(random, table.schema, table.name);
  world.tables.splice(world.tables.indexOf(table), 1, made.table);
  return [`DROP TABLE IF EXISTS ${tableName(table)}`, ...made.statements];
}

function createView(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const view = quoteTable(pick(random, world.schemas), `v${random.below(3)}`);
  return [`CREATE OR REPLACE VIEW ${view} AS SELECT * FROM ${tableName(table)}`];
}

/** What triggers write is in the binary log as rows; on the replica they must not fire again. */
function createTrigger(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const name = quoteTable(table.schema, `g${(world.created += 1)}`);
  const log = quoteTable(world.schemas[0] ?? table.schema, 'trigger_log');
  const moment = pick(random, ['AFTER INSERT', 'AFTER UPDATE', 'AFTER DELETE', 'BEFORE INSERT']);
  const create = `CREATE TRIGGER ${name} ${moment} ON ${tableName(table)} FOR EACH ROW INSERT INTO ${log} (what, at) VALUES ('${moment}', ${world.created})`;
  return random.chance(0.4) ? [create, `DROP TRIGGER IF EXISTS ${name}`] : [create];
}

function createRoutine(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const name = quoteTable(pick(random, world.schemas), `p${(world.created += 1)}`);
  const log = quoteTable(world.schemas[0] ?? table.schema, 'trigger_log');
  return [
    `CREATE PROCEDURE ${name} (n INT) BEGIN INSERT INTO ${log} (what, at) VALUES ('call', n); DELETE FROM ${tableName(table)} LIMIT 1; END`,
    `CALL ${name}(${random.below(9)})`,
  ];
}

function rebuild(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  return [
    pick(random, [
      `ALTER TABLE ${tableName(table)} ENGINE=InnoDB`,
      `OPTIMIZE TABLE ${tableName(table)}`,
      `ALTER TABLE ${tableName(table)} CONVERT TO CHARACTER SET utf8mb4`,
      `ALTER TABLE ${tableName(table)} COMMENT 'number ${(world.created += 1)}'`,
      `ALTER TABLE ${tableName(table)} AUTO_INCREMENT = ${random.between(20, 90)}`,
      `ANALYZE TABLE ${tableName(table)}`,
    ]),
  ];
}

function changePartitions(random: SeededRandom, world: World, table: TableModel): readonly string[] {
  const partitioned = world.tables.find((each) => each.partitioned) ?? table;
  return [
    pick(random, [
      `ALTER TABLE ${tableName(partitioned)} TRUNCATE PARTITION p1`,
      `ALTER TABLE ${tableName(partitioned)} ADD PARTITION PARTITIONS 2`,
      `ALTER TABLE ${tableName(partitioned)} COALESCE PARTITION 1`,
      `ALTER TABLE ${tableName(partitioned)} REMOVE PARTITIONING`,
      `ALTER TABLE ${tableName(partitioned)} REBUILD PARTITION p0`,
    ]),
  ];
}
