import { describe, expect, test } from '@jest/globals';
import type { FuzzCase } from '../../../../tools/fuzz/fuzz-case.js';
import { generateCase, roundsPerEra } from '../../../../tools/fuzz/generate-case.js';

const none = { compression: false, xa: false, statements: false };
const all = { compression: true, xa: true, statements: true };
const rounds = Array.from({ length: 60 }, (_, i) => i + 1);

const textOf = ({ setup, steps }: FuzzCase): string => [...setup, ...steps.map(({ sql }) => sql)].join('\n');

test('a seed and a round give the same case every time, and others give another', () => {
  for (const round of [1, 2, 17]) expect(generateCase(7, round, none)).toEqual(generateCase(7, round, none));
  expect(textOf(generateCase(7, 1, none))).not.toBe(textOf(generateCase(7, 2, none)));
  expect(textOf(generateCase(7, 1, none))).not.toBe(textOf(generateCase(8, 1, none)));
});

test('rounds of one era share their servers', () => {
  const servers = rounds.map((round) => JSON.stringify(generateCase(3, round, none).servers));
  for (const [i, text] of servers.entries()) expect(text).toBe(servers[i - (i % roundsPerEra)]);
  expect(new Set(servers).size).toBeGreaterThan(1);
});

test('a statement has one line, and ends without a semicolon', () => {
  const statements = rounds.flatMap((round) => {
    const { setup, steps } = generateCase(5, round, all);
    return [...setup, ...steps.map(({ sql }) => sql)];
  });
  expect(
    statements.filter((sql) => /\n|;\s*$/.test(sql) || sql.trim() !== sql || sql.includes('undefined')),
  ).toEqual([]);
});

test('disturbances come in their order, and within the steps', () => {
  for (const round of rounds) {
    const { disturbances, steps, live } = generateCase(9, round, none);
    const places = disturbances.map(({ afterSteps }) => afterSteps);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.filter((place) => place < 0 || place >= steps.length)).toEqual([]);
    if (!live) expect(disturbances).toEqual([]);
  }
});

describe('over some rounds', () => {
  const text = rounds.map((round) => textOf(generateCase(2, round, none))).join('\n');

  test.each([
    /PRIMARY KEY \(`k0`, `k1`\)/,
    /UNIQUE KEY \(\(/,
    /UNIQUE KEY \(`\w+`\(2\)\)/,
    /GENERATED ALWAYS AS .* VIRTUAL/,
    /GENERATED ALWAYS AS .* STORED/,
    /INVISIBLE/,
    /sql_generate_invisible_primary_key = ON/,
    /ON DELETE CASCADE/,
    /ON DELETE SET NULL/,
    /ON UPDATE CASCADE/,
    /PARTITION BY RANGE/,
    /CREATE TRIGGER/,
    /CREATE TABLE \S+ SELECT/,
    /^RENAME TABLE .*, /m,
    /^TRUNCATE/m,
    /^REPLACE/m,
    /ON DUPLICATE KEY UPDATE/,
    /^UPDATE \S+ a JOIN/m,
    /^DELETE a, b/m,
    /^ROLLBACK TO SAVEPOINT/m,
    /^ROLLBACK$/m,
    /WITH RECURSIVE/,
    /binlog_row_image = 'MINIMAL'/,
    /PARTIAL_JSON/,
    /foreign_key_checks = 0/,
    /unique_checks = 0/,
    /JSON_SET/,
    /AUTO_INCREMENT/,
    /ADD COLUMN `n\d+` INT AUTO_INCREMENT PRIMARY KEY/,
  ])('%s is written', (pattern) => {
    expect(text).toMatch(pattern);
  });

  test('features that are off are not', () => {
    expect(text).not.toMatch(/^XA |binlog_transaction_compression|binlog_format|TEMPORARY/m);
    const withAll = rounds.map((round) => textOf(generateCase(2, round, all))).join('\n');
    for (const pattern of [
      /^XA PREPARE/m,
      /ONE PHASE/,
      /binlog_transaction_compression = ON/,
      /binlog_format = 'MIXED'/,
      /^CREATE TEMPORARY TABLE/m,
      /^DROP TEMPORARY TABLE/m,
    ])
      expect(withAll).toMatch(pattern);
  });
});
