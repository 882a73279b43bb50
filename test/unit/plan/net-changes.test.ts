import { describe, expect, test } from '@jest/globals';
import { changesOf, netCounts, planOf, tableNamed } from '../../support/plan-rows.js';
import { modelTables } from '../../support/plan-tables.js';

const tables = modelTables(0);
const counts = (changes: Parameters<typeof planOf>[1]): ReturnType<typeof netCounts> => {
  const plan = planOf(tables, changes);
  expect(plan.doubt).toBeNull();
  return netCounts(plan);
};
const none = { deletes: 0, updates: 0, inserts: 0, burnt: 0 };

describe('a table with a primary key', () => {
  const { insert, update, remove } = changesOf(tableNamed(tables, 'plain'));

  test('a row updated many times is written once', () => {
    const updates = Array.from({ length: 400 }, (_, i) => update([1, i], [1, i + 1]));
    expect(counts(updates)).toEqual({ ...none, updates: 1 });
  });

  test('a row that comes and goes is not written', () => {
    expect(counts([insert([1, 0]), update([1, 0], [1, 1]), remove([1, 1])])).toEqual(none);
  });

  test('a row that is as it was is not written', () => {
    expect(counts([update([1, 0], [1, 1]), update([1, 1], [1, 0])])).toEqual(none);
    expect(counts([remove([1, 0]), insert([1, 0])])).toEqual(none);
  });

  test('a row that is deleted and comes back in another form is updated', () => {
    expect(counts([remove([1, 0]), insert([1, 9])])).toEqual({ ...none, updates: 1 });
  });

  test('a row that comes and changes is inserted as it is at last', () => {
    const plan = planOf(tables, [insert([1, 0]), update([1, 0], [1, 5])]);
    const [state] = plan.shares[0]?.nets[0]?.inserts ?? [];
    expect(state?.after?.readInt32LE((state?.afterStart ?? 0) + 5)).toBe(5);
    expect(state?.before).toBeNull();
  });

  test('a new key is a delete and an insert', () => {
    expect(counts([update([1, 0], [2, 0])])).toEqual({ ...none, deletes: 1, inserts: 1 });
    expect(counts([update([1, 0], [2, 0]), update([2, 0], [1, 0])])).toEqual(none);
    expect(counts([update([1, 0], [2, 0]), update([2, 0], [3, 0])])).toEqual({
      ...none,
      deletes: 1,
      inserts: 1,
    });
  });

  test.each([
    ['an insert over a row that is there', [insert([1, 0]), insert([1, 1])]],
    ['a delete of a row that is gone', [remove([1, 0]), remove([1, 0])]],
    ['an update of a row that is gone', [remove([1, 0]), update([1, 0], [1, 1])]],
  ])('%s puts the plan in doubt', (_, changes) => {
    expect(planOf(tables, changes).doubt).toMatchObject({ table: '`s1`.`plain`' });
  });
});

describe('keys', () => {
  test('the parts of a composite key do not run into each other', () => {
    const { insert } = changesOf(tableNamed(tables, 'composite'));
    expect(counts([insert([0, 2, 1, 1]), insert([2, 0, 2, 2])])).toEqual({ ...none, inserts: 2 });
  });

  test('64-bit keys are told apart beyond what a double holds', () => {
    const { insert, update } = changesOf(tableNamed(tables, 'composite'));
    // Odd numbers stand for numbers near -2^62.
    expect(counts([insert([0, 1, 1, 1]), insert([0, 3, 2, 2]), update([0, 5, 3, 3], [0, 7, 3, 3])])).toEqual({
      ...none,
      deletes: 1,
      inserts: 3,
    });
  });

  test('spellings that the server takes for one key: the old one goes first', () => {
    const { update } = changesOf(tableNamed(tables, 'caseless'));
    // 0 and 4 stand for `a` and `A`.
    expect(counts([update([0, 1], [4, 1])])).toEqual({ ...none, deletes: 1, inserts: 1 });
  });
});

