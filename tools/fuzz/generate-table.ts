import type { SeededRandom } from '../lab/seeded-random.js';
import { anyKind, columnKinds, integerKind, keyKind } from './column-kinds.js';
import { pick, pickWeighted } from './pick.js';
import { type ColumnModel, column, columnName, type TableModel, tableName } from './table-model.js';

/** A table, and the statements that create it. */
export interface GeneratedTable {
  readonly table: TableModel;
  readonly statements: readonly string[];
}

type Shape = 'primary' | 'auto' | 'bag' | 'unique-only' | 'partitioned' | 'hidden-key';
const shapes: readonly (readonly [number, Shape])[] = [
  [8, 'primary'],
  [3, 'auto'],
  [3, 'bag'],
  [2, 'unique-only'],
  [2, 'partitioned'],
  [1, 'hidden-key'],
];
const expressionIndexes = ['((LOWER(%)))', '((CONCAT(%, 1)))', '((LEFT(%, 2)))'];
const valueColumnsMax = 6;

/** A table of any shape, without foreign keys. */
export function generateTable(random: SeededRandom, schema: string, name: string): GeneratedTable {
  const shape = pickWeighted(random, shapes);
  const key = keyColumns(random, shape);
  const values = Array.from({ length: random.between(1, valueColumnsMax) }, (_, i) =>
    column(`c${i}`, anyKind(random), { nullable: random.chance(0.6) }),
  );
  const table: TableModel = {
    schema,
    name,
    columns: [...key, ...values],
    key: shape === 'unique-only' ? [] : key,
    parent: null,
    partitioned: shape === 'partitioned',
    addedIndexes: [],
  };
  const lines = [
    ...table.columns.map((each) => definitionOf(random, each)),
    ...generatedColumns(random, table),
    ...keyLines(random, table, shape, key),
    ...secondaryKeys(random, values),
  ];
  const partitions = table.partitioned ? partitionClause(random, key) : '';
  const create = `CREATE TABLE ${tableName(table)} (${lines.join(', ')})${tableOptions(random)}${partitions}`;
  if (shape !== 'hidden-key') return { table, statements: [create] };
  const hidden = (on: string): string => `SET SESSION sql_generate_invisible_primary_key = ${on}`;
  return { table, statements: [hidden('ON'), create, hidden('OFF')] };
}

function keyColumns(random: SeededRandom, shape: Shape): ColumnModel[] {
  switch (shape) {
    case 'bag':
    case 'hidden-key':
      return [];
    case 'auto':
      return [column('id', integerKind(random), { autoIncrement: true })];
    case 'partitioned':
      return [
        column('id', integerKind(random)),
        ...(random.chance(0.4) ? [column('k2', keyKind(random))] : []),
      ];
    case 'primary':
    case 'unique-only':
      return Array.from({ length: random.chance(0.35) ? 2 : 1 }, (_, i) => column(`k${i}`, keyKind(random)));
  }
}

export function definitionOf(random: SeededRandom, model: ColumnModel): string {
  const parts = [columnName(model), model.kind.type, model.nullable ? 'NULL' : 'NOT NULL'];
  if (model.autoIncrement) parts.push('AUTO_INCREMENT');
  else if (model.kind.name === 'stamp' && random.chance(0.5))
    parts.push('DEFAULT CURRENT_TIMESTAMP(2) ON UPDATE CURRENT_TIMESTAMP(2)');
  else if (model.kind.family === 'number' && random.chance(0.5)) parts.push('DEFAULT 1');
  if (!model.autoIncrement && random.chance(0.06)) parts.push('INVISIBLE');
  return parts.join(' ');
}

/** Generated columns are part of the row images, virtual ones too. */
function generatedColumns(random: SeededRandom, table: TableModel): string[] {
  const lines: string[] = [];
  for (const kind of ['VIRTUAL', 'STORED']) {
    // MySQL rewrites the expression of a UTF-16 column differently under NO_BACKSLASH_ESCAPES, on a native replica, too.
    const bases = table.columns.filter(
      ({ kind: { family, name }, autoIncrement, generated }) =>
        !autoIncrement && !generated && (family === 'number' || family === 'text') && name !== 'ucs',
    );
    if (bases.length === 0 || !random.chance(0.2)) continue;
    const base = pick(random, bases);
    const [type, expression] =
      base.kind.family === 'number'
        ? ['DOUBLE', `${columnName(base)} * 2`]
        : ['VARCHAR(400)', `CONCAT(${columnName(base)}, '-')`];
    const model = column(`g_${kind.toLowerCase()}`, base.kind, { generated: true, nullable: true });
    table.columns.push(model);
    lines.push(`${columnName(model)} ${type} GENERATED ALWAYS AS (${expression}) ${kind}`);
    if (random.chance(0.4)) lines.push(`KEY (${columnName(model)})`);
  }
  return lines;
}

