import { describe, expect, test } from '@jest/globals';
import { constraintDifferences } from '../../../src/schema/constraint-difference.js';
import { columnDifferences } from '../../../src/schema/schema-difference.js';
import type { ColumnDefinition, TableDefinition } from '../../../src/schema/table-definition.js';

const column = (
  column_name: string,
  column_type = 'int',
  more: Partial<ColumnDefinition> = {},
): ColumnDefinition => ({
  column_name,
  column_type,
  charset: null,
  collation: null,
  nullable: 'YES',
  default_value: null,
  extra: '',
  expression: '',
  ...more,
});

const table = (
  columns: readonly ColumnDefinition[],
  more: Partial<TableDefinition> = {},
): TableDefinition => ({
  name: 't',
  isView: false,
  engine: 'InnoDB',
  columns,
  keys: [],
  foreignKeys: [],
  checks: [],
  partitions: '',
  ...more,
});

const manner = { conversions: '', sameWords: true };

/** `weight: what` of each difference between tables of such columns. */
const columns = (
  source: readonly ColumnDefinition[],
  replica: readonly ColumnDefinition[],
  conversions = '',
): string[] =>
  columnDifferences(table(source), table(replica), {
    ...manner,
    conversions,
  }).map(({ weight, what }) => `${weight}: ${what}`);

const constraints = (source: Partial<TableDefinition>, replica: Partial<TableDefinition>): string[] =>
  constraintDifferences(table([], source), table([], replica), manner).map(
    ({ weight, what }) => `${weight}: ${what}`,
  );

describe('columns', () => {
  test.each([
    ['int(11) unsigned', 'int unsigned'],
    ['year(4)', 'year'],
    ['geometrycollection', 'geomcollection'],
    ['tinyint(1)', 'tinyint'],
    ['datetime /* 5.5 binary format */', 'datetime'],
  ])('%s and %s are the same type', (old, current) =>
    expect(columns([column('a', old)], [column('a', current)])).toEqual([]),
  );

  test('utf8 is utf8mb3, and names differ by case only', () =>
    expect(
      columns(
        [column('A', 'char(1)', { charset: 'utf8' })],
        [column('a', 'char(1)', { charset: 'utf8mb3' })],
      ),
    ).toEqual([]));

  test('more or fewer at the end are what a rolled-out change looks like', () => {
    expect(columns([column('a'), column('b')], [column('a')])).toEqual([
      'note: b is on the source only: its values are left out',
    ]);
    expect(
      columns([column('a')], [column('a'), column('x'), column('g', 'int', { extra: 'VIRTUAL GENERATED' })]),
    ).toEqual([
      'note: x is on the replica only: new rows get its default, and the table goes in source order, in one lane',
      'note: g is on the replica only: computed there',
    ]);
  });

  test('a generated invisible primary key of the replica alone moves no column', () => {
    const key = column('my_row_id', 'bigint unsigned', {
      extra: 'auto_increment INVISIBLE',
    });
    expect(columns([column('a')], [key, column('a')])).toEqual([
      'note: only the replica has a generated invisible primary key: the table goes in source order, in one lane',
    ]);
    expect(columns([column('a')], [column('my_row_id'), column('a')])).toHaveLength(2);
  });

  test.each([
    ['int', 'bigint', '', /the replica refuses its rows, for replica_type_conversions is empty/],
    ['int', 'bigint', 'ALL_NON_LOSSY', /converts what replica_type_conversions \(ALL_NON_LOSSY\) allows/],
    ['int', 'int unsigned', '', /the same bytes are another number/],
    ["enum('a','b')", "enum('b','a')", '', /by their number/],
  ])('%s on the source and %s on the replica, conversions %p', (theirs, ours, conversions, outcome) => {
    const [what, ...others] = columns([column('a', theirs)], [column('a', ours)], conversions);
    expect(what).toMatch(outcome);
    expect(what).toMatch(/^harm: column 1, a, is /);
    expect(others).toEqual([]);
  });

  test('another character set, another order, another collation', () => {
    const text = (charset: string, collation: string): ColumnDefinition =>
      column('a', 'char(1)', { charset, collation });
    expect(columns([text('latin1', 'latin1_bin')], [text('utf8mb4', 'utf8mb4_bin')])).toEqual([
      'harm: column 1, a, is char(1) latin1 on the source and char(1) utf8mb4 on the replica: the replica refuses its rows, for character sets are not converted',
    ]);
    expect(columns([column('a'), column('b')], [column('b'), column('a')])[0]).toBe(
      'harm: column 1, a, is called b on the replica, where its values land',
    );
    expect(columns([text('latin1', 'latin1_bin')], [text('latin1', 'latin1_swedish_ci')])[0]).toMatch(
      /^doubt: .*key/,
    );
  });

  test('NOT NULL, defaults and generated columns', () => {
    const generated = (expression: string): ColumnDefinition =>
      column('a', 'int', { extra: 'STORED GENERATED', expression });
    expect(columns([column('a')], [column('a', 'int', { nullable: 'NO' })])[0]).toMatch(/^doubt: .*NOT NULL/);
    expect(columns([column('a', 'int', { nullable: 'NO' })], [column('a')])[0]).toMatch(/^note: /);
    expect(columns([column('a')], [column('a', 'int', { default_value: '1' })])[0]).toMatch(
      /^note: .*default/,
    );
    expect(columns([generated('`b` * 2')], [generated('`b` * 3')])[0]).toMatch(
      /^doubt: .*another expression/,
    );
    expect(columns([generated('`b` * 2')], [column('a')])[0]).toMatch(/^note: .*copied/);
    expect(columns([column('a')], [generated('`b`')])[0]).toMatch(/^doubt: /);
  });
});

