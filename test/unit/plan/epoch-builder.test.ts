import { describe, expect, test } from '@jest/globals';
import { ShareEncoder } from '../../../src/apply/lane/share-encoder.js';
import { EpochBuilder } from '../../../src/plan/epoch-builder.js';
import { RowsFlag } from '../../../src/binlog/rows-event.js';
import type { TableTraits } from '../../../src/schema/table-traits.js';
import type { RowChange } from '../../support/plan-source.js';
import { assemble, fixtureEvents } from '../../support/binlog-fixture.js';
import { decodeChunks } from '../../support/plan-replica.js';
import {
  builderOf,
  changesOf,
  netCounts,
  planOf,
  tableNamed,
  transactionsOf,
} from '../../support/plan-rows.js';
import { type ModelTable, modelTables } from '../../support/plan-tables.js';

const tables = modelTables(0);
const partial = (change: RowChange): RowChange => ({ ...change, partial: true });

const withOwnColumns = (name: string): ModelTable[] =>
  tables.map((table) =>
    table.traits.table === name ? { ...table, traits: { ...table.traits, replicaOnly: true } } : table,
  );

describe('what is applied as it came', () => {
  const plain = changesOf(tableNamed(tables, 'plain'));
  const people = changesOf(tableNamed(tables, 'people'));
  const root = changesOf(tableNamed(tables, 'root'));
  const leaf = changesOf(tableNamed(tables, 'leaf'));
  const logged = changesOf(tableNamed(tables, 'root'), RowsFlag.SqlForeignKey);
  const unchecked = changesOf(tableNamed(tables, 'root'), RowsFlag.NoForeignKeyChecks);

  test('a table with an event that does not carry all columns, from its first event on', () => {
    const plan = planOf(tables, [
      plain.insert([1, 0]),
      people.insert([1, 1]),
      plain.update([1, 0], [1, 1]),
      partial(plain.update([1, 1], [1, 2])),
    ]);
    expect(plan.strictTables).toEqual(['`s1`.`plain`']);
    expect(plan.shares[0]?.strict.map(({ kind, complete }) => [kind, complete])).toEqual([
      ['write', true],
      ['update', true],
      ['update', false],
    ]);
    expect(netCounts(plan)).toMatchObject({ inserts: 1, updates: 0 });
  });

  test('linked tables whose actions the source did not log, all of them', () => {
    const plan = planOf(tables, [leaf.insert([1, null]), root.remove([1, 0])]);
    expect(plan.strictTables.toSorted()).toEqual(['`s1`.`root`', '`s2`.`leaf`']);
    expect(plan.shares[0]?.strict.map(({ table }) => table.table)).toEqual(['leaf', 'root']);
    expect(plan.shares[0]?.nets).toEqual([]);
  });

  test('a table whose replica has columns of its own, all of its changes', () => {
    const own = withOwnColumns('plain');
    const plan = planOf(own, [plain.insert([1, 0]), people.insert([1, 1]), plain.update([1, 0], [1, 1])]);
    expect(plan.strictTables).toEqual(['`s1`.`plain`']);
    expect(plan.shares[0]?.strict.map(({ kind }) => kind)).toEqual(['write', 'update']);
  });

  test.each([
    ['with actions in the log', logged.remove([1, 0])],
    ['with checks off at the source', unchecked.remove([1, 0])],
    ['with inserts alone', root.insert([1, 0])],
  ])('linked tables %s are reduced', (_, change) => {
    const plan = planOf(tables, [leaf.insert([1, null]), change]);
    expect(plan.strictTables).toEqual([]);
    expect(plan.shares[0]?.nets.length).toBe(2);
  });

  test('a real cascade of 9.7 is reduced: its source logged what the foreign key did', () => {
    const { transactions } = assemble(fixtureEvents('mysql-cascade'));
    const traits = (table: string): TableTraits => ({
      schema: 'fix',
      table,
      columnNames: table === 'child' ? ['id', 'p'] : ['id'],
      primaryKey: [0],
      primaryKeyComparable: true,
      uniqueKeys: [],
      autoIncrementColumn: null,
      autoIncrementUnsigned: false,
      linkGroup: 'fix.child',
      linked: true,
      referentialActions: true,
      transactional: true,
    });
    const options = { rowsMax: 1e6, bytesMax: 1e9, strictTables: null, strategy: 'auto', lanes: 4 } as const;
    const builder = new EpochBuilder(options, ({ table }) => traits(table));
    for (const transaction of transactions.filter(({ kind }) => kind === 'rows')) builder.add(transaction);
    const plan = builder.close();
    // Parent and children come and go within the epoch.
    expect([plan.strictTables, plan.rowsIn, plan.rowsOut]).toEqual([[], 6, 0]);
  });

  test('linked tables of which one has no primary key', () => {
    const plan = planOf(tables, [
      changesOf(tableNamed(tables, 'declared_key')).insert([1, 0]),
      changesOf(tableNamed(tables, 'declared_bag')).insert([1, 0]),
    ]);
    expect(plan.strictTables.length).toBe(2);
    expect(plan.shares[0]?.keyless).toEqual([]);
  });
});

