import { describe, expect, test } from '@jest/globals';
import type { FuzzCase, FuzzStep } from '../../../../tools/fuzz/fuzz-case.js';
import { generateCase } from '../../../../tools/fuzz/generate-case.js';
import { shrinkCase, transactionsOf } from '../../../../tools/fuzz/shrink-case.js';
import { shrinkList } from '../../../../tools/fuzz/shrink-list.js';

const always = (): boolean => true;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('shrinkList', () => {
  test.each([[[3]], [[0, 99]], [[7, 8, 60]], [numbers(100).filter((n) => n % 9 === 0)]])(
    'finds the entries that matter: %j',
    async (wanted) => {
      const fails = (items: readonly number[]): Promise<boolean> =>
        Promise.resolve(wanted.every((entry) => items.includes(entry)));
      expect(await shrinkList(numbers(100), fails, always)).toEqual(wanted);
    },
  );

  test('ends for lists of any length, also when nothing can go', async () => {
    for (const length of [1, 2, 3, 5, 8, 31]) {
      const fails = (items: readonly number[]): Promise<boolean> => Promise.resolve(items.length === length);
      expect(await shrinkList(numbers(length), fails, always)).toEqual(numbers(length));
    }
  });

  test('stops when the time is up, with what it has', async () => {
    let trials = 0;
    const fails = (items: readonly number[]): Promise<boolean> => Promise.resolve(items.includes(5));
    const left = await shrinkList(numbers(64), fails, () => (trials += 1) <= 3);
    expect(left).toContain(5);
    expect(left.length).toBeLessThan(64);
    expect(trials).toBe(4);
  });
});

describe('transactionsOf', () => {
  const step = (writer: number, sql: string): FuzzStep => ({ writer, sql });

  test('keeps together what a writer sends from BEGIN to COMMIT', () => {
    const steps = [
      step(0, 'BEGIN'),
      step(1, 'TRUNCATE t'),
      step(0, 'DELETE'),
      step(0, 'ROLLBACK TO SAVEPOINT one'),
      step(0, 'COMMIT'),
      step(0, 'X'),
    ];
    expect(transactionsOf(steps).map((group) => group.map(({ sql }) => sql))).toEqual([
      ['BEGIN', 'DELETE', 'ROLLBACK TO SAVEPOINT one', 'COMMIT'],
      ['TRUNCATE t'],
      ['X'],
    ]);
  });

  test('loses no step', () => {
    const { steps } = generateCase(6, 3, { compression: false, xa: true, statements: true });
    expect(transactionsOf(steps).flat()).toHaveLength(steps.length);
  });
});

describe('shrinkCase', () => {
  const found = generateCase(1, 1, { compression: false, xa: false, statements: false });
  const culprit = found.steps.find(({ sql }) => sql.startsWith('UPDATE'))!;
  const order = [...found.setup.map((sql) => ({ writer: 0, sql })), ...found.steps];

  test('leaves the statement that matters, its schemas, and no kills', async () => {
    const fails = ({ steps, setup }: FuzzCase): Promise<boolean> =>
      Promise.resolve(steps.includes(culprit) && setup.some((sql) => sql.includes('trigger_log')));
    const short = await shrinkCase(found, order, { fails, mayGoOn: always });
    expect(short).toMatchObject({
      steps: [culprit],
      live: false,
      inOrder: true,
      disturbances: [],
      deaths: [],
    });
    expect(short.setup.filter((sql) => sql.startsWith('CREATE TABLE'))).toHaveLength(1);
    expect(short.setup.filter((sql) => sql.includes(' DATABASE ')).length).toBeGreaterThan(2);
  });

  test('gives the case back when nothing shorter fails', async () => {
    const fails = (): Promise<boolean> => Promise.resolve(false);
    expect(await shrinkCase(found, order, { fails, mayGoOn: always })).toBe(found);
  });
});
