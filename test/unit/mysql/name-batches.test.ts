import { expect, test } from '@jest/globals';
import { nameBatches } from '../../../src/mysql/name-batches.js';

function named(...tables: readonly (readonly [schema: string, names: readonly string[]])[]) {
  return new Map(tables.map(([schema, names]) => [schema, new Set(names)]));
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `t${at}`);
}

test('many tables of one schema are cut into look-ups', () => {
  const batches = [...nameBatches(named(['a', numbered(25)]), 10)];
  expect(batches.map(({ schemas, names }) => [schemas, names.length])).toEqual([
    [['a'], 10],
    [['a'], 10],
    [['a'], 5],
  ]);
  expect(batches.flatMap(({ names }) => names)).toEqual(numbered(25));
});

test('the same table of many schemas is one look-up, and none finds more tables than it may', () => {
  const many = named(...Array.from({ length: 25 }, (_, at) => [`s${at}`, ['t']] as const));
  expect([...nameBatches(many, 10)].map(({ schemas }) => schemas.length)).toEqual([10, 10, 5]);

  const mixed = named(['a', numbered(4)], ['b', ['x', 'y']], ['c', numbered(9)], ['d', ['t1']]);
  const batches = [...nameBatches(mixed, 12)];
  for (const { schemas, names } of batches) expect(schemas.length * names.length).toBeLessThanOrEqual(12);
  for (const [schema, names] of mixed) {
    for (const name of names) {
      expect(batches.some((batch) => batch.schemas.includes(schema) && batch.names.includes(name))).toBe(
        true,
      );
    }
  }
});

test('nothing to look up is no look-up', () => {
  expect([...nameBatches(new Map(), 10)]).toEqual([]);
});