describe('limits', () => {
  const { insert } = changesOf(tableNamed(tables, 'plain'));

  test('an epoch is full at its rows or bytes', () => {
    const byRows = builderOf(tables, { rowsMax: 2 });
    const [a, b] = transactionsOf([insert([1, 0]), insert([2, 0])]);
    if (a === undefined || b === undefined) throw new Error('two changes make two transactions');
    expect([byRows.isEmpty, byRows.isFull]).toEqual([true, false]);
    byRows.add(a);
    expect([byRows.size, byRows.isFull]).toEqual([1, false]);
    byRows.add(b);
    expect(byRows.isFull).toBe(true);
    const byBytes = builderOf(tables, { bytesMax: a.bytes });
    byBytes.add(a);
    expect(byBytes.isFull).toBe(true);
  });

  test('a table of another shape waits for the next epoch', () => {
    const others = modelTables(0).map((table) =>
      table.traits.table === 'plain'
        ? { ...table, map: { ...table.map, shape: Buffer.from('other') } }
        : table,
    );
    const builder = builderOf(tables);
    for (const transaction of transactionsOf([insert([1, 0])])) builder.add(transaction);
    const [same] = transactionsOf([insert([2, 0])]);
    const [other] = transactionsOf([changesOf(tableNamed(others, 'plain')).insert([2, 0])]);
    expect(same !== undefined && builder.accepts(same)).toBe(true);
    expect(other !== undefined && builder.accepts(other)).toBe(false);
  });

  test('rows are counted in and out', () => {
    const { update } = changesOf(tableNamed(tables, 'plain'));
    const bag = changesOf(tableNamed(tables, 'bag'));
    const plan = planOf(tables, [
      insert([1, 0]),
      update([1, 0], [1, 1]),
      bag.insert([1, 1]),
      bag.insert([1, 1]),
    ]);
    expect([plan.rowsIn, plan.rowsOut]).toEqual([4, 3]);
    expect(plan.bytes).toBe(plan.transactions.reduce((sum, { bytes }) => sum + bytes, 0));
  });
});

describe('after a crash', () => {
  const bag = changesOf(tableNamed(tables, 'bag'));
  const plain = changesOf(tableNamed(tables, 'plain'));
  const declared = ['declared_a', 'declared_b'].map((name) => changesOf(tableNamed(tables, name)));
  const strictNames = (plan: ReturnType<typeof planOf>): string[] =>
    plan.shares.flatMap(({ strict }) => strict.map(({ table }) => table.table));

  test('tables without a primary key, too, are what the checkpoint says', () => {
    const changes = [bag.insert([1, 1]), partial(bag.update([1, 1], [1, 2])), plain.insert([1, 0])];
    const { strictTables } = planOf(tables, changes);
    expect(strictTables).toEqual(['`s2`.`bag`']);
    const again = planOf(tables, changes, { strictTables: new Set(strictTables) });
    expect(strictNames(again)).toEqual(['bag', 'bag']);
    expect(again.strictTables).toEqual(strictTables);
    expect(netCounts(again).inserts).toBe(1);
  });

  test('tables that were linked only since are strict each for itself', () => {
    const changes = declared.map(({ insert }) => insert([1, 0]));
    const again = planOf(tables, changes, { strictTables: new Set(['`s1`.`declared_a`']) });
    expect(strictNames(again)).toEqual(['declared_a']);
    expect(netCounts(again).inserts).toBe(1);
  });

  test('an event that cannot be reduced in a table that was is a defect, not a loss', () => {
    expect(() =>
      planOf(tables, [partial(plain.update([1, 0], [1, 1]))], { strictTables: new Set() }),
    ).toThrow(expect.objectContaining({ code: 'TR_INTERNAL' }));
  });

  test('columns that the replica got since are not reset: the link stops where rows are deleted and inserted', () => {
    const own = withOwnColumns('plain');
    const strictTables = new Set<string>();
    const moved = [plain.update([1, 0], [2, 0])];
    expect(() => planOf(own, moved, { strictTables })).toThrow(
      expect.objectContaining({ code: 'TR_SCHEMA_MISMATCH' }),
    );
    expect(netCounts(planOf(own, [plain.update([1, 0], [1, 1])], { strictTables })).updates).toBe(1);
    expect(netCounts(planOf(own, [plain.insert([1, 0])], { strictTables })).inserts).toBe(1);
  });

  test('a burnt number is left out where it could meet another row', () => {
    const people = changesOf(tableNamed(tables, 'people'));
    const plan = planOf(tables, [people.insert([9, 5]), people.remove([9, 5])]);
    const encoder = new ShareEncoder(1024);
    const [share] = plan.shares;
    if (share === undefined) throw new Error('a plan has a share');
    expect(decodeChunks(encoder.share(share)).map(({ kind }) => kind)).toEqual(['write', 'delete']);
    expect(decodeChunks(encoder.repeatable(share))).toEqual([]);
  });
});
