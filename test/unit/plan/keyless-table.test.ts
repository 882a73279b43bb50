import { describe, expect, test } from '@jest/globals';
import { builderOf, changesOf, planOf, tableNamed } from '../../support/plan-rows.js';
import { transactionOf } from '../../support/plan-events.js';
import type { RowChange } from '../../support/plan-source.js';
import { modelTables } from '../../support/plan-tables.js';

const tables = modelTables(0);
const { insert, update, remove } = changesOf(tableNamed(tables, 'bag'));

/** What is sent: `d` deletes, `u` updates, `i` inserts. */
function sent(changes: readonly RowChange[]): string[] {
  const plan = planOf(tables, changes);
  expect(plan.doubt).toBeNull();
  return shown(plan);
}

function shown(plan: ReturnType<typeof planOf>): string[] {
  return plan.shares.flatMap(({ keyless }) =>
    keyless.map(
      ({ deletes, updates, inserts, together }) =>
        `d${deletes.length} u${updates.length} i${inserts.length}${together === true ? ' together' : ''}`,
    ),
  );
}

describe('a table without a key', () => {
  test('nothing is left out: of equal rows the first one goes, wherever it is [T5]', () => {
    expect(sent([insert([1, 1]), remove([1, 1])])).toEqual(['d0 u0 i1', 'd1 u0 i0']);
    expect(sent([remove([1, 1]), insert([1, 1])])).toEqual(['d1 u0 i0', 'd0 u0 i1']);
    expect(sent([update([1, 1], [1, 2]), update([1, 2], [1, 1])])).toEqual(['d0 u1 i0', 'd0 u1 i0']);
  });

  test('changes that do not meet share events', () => {
    const changes = Array.from({ length: 30 }, (_, i) => [
      insert([100 + i, 0]),
      update([i, 0], [i, 1]),
      remove([200 + i, 0]),
    ]).flat();
    expect(sent(changes)).toEqual(['d30 u30 i30']);
  });

  test('one that passes others comes before them, but an insert passes no insert', () => {
    expect(
      sent([update([1, 1], [1, 2]), update([1, 2], [1, 3]), update([5, 1], [5, 2]), remove([6, 1])]),
    ).toEqual(['d1 u2 i0', 'd0 u1 i0']);
    expect(sent([remove([1, 1]), insert([1, 1]), insert([7, 1])])).toEqual(['d1 u0 i0', 'd0 u0 i2']);
  });

  test('equal rows that become the same are changed together, and otherwise one after the other', () => {
    expect(sent([update([1, 1], [1, 2]), update([1, 1], [1, 2]), remove([3, 0]), remove([3, 0])])).toEqual([
      'd2 u2 i0',
    ]);
    expect(sent([update([1, 1], [1, 2]), update([1, 1], [1, 3])])).toEqual(['d0 u1 i0', 'd0 u1 i0']);
    expect(sent([update([1, 1], [1, 2]), remove([1, 1])])).toEqual(['d0 u1 i0', 'd1 u0 i0']);
  });

  test('rows of a statement that become each other: what takes a place comes after what leaves it', () => {
    const shift = [update([1, 1], [1, 2]), update([1, 2], [1, 3]), update([1, 3], [1, 4])];
    const builder = builderOf(tables);
    builder.add(transactionOf([insert([9, 9])], [false], 1));
    builder.add(transactionOf(shift, [true], 2));
    builder.add(transactionOf([remove([1, 4])], [false], 3));
    expect(shown(builder.close())).toEqual([
      'd0 u1 i0 together',
      'd0 u1 i0 together',
      'd0 u1 i0 together',
      'd0 u0 i1',
      'd1 u0 i0',
    ]);
  });

  test('and where they go round in a circle they stay one event', () => {
    const builder = builderOf(tables);
    builder.add(transactionOf([update([1, 1], [1, 2]), update([1, 2], [1, 1])], [true], 1));
    expect(shown(builder.close())).toEqual(['d0 u2 i0 together']);
  });

  test('with a unique key everything but neighbouring inserts goes in as it came', () => {
    const sparse = changesOf(tableNamed(tables, 'sparse'));
    expect(
      sent([
        sparse.insert([1, 0]),
        sparse.insert([2, 0]),
        sparse.remove([1, 0]),
        sparse.insert([1, 1]),
        sparse.update([2, 0], [3, 0]),
      ]),
    ).toEqual(['d0 u0 i2', 'd1 u0 i0 together', 'd0 u0 i1', 'd0 u1 i0 together']);
  });
});
