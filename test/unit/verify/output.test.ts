import { describe, expect, test } from '@jest/globals';
import { percentDone, RowRate, verifyLine } from '../../../src/cli/verify-progress.js';
import { differenceLines, verifyJson, verifySentence } from '../../../src/cli/verify-summary.js';
import type { VerifyProgress, VerifyReport } from '../../../src/verify/verify-report.js';
import { addTallies, emptyTally } from '../../../src/verify/table-tally.js';

const report: VerifyReport = {
  equal: false,
  complete: true,
  tables: 3,
  rows: 5_000,
  rowsResumed: 1_000,
  rowsRead: 8_000,
  serverSeconds: 2,
  seconds: 2,
  chunks: 4,
  rechecks: 2,
  progressKind: 'gtid',
  definitions: [{ kind: 'table', schema: 'shop', name: 'item', detail: 'only on the source', rows: [] }],
  definitionsUnsettled: [],
  differing: [
    {
      schema: 'shop',
      table: 'orders',
      tally: {
        ...emptyTally,
        rows: [
          { key: 'id=1', sourceCopies: 1, replicaCopies: 1, columns: ['note', 'price'] },
          { key: 'id=2', sourceCopies: 1, replicaCopies: 0 },
        ],
        differing: 12,
        unexaminedChunks: 3,
        unsettled: 4,
      },
    },
  ],
  notes: ['a note'],
};

const progress: VerifyProgress = {
  phase: 'rows',
  rows: 300,
  rowsEstimate: 1_000,
  tables: 1,
  tablesTotal: 4,
  differences: 0,
  waiting: 0,
};

describe('the outcome', () => {
  test('names each difference, and how many more there are', () => {
    expect(differenceLines(report)).toEqual([
      'table shop.item: only on the source',
      'shop.orders: id=1 (content differs in note, price)\n' +
        'shop.orders: id=2 (missing on the replica)\n' +
        'shop.orders: and 10 differing rows more\n' +
        'shop.orders: and 3 chunks that differ, not examined row by row\n' +
        'shop.orders: 4 rows changed at every look and could not be compared',
    ]);
  });

  test('shows what steers a terminal by its number, and one of a thing as one', () => {
    const [first] = report.differing;
    const lines = differenceLines({
      ...report,
      definitions: [],
      differing: [
        {
          ...first!,
          table: 'x\u001b[31m\nequal',
          tally: { ...first!.tally, rows: [], differing: 1, unexaminedChunks: 1, unsettled: 1 },
        },
      ],
    });
    expect(lines).toEqual([
      'shop.x\\u001b[31m\\u000aequal: and 1 differing row more\n' +
        'shop.x\\u001b[31m\\u000aequal: and 1 chunk that differs, not examined row by row\n' +
        'shop.x\\u001b[31m\\u000aequal: 1 row changed at every look and could not be compared',
    ]);
    expect(verifySentence({ ...report, rowsRead: 2, rechecks: 1, notes: ['a\u0007b'] })).toMatch(
      /1 row read on each server.*; 1 chunk compared again\.\n {2}a\\u0007b/,
    );
  });

  test('is one line of JSON with the documented names', () => {
    const text = verifyJson(report);
    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toMatchObject({
      equal: false,
      complete: true,
      rows: 5_000,
      rows_different: 12,
      rows_unsettled: 4,
      tables_different: 1,
      definitions_different: 1,
      rows_per_second: 2_000,
      rows_read_per_server_second: 4_000,
      differences: [
        { schema: 'shop', table: 'orders', rows: [{ key: 'id=1', columns: ['note', 'price'] }, {}] },
      ],
    });
  });

  test('is told to a person in a few lines', () => {
    expect(verifySentence(report)).toMatch(
      /^DIFFERENT: 3 tables, 5,000 rows, 1,000 of them in an earlier run\./,
    );
    expect(verifySentence({ ...report, equal: true })).toMatch(/^Equal: /);
    expect(verifySentence({ ...report, complete: false })).toMatch(/^Stopped before the end: /);
    const unsettled = [{ ...report.differing[0]!, tally: { ...emptyTally, unsettled: 1 } }];
    expect(verifySentence({ ...report, definitions: [], differing: unsettled })).toMatch(
      /^No difference found, but/,
    );
  });

  test('lists a bounded number', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ ...report.definitions[0]!, name: `t${i}` }));
    const lines = differenceLines({ ...report, definitions: many, differing: [] });
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe('… and 800 definitions more');
    const rows = Array.from({ length: 30 }, (_, i) => ({
      key: `id=${i}`,
      sourceCopies: 1,
      replicaCopies: 0,
    }));
    expect(addTallies({ ...emptyTally, rows }, { ...emptyTally, rows }, 20).rows).toHaveLength(20);
  });
});

describe('the progress', () => {
  test('shows rate, time left, and differences as soon as there are any', () => {
    expect(verifyLine(progress, 100)).toBe(
      'comparing  30 %  300 rows  100 rows/s  1/4 tables  about 7.0 s left',
    );
    expect(verifyLine({ ...progress, differences: 2, waiting: 3 }, 100)).toMatch(
      /3 to check again {2}2 DIFFERENT$/,
    );
    expect(verifyLine({ ...progress, phase: 'waiting for replica' }, 0)).toMatch(
      /^waiting for replica {2}30 %/,
    );
  });

  test('is not at its end before it is', () => {
    expect(percentDone({ ...progress, rows: 1_000 })).toBe(99);
    expect(percentDone({ ...progress, tables: 4 })).toBe(100);
    expect(percentDone({ ...progress, phase: 'definitions', tables: 0, tablesTotal: 0 })).toBe(0);
    expect(percentDone({ ...progress, rows: 0, rowsEstimate: 0 })).toBe(0);
  });

  test('measures over the last seconds', () => {
    const rate = new RowRate();
    expect(rate.measure(0, 0)).toBeNull();
    expect(rate.measure(1_000, 500)).toBe(500);
    for (let second = 2; second <= 20; second += 1) rate.measure(second * 1_000, 500);
    expect(rate.measure(21_000, 500)).toBe(0);
  });
});