describe('other unique keys', () => {
  const people = changesOf(tableNamed(tables, 'people'));
  const functional = changesOf(tableNamed(tables, 'functional'));

  test('a new value is released before it is taken: delete and insert', () => {
    expect(counts([people.update([1, 5, 0], [1, 6, 0])])).toEqual({ ...none, deletes: 1, inserts: 1 });
    expect(counts([people.update([1, null, 0], [1, 6, 0])])).toEqual({ ...none, deletes: 1, inserts: 1 });
  });

  test('a value that stays lets the row be updated', () => {
    expect(counts([people.update([1, 5, 0], [1, 5, 1])])).toEqual({ ...none, updates: 1 });
  });

  test('two rows swap their values', () => {
    const swap = [
      people.update([1, 5, 0], [1, null, 0]),
      people.update([2, 6, 0], [2, 5, 0]),
      people.update([1, null, 0], [1, 6, 0]),
    ];
    expect(counts(swap)).toEqual({ ...none, deletes: 2, inserts: 2 });
  });

  test('a key over an expression may change with any column', () => {
    expect(counts([functional.update([1, 1, 0], [1, 1, 1])])).toEqual({ ...none, deletes: 1, inserts: 1 });
  });
});

describe('a before-image that is not what the change before it left', () => {
  const { insert, update, remove } = changesOf(tableNamed(tables, 'plain'));
  const doubtOf = (changes: Parameters<typeof planOf>[1]): string | undefined =>
    planOf(tables, changes).doubt?.why;

  test('raises a doubt: the replica may have its key on other columns than the source', () => {
    expect(doubtOf([insert([1, 0]), update([1, 5], [1, 1])])).toBe('a row was updated that had other values');
    expect(doubtOf([update([1, 0], [1, 1]), update([1, 0], [1, 2])])).toBe(
      'a row was updated that had other values',
    );
    expect(doubtOf([update([1, 0], [2, 0]), remove([2, 7])])).toBe('a row was deleted that had other values');
    expect(doubtOf([update([1, 0], [2, 0]), update([2, 7], [3, 7])])).toBe(
      'a row was deleted that had other values',
    );
  });

  test('and none where it is, or where nothing is known of the row', () => {
    expect(doubtOf([update([1, 0], [1, 1]), update([1, 1], [1, 2]), remove([1, 2])])).toBeUndefined();
    expect(doubtOf([remove([1, 0]), insert([1, 3]), update([1, 3], [2, 3]), remove([2, 3])])).toBeUndefined();
  });
});

describe('AUTO_INCREMENT', () => {
  const people = changesOf(tableNamed(tables, 'people'));
  const numbered = changesOf(tableNamed(tables, 'numbered'));

  test('a number that no row keeps is taken all the same', () => {
    expect(counts([people.insert([9, null]), people.remove([9, null])])).toEqual({ ...none, burnt: 1 });
  });

  test('one that a later row has passed is not', () => {
    expect(
      counts([people.insert([9, null]), people.remove([9, null]), people.insert([10, null])]).burnt,
    ).toBe(0);
  });

  test('one that was there before is not', () => {
    expect(counts([people.remove([9, 1]), people.insert([9, 2]), people.remove([9, 2])]).burnt).toBe(0);
  });

  test('a row whose unique value the burnt row had in between makes room for it', () => {
    const changes = [
      people.remove([1, 5, 0]),
      people.insert([9, 5, 0]),
      people.remove([9, 5, 0]),
      people.insert([1, 5, 0]),
    ];
    expect(counts(changes)).toEqual({ deletes: 1, updates: 0, inserts: 1, burnt: 1 });
  });

  test('a number outside of the primary key', () => {
    const changes = [
      numbered.update([1, 5, null], [1, 8, null]),
      numbered.update([1, 8, null], [1, 5, null]),
    ];
    expect(counts(changes)).toEqual({ deletes: 1, updates: 0, inserts: 1, burnt: 1 });
  });
});