function keyLines(
  random: SeededRandom,
  table: TableModel,
  shape: Shape,
  key: readonly ColumnModel[],
): string[] {
  const list = key.map(columnName).join(', ');
  if (shape === 'unique-only') return [`UNIQUE KEY own_key (${list})`];
  if (table.key.length === 0) return [];
  const [first] = key;
  const lines = [`PRIMARY KEY (${list})`];
  // An index that ends in the key's own column, as InnoDB stores every one.
  if (first !== undefined && table.columns.length > 2 && random.chance(0.15))
    lines.push(`KEY (${columnName(first)})`);
  return lines;
}

function secondaryKeys(random: SeededRandom, values: readonly ColumnModel[]): string[] {
  const lines: string[] = [];
  for (const each of values) {
    const { key, family } = each.kind;
    const name = columnName(each);
    const unique = random.chance(0.5) ? 'UNIQUE KEY' : 'KEY';
    if (key === 'whole' && random.chance(0.3))
      lines.push(`${unique} (${name}${random.chance(0.2) ? ' DESC' : ''})`);
    else if (family === 'text' && random.chance(0.25)) lines.push(`${unique} (${name}(2))`);
    else if (family === 'text' && random.chance(0.15))
      lines.push(`${unique} ${pick(random, expressionIndexes).replace('%', name)}`);
    else if (family === 'number' && random.chance(0.1)) lines.push(`${unique} ((${name} % 40))`);
    else if (key === 'prefix' && random.chance(0.3)) lines.push(`KEY (${name}(3))`);
  }
  const whole = values.filter(({ kind }) => kind.key === 'whole');
  if (whole.length > 1 && random.chance(0.3)) {
    lines.push(`UNIQUE KEY (${whole.slice(0, 2).map(columnName).join(', ')})`);
  }
  return lines;
}

function tableOptions(random: SeededRandom): string {
  return pickWeighted(random, [
    [10, ''],
    [1, ' ROW_FORMAT=COMPACT'],
    [1, ' DEFAULT CHARACTER SET latin1'],
    [2, ' DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'],
    [1, ' DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'],
    [1, ' AUTO_INCREMENT=20'],
  ]);
}

function partitionClause(random: SeededRandom, key: readonly ColumnModel[]): string {
  const name = key[0] === undefined ? '' : columnName(key[0]);
  return pick(random, [
    ` PARTITION BY HASH (${name}) PARTITIONS 3`,
    ` PARTITION BY KEY (${name}) PARTITIONS 4`,
    ` PARTITION BY RANGE (${name}) (PARTITION p0 VALUES LESS THAN (5), PARTITION p1 VALUES LESS THAN (12), ` +
      'PARTITION p2 VALUES LESS THAN MAXVALUE)',
  ]);
}

const actions = ['CASCADE', 'SET NULL', 'RESTRICT', 'NO ACTION'] as const;

/** A parent, its child and grandchild, linked by foreign keys with any actions, or a table that refers to itself. */
export function generateFamily(
  random: SeededRandom,
  schemas: readonly string[],
  name: string,
): GeneratedTable[] {
  const kind = random.chance(0.7) ? integerKind(random) : keyKind(random);
  const members: GeneratedTable[] = [];
  let parent: TableModel | null = null;
  const generations = random.chance(0.3) ? 1 : random.between(2, 3);
  for (let i = 0; i < generations; i += 1) {
    const made = familyMember(random, pick(random, schemas), `${name}_${i}`, parent, kind, generations === 1);
    members.push(made);
    parent = made.table;
  }
  return members;
}

function familyMember(
  random: SeededRandom,
  schema: string,
  name: string,
  parent: TableModel | null,
  kind: ColumnModel['kind'],
  self: boolean,
): GeneratedTable {
  const id = column('id', kind);
  const link = column('link', kind, { nullable: random.chance(0.8) });
  const note = column(
    'note',
    pick(
      random,
      columnKinds.filter(({ name: own }) => ['var', 'int', 'latin'].includes(own)),
    ),
    {
      nullable: true,
    },
  );
  const refers = parent !== null || self;
  // A child without a primary key is a bag whose rows the server itself removes.
  const keyless = parent !== null && random.chance(0.2);
  const table: TableModel = {
    schema,
    name,
    columns: refers ? [id, link, note] : [id, note],
    key: keyless ? [] : [id],
    parent,
    partitioned: false,
    addedIndexes: [],
  };
  const lines = table.columns.map(
    (each) => `${columnName(each)} ${each.kind.type} ${each.nullable ? 'NULL' : 'NOT NULL'}`,
  );
  lines.push(keyless ? 'KEY (`id`)' : 'PRIMARY KEY (`id`)');
  if (parent === null && random.chance(0.3)) lines.push('UNIQUE KEY (`note`)');
  const usable = actions.filter((action) => link.nullable || action !== 'SET NULL');
  const actionsText = `ON DELETE ${pick(random, usable)} ON UPDATE ${pick(random, self ? actions.slice(2) : usable)}`;
  if (refers) {
    const target = parent ?? table;
    lines.push(`FOREIGN KEY (\`link\`) REFERENCES ${tableName(target)} (\`id\`) ${actionsText}`);
  }
  return { table, statements: [`CREATE TABLE ${tableName(table)} (${lines.join(', ')})`] };
}
