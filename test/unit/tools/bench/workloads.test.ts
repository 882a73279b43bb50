import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SeededRandom } from '../../../../tools/lab/seeded-random.js';
import { followTransaction, markerTable } from '../../../../tools/bench/workloads/follow-oltp.js';
import { multiRowInserts } from '../../../../tools/bench/workloads/multi-row-insert.js';
import { secondaryUniqueKeys } from '../../../../tools/bench/workloads/secondary-unique-keys.js';
import {
  ownIds,
  transactionCount,
  type TransactionStatements,
  type Workload,
} from '../../../../tools/bench/workloads/workload.js';
import { workloads } from '../../../../tools/bench/workloads/workload-list.js';

const scale = 0.01;

function written(workload: Workload, seed: number, index = 0, transactions = 40): TransactionStatements[] {
  const random = new SeededRandom(seed, `writer ${index}`);
  return [...workload.write({ index, writers: workload.writers, transactions, random }, scale)];
}

describe('seeded random numbers', () => {
  test('are the same for the same seed and stream, and others for another', () => {
    const draw = (seed: number, stream: string): number[] => {
      const random = new SeededRandom(seed, stream);
      return Array.from({ length: 20 }, () => random.below(1_000_000));
    };
    expect(draw(7, 'a')).toEqual(draw(7, 'a'));
    expect(draw(7, 'a')).not.toEqual(draw(8, 'a'));
    expect(draw(7, 'a')).not.toEqual(draw(7, 'b'));
  });

  test('are spread evenly and stay in bounds', () => {
    const random = new SeededRandom(1, 'spread');
    const counts = new Array<number>(10).fill(0);
    for (let drawn = 0; drawn < 10_000; drawn += 1) counts[random.between(0, 9)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(random.digits(23)).toMatch(/^\d{23}$/);
  });
});

describe.each(workloads)('workload $name', (workload) => {
  test('prepares the same tables and rows for the same seed', () => {
    const prepare = (seed: number): string => {
      const hash = createHash('sha256');
      for (const statement of workload.prepare(new SeededRandom(seed, 'prepare'))) hash.update(statement);
      return hash.digest('hex');
    };
    expect(prepare(3)).toBe(prepare(3));
    const [first] = workload.prepare(new SeededRandom(3, 'prepare'));
    expect(first).toMatch(/^CREATE TABLE /);
  });

  test('writes the same transactions for the same seed, and others for another', () => {
    const transactions = workload.name === 'large' ? 2 : 40;
    expect(written(workload, 3, 1, transactions)).toEqual(written(workload, 3, 1, transactions));
    expect(written(workload, 3, 1, transactions)).not.toEqual(written(workload, 4, 1, transactions));
  });

  test('writes as many transactions as asked, each whole', () => {
    const transactions = workload.name === 'large' ? 2 : 40;
    const all = written(workload, 5, 0, transactions);
    expect(all).toHaveLength(transactions);
    for (const statements of all) {
      if (statements.length === 1)
        expect(statements[0]).toMatch(/^(INSERT|UPDATE|DELETE|CREATE TABLE|TRUNCATE TABLE|DROP TABLE) /);
      else expect([statements[0], statements.at(-1)]).toEqual(['BEGIN', 'COMMIT']);
      // Statements are joined by semicolons into one packet.
      expect(statements.join('')).not.toContain(';');
    }
  });
});

test('writers share all ids without overlap', () => {
  const ranges = [0, 1, 2].map((index) => ownIds({ index, writers: 3 }, 10));
  expect(ranges).toEqual([
    [1, 3],
    [4, 6],
    [7, 10],
  ]);
});

test('a scale never makes a workload smaller than its least', () => {
  const [mixed] = workloads;
  expect(transactionCount(mixed!, 1)).toBe(60_000);
  expect(transactionCount(mixed!, 0.001)).toBe(mixed!.transactionsMin);
});

test('multi-row inserts hold every row once', () => {
  expect([...multiRowInserts('t', ['(1)', '(2)', '(3)'], 2)]).toEqual([
    'INSERT INTO t VALUES (1),(2)',
    'INSERT INTO t VALUES (3)',
  ]);
  expect([...multiRowInserts('t', [], 2)]).toEqual([]);
});

test('unique values are free before they are taken, in every statement', () => {
  const seats = new Map<string, string>();
  const take = (table: string, id: string, seat: string): void => {
    const holder = [...seats].find(([row, held]) => row.startsWith(`${table} `) && held === seat);
    expect(seat !== 'NULL' && holder !== undefined ? holder[0] : null).toBeNull();
    seats.set(`${table} ${id}`, seat);
  };
  for (let id = 1; id <= 1_000; id += 1) {
    for (let table = 0; table < 4; table += 1) seats.set(`seats${table} ${id}`, String(id));
  }
  for (const statement of written(secondaryUniqueKeys, 9, 0, 300).flat()) {
    const update = /^UPDATE (\w+) SET seat=(\w+),.* WHERE id=(\d+)$/.exec(statement);
    const insert = /^INSERT INTO (\w+) VALUES \((\d+),(\d+),/.exec(statement);
    const remove = /^DELETE FROM (\w+) WHERE id IN \((\d+),(\d+)\)$/.exec(statement);
    if (update !== null) take(update[1]!, update[3]!, update[2]!);
    if (insert !== null) take(insert[1]!, insert[2]!, insert[3]!);
    if (remove !== null) for (const id of remove.slice(2)) seats.delete(`${remove[1]} ${id}`);
  }
});

test('a followed transaction carries its marker before its commit', () => {
  const random = new SeededRandom(1, 'follow');
  const statements = followTransaction({ index: 0, writers: 8, random }, 17);
  expect(statements.slice(-2)).toEqual([`INSERT INTO ${markerTable} VALUES (17)`, 'COMMIT']);
});
