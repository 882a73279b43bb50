import { describe, expect, test } from '@jest/globals';
import { ColumnType } from '../../../src/binlog/column-layout.js';
import type { TableMap } from '../../../src/binlog/table-map.js';
import { type ColumnRow, tableTraits, type UniqueKeyRow } from '../../../src/schema/schema-rows.js';
import { fitTraits } from '../../../src/schema/fit-traits.js';
import type { TableTraits } from '../../../src/schema/table-traits.js';
import { tableMap } from '../../support/binlog-events.js';

const ofSource = (columns: number, flags?: number): TableMap =>
  tableMap({
    columns: Array.from({ length: columns }, () => ({ type: ColumnType.Long })),
    ...(flags === undefined ? {} : { flags }),
  });

/** A table of INT columns, `name` or `name:extra`; keys are lists of columns, the first is PRIMARY. */
function ofReplica(columns: readonly string[], keys: readonly (readonly string[])[]): TableTraits {
  const rows = columns.map((text): ColumnRow => {
    const [column_name = '', extra = ''] = text.split(':');
    const common = { table_name: 't', data_type: 'int', column_type: 'int', collation_name: null };
    return { ...common, column_name, extra };
  });
  const parts = keys.flatMap((names, at) =>
    names.map((column_name): UniqueKeyRow => {
      const index_name = at === 0 ? 'PRIMARY' : `u${String(at)}`;
      return { table_name: 't', index_name, column_name, sub_part: null, nullable: '' };
    }),
  );
  return tableTraits({ schema_name: 'd', table_name: 't', engine: 'InnoDB' }, rows, parts, undefined);
}

describe('traits in terms of the columns of the source', () => {
  test('a table with the same columns stays as it is', () => {
    const traits = ofReplica(['id', 'v'], [['id']]);
    expect(fitTraits(traits, ofSource(2))).toBe(traits);
  });

  test('columns at the end that only the replica has', () => {
    const traits = ofReplica(['id', 'v', 'x'], [['id'], ['v'], ['v', 'x']]);
    expect(fitTraits(traits, ofSource(2))).toMatchObject({
      columnNames: ['id', 'v'],
      primaryKey: [0],
      primaryKeyComparable: true,
      replicaOnly: true,
      uniqueKeys: [
        { columns: [1], comparable: true, functional: false },
        { columns: [], comparable: false, functional: true },
      ],
    });
  });

  test('generated columns at the end lose nothing when a row is written again', () => {
    const traits = ofReplica(['id', 'v', 'g:VIRTUAL GENERATED'], [['id'], ['g']]);
    const fitted = fitTraits(traits, ofSource(2));
    expect(fitted.replicaOnly).toBeUndefined();
    expect(fitted).toMatchObject({ primaryKey: [0], uniqueKeys: [{ functional: true }] });
  });

  test('a primary key with a column that the source does not have tells no rows apart', () => {
    for (const extra of ['', 'STORED GENERATED']) {
      const traits = ofReplica(['id', `x:${extra}`], [['id', 'x']]);
      expect(fitTraits(traits, ofSource(1))).toMatchObject({ primaryKey: null, replicaOnly: true });
    }
  });

  test('fewer columns', () => {
    const traits = ofReplica(['id:auto_increment'], [['id']]);
    const fitted = fitTraits(traits, ofSource(3));
    expect(fitted).toMatchObject({ primaryKey: [0], autoIncrementColumn: 0, columnNames: ['id'] });
    expect(fitted.replicaOnly).toBeUndefined();
  });

  test('a generated invisible primary key of the replica alone stands in front of the columns of the source [T5]', () => {
    const key = 'my_row_id:auto_increment INVISIBLE';
    const traits = ofReplica([key, 'v', 'w'], [['my_row_id'], ['w']]);
    for (const columns of [2, 3]) {
      expect(fitTraits(traits, ofSource(columns))).toMatchObject({
        columnNames: ['v', 'w'],
        primaryKey: null,
        autoIncrementColumn: null,
        replicaOnly: true,
        uniqueKeys: [{ columns: [1] }],
      });
    }
    const flagged = fitTraits(traits, ofSource(3, 0x4));
    expect(flagged).toBe(traits);
    expect(fitTraits(traits, ofSource(2, 0x4))).toMatchObject({ primaryKey: [0], replicaOnly: true });
  });

  test('a column that a user called my_row_id is one like any other', () => {
    const traits = ofReplica(['my_row_id', 'v'], [['my_row_id']]);
    expect(fitTraits(traits, ofSource(2))).toBe(traits);
  });
});