describe('keys and constraints', () => {
  const key = (name: string, ...parts: string[]): { name: string; parts: string[] } => ({ name, parts });
  const foreignKey = (rules: string): TableDefinition['foreignKeys'][number] => ({
    name: 'f',
    refers: '(b) → d.p (id)',
    rules,
  });

  test('a primary key on other columns, on one side only', () => {
    expect(constraints({ keys: [key('PRIMARY', 'id')] }, { keys: [key('PRIMARY', 'v')] })).toEqual([
      'doubt: the primary key is (id) on the source and (v) on the replica: rows are found by the replica’s key, and one that doubles it stops the link',
    ]);
    expect(constraints({ keys: [key('PRIMARY', 'id')] }, {})[0]).toMatch(
      /^doubt: the replica has no primary key/,
    );
    expect(constraints({}, { keys: [key('PRIMARY', 'id')] })[0]).toMatch(/^doubt: only the replica/);
  });

  test('unique keys, whatever their names', () => {
    const [one, other] = [key('u', 'a', 'b(10)'), key('v', 'A', 'B(10)')];
    expect(constraints({ keys: [one] }, { keys: [other] })).toEqual([]);
    expect(constraints({}, { keys: [one] })[0]).toMatch(
      /^doubt: unique key u \(a, b\(10\)\) is on the replica only/,
    );
    expect(constraints({ keys: [one] }, {})[0]).toMatch(/^note: /);
  });

  test('foreign keys that only one side has, or with other rules', () => {
    const [restrict, cascade] = ['RESTRICT', 'CASCADE'].map((rule) => foreignKey(`ON DELETE ${rule}`));
    if (restrict === undefined || cascade === undefined) throw new Error('two keys');
    expect(constraints({}, { foreignKeys: [restrict] })[0]).toMatch(
      /^doubt: .*tailrace applies rows that it forbids/,
    );
    expect(constraints({ foreignKeys: [restrict] }, {})[0]).toMatch(/^note: /);
    expect(constraints({ foreignKeys: [cascade] }, {})[0]).toMatch(/^doubt: .*in the log/);
    expect(constraints({ foreignKeys: [cascade] }, { foreignKeys: [restrict] })[0]).toMatch(/^doubt: /);
  });

  test('CHECK constraints, partitions, engines', () => {
    expect(constraints({}, { checks: ['(`a` > 0)'] })[0]).toMatch(/^doubt: CHECK/);
    expect(constraints({ checks: ['(`a` > 0)'] }, {})[0]).toMatch(/^note: CHECK/);
    expect(constraints({}, { partitions: 'RANGE (`a`): 10' })[0]).toMatch(/^doubt: /);
    expect(constraints({}, { partitions: 'HASH (`a`): - -' })[0]).toMatch(/^note: /);
    expect(constraints({}, { engine: 'BLACKHOLE' })[0]).toMatch(/^doubt: /);
    expect(constraints({}, { engine: 'MyISAM' })[0]).toMatch(/^note: /);
  });

  test('servers that print expressions in other words are not compared by them', () => {
    const theirs = table([column('a', 'int', { default_value: 'now()' })], {
      checks: ['a'],
    });
    const ours = table([column('a', 'int', { default_value: 'CURRENT_TIMESTAMP' })], { checks: ['b'] });
    const words = { conversions: '', sameWords: false };
    expect(columnDifferences(theirs, ours, words)).toEqual([]);
    expect(constraintDifferences(theirs, ours, words)).toEqual([]);
  });
});
