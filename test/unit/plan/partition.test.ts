import { describe, expect, test } from '@jest/globals';
import type { EpochPlan } from '../../../src/plan/epoch-plan.js';
import { partitionStrategies } from '../../../src/plan/partition.js';
import type { RowChange } from '../../support/plan-source.js';
import { changesOf, netCounts, planOf, tableNamed } from '../../support/plan-rows.js';
import { modelTables } from '../../support/plan-tables.js';

// So heavy that two rows are worth a lane.
const heavy = modelTables(60_000);
const light = modelTables(0);

/** Inserts of rows 1 to `count`, each with values of its own in every column. */
function inserts(name: string, count: number, tables = heavy): RowChange[] {
  const { insert } = changesOf(tableNamed(tables, name));
  return Array.from({ length: count }, (_, i) => insert([i + 1, i + 1, i + 1, i + 1]));
}

const lanesOf = (plan: EpochPlan): string[][] =>
  plan.shares.map(({ nets }) => nets.map(({ table }) => table.table).toSorted());

describe('how many lanes', () => {
  test('little work takes one lane whatever is allowed', () => {
    for (const strategy of partitionStrategies) {
      expect(planOf(light, inserts('plain', 20, light), { strategy, lanes: 8 }).shares.length).toBe(1);
    }
  });

  test('an epoch that comes to nothing still has a share, for its checkpoint', () => {
    const { insert, remove } = changesOf(tableNamed(light, 'plain'));
    const plan = planOf(light, [insert([1, 0]), remove([1, 0])]);
    expect(plan.shares).toMatchObject([{ strict: [], keyless: [], nets: [] }]);
  });

  test('never more than allowed', () => {
    expect(planOf(heavy, inserts('plain', 64), { strategy: 'row', lanes: 3 }).shares.length).toBe(3);
    expect(planOf(heavy, inserts('plain', 64), { strategy: 'row', lanes: 1 }).shares.length).toBe(1);
  });
});

describe('what stays together', () => {
  const everywhere = [
    ...inserts('plain', 12),
    ...inserts('people', 12),
    ...inserts('nicknames', 3),
    ...inserts('declared_a', 12),
    ...inserts('declared_b', 12),
  ];

  test('schema: all tables of a schema, and a group that spans two with the first', () => {
    const lanes = lanesOf(planOf(heavy, everywhere, { strategy: 'schema', lanes: 8 }));
    expect(lanes).toContainEqual(['declared_a', 'declared_b', 'people', 'plain']);
    expect(lanes).toContainEqual(['nicknames']);
  });

  test('table: a table, and linked tables [P6]', () => {
    const lanes = lanesOf(planOf(heavy, everywhere, { strategy: 'table', lanes: 8 }));
    expect(lanes.flat().toSorted()).toEqual(['declared_a', 'declared_b', 'nicknames', 'people', 'plain']);
    expect(lanes).toContainEqual(['declared_a', 'declared_b']);
    expect(lanes).toContainEqual(['plain']);
  });

  test.each(['row', 'auto'] as const)('%s: only linked tables', (strategy) => {
    const lanes = lanesOf(planOf(heavy, everywhere, { strategy, lanes: 8 }));
    const linked = lanes.filter((own) => own.includes('declared_a') || own.includes('declared_b'));
    expect(linked.length).toBe(1);
    expect(lanes.filter((own) => own.includes('plain')).length).toBeGreaterThan(1);
  });
});

describe('splitting a table', () => {
  test.each([
    ['plain', true],
    ['people', true],
    ['caseless', false],
    ['nicknames', false],
    ['functional', false],
    ['declared_a', false],
  ])('%s: %s', (name, splits) => {
    // The text of these tables is one of eight; the key over an expression has other values with every number below 4.
    const count = splits || name === 'declared_a' ? 16 : 4;
    const plan = planOf(heavy, inserts(name, count), { strategy: 'row', lanes: 4 });
    expect(plan.shares.filter(({ nets }) => nets.length > 0).length).toBe(splits ? 4 : 1);
    expect(netCounts(plan).inserts).toBe(count);
  });

  test('every row goes to one lane, and lanes are about even', () => {
    const plan = planOf(heavy, inserts('people', 40), { strategy: 'auto', lanes: 4 });
    const counts = plan.shares.map(({ nets }) => nets.reduce((sum, net) => sum + net.inserts.length, 0));
    expect(counts).toEqual([10, 10, 10, 10]);
    const keys = plan.shares.flatMap(({ nets }) => nets.flatMap((net) => net.keys));
    expect(new Set(keys).size).toBe(40);
  });

  test('rows that pass a unique value on stay together, over any number of rows', () => {
    const { update } = changesOf(tableNamed(heavy, 'people'));
    // Row 1 gives its mail to row 2, that to row 3, …, and the last one is free to take 99.
    const chain = [update([20, 20, 0], [20, 99, 0])];
    for (let i = 19; i >= 1; i--) chain.push(update([i, i, 0], [i, i + 1, 0]));
    const others = Array.from({ length: 20 }, (_, i) => update([100 + i, 200 + i, 0], [100 + i, 200 + i, 1]));
    const plan = planOf(heavy, [...chain, ...others], { strategy: 'row', lanes: 8 });
    const withChain = plan.shares.filter(({ nets }) => nets.some((net) => net.deletes.length > 0));
    expect(withChain.length).toBe(1);
    expect(plan.shares.length).toBeGreaterThan(2);
  });

  test('a burnt row goes where the rows are that it would meet', () => {
    const { insert, remove } = changesOf(tableNamed(heavy, 'people'));
    const others = Array.from({ length: 20 }, (_, i) => insert([i + 1, i + 1, 0]));
    const plan = planOf(heavy, [...others, insert([500, 77, 0]), remove([500, 77, 0]), insert([40, 77, 0])], {
      strategy: 'row',
      lanes: 4,
    });
    const burning = plan.shares.flatMap(({ nets }) => nets).filter(({ burnt }) => burnt !== null);
    expect(burning.map(({ keys }) => keys.includes(40))).toEqual([true]);
  });
});

test('what cannot be applied twice goes to lane 0', () => {
  const { update } = changesOf(tableNamed(heavy, 'plain'));
  const partial = { ...update([1, 0], [1, 1]), partial: true };
  const plan = planOf(heavy, [partial, ...inserts('bag', 8), ...inserts('people', 24)], {
    strategy: 'row',
    lanes: 4,
  });
  expect(plan.shares.length).toBe(4);
  expect(plan.shares.map(({ strict, keyless }) => [strict.length, keyless.length])).toEqual([
    [1, 1],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});
