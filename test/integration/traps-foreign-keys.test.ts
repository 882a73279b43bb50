import { describe, expect, test } from '@jest/globals';
import { partitionStrategies } from '../../src/plan/partition.js';
import { expectLevel, levelAsOneEpoch } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const combinations = partitionStrategies.flatMap((partition) =>
  [1, 4].map((lanes) => ({ partition, lanes })),
);

const tables = (schema: string): string[] => [
  `CREATE DATABASE ${schema}`,
  `USE ${schema}`,
  'CREATE TABLE p (id INT PRIMARY KEY, v INT, code INT UNIQUE)',
  'CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE)',
  'CREATE TABLE g (id INT PRIMARY KEY, c INT, n INT, FOREIGN KEY (c) REFERENCES c (id) ON DELETE CASCADE, FOREIGN KEY (n) REFERENCES p (code) ON UPDATE SET NULL ON DELETE SET NULL)',
  'CREATE TABLE tree (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES tree (id) ON DELETE CASCADE)',
  'CREATE TABLE strict_parent (id INT PRIMARY KEY, u INT UNIQUE)',
  'CREATE TABLE strict_child (id INT PRIMARY KEY, p INT NOT NULL, u INT, FOREIGN KEY (p) REFERENCES strict_parent (id), FOREIGN KEY (u) REFERENCES strict_parent (u))',
  'CREATE TABLE keyless_child (p INT, note VARCHAR(10), FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE)',
  'INSERT INTO p VALUES (1, 1, 11), (2, 2, 12), (3, 3, 13), (4, 4, 14), (5, 5, 15)',
  'INSERT INTO c VALUES (10, 1), (11, 1), (20, 2), (30, 3), (40, 4), (50, 5)',
  'INSERT INTO g VALUES (100, 10, 11), (110, 11, 12), (200, 20, 13), (300, 30, 14), (400, 40, NULL)',
  'INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, 1), (6, NULL)',
  'INSERT INTO strict_parent VALUES (1, 101), (2, 102), (3, 103)',
  'INSERT INTO strict_child VALUES (1, 1, 101), (2, 2, NULL)',
  "INSERT INTO keyless_child VALUES (1, 'a'), (1, 'a'), (2, 'b')",
];

const changes = (schema: string): string[] => [
  `USE ${schema}`,
  // A grandchild comes and a grandparent goes: they share no key.
  'INSERT INTO g VALUES (101, 10, NULL), (301, 30, NULL)',
  'DELETE FROM p WHERE id = 1',
  'UPDATE p SET id = 22 WHERE id = 2',
  'UPDATE p SET code = 99 WHERE id = 3',
  'REPLACE INTO p VALUES (4, 44, 14)',
  'INSERT INTO p VALUES (1, 7, 11)',
  'INSERT INTO c VALUES (10, 1)',
  'BEGIN',
  'INSERT INTO p VALUES (6, 6, 16)',
  'INSERT INTO c VALUES (60, 6)',
  'INSERT INTO g VALUES (600, 60, 16)',
  'DELETE FROM p WHERE id = 6',
  'COMMIT',
  'DELETE FROM tree WHERE id = 2',
  'INSERT INTO tree VALUES (7, 6), (8, 7)',
  'UPDATE tree SET parent = 1 WHERE id = 8',
  'INSERT INTO strict_parent VALUES (4, 104)',
  'INSERT INTO strict_child VALUES (3, 4, 104)',
  'DELETE FROM strict_child WHERE id = 1',
  'DELETE FROM strict_parent WHERE id = 1',
  'UPDATE strict_parent SET u = 203 WHERE id = 3',
  'SET foreign_key_checks = 0',
  'DELETE FROM p WHERE id = 5',
  'INSERT INTO c VALUES (70, 777)',
  'SET foreign_key_checks = 1',
  "INSERT INTO keyless_child VALUES (22, 'c')",
  'UPDATE g, c SET g.n = NULL, c.p = 22 WHERE g.c = c.id AND g.id = 300',
  'DELETE g, c FROM g JOIN c ON g.c = c.id WHERE c.id = 40',
];

describe.each([
  { title: 'logged by the source', settings: {} },
  { title: 'not logged by the source', settings: { 'innodb-native-foreign-keys': 'ON' } },
])('trap 1: cascades $title [T1]', ({ title, settings }) => {
  const lab = useLab({ sourceSettings: settings });

  test.each(combinations)('leave both sides equal: partition $partition, $lanes lanes [T1]', async (link) => {
    const { onSource } = await lab();
    const schema = `family_${link.partition}_${link.lanes}`;
    await sql(onSource, ...tables(schema));
    await levelAsOneEpoch(await lab(), link, changes(schema));
    await sql(onSource, `DROP DATABASE ${schema}`);
  });

  test('together with partial images [T6]', async () => {
    const { onSource } = await lab();
    await sql(onSource, ...tables('partial'));
    await expectLevel(await lab());
    await levelAsOneEpoch(await lab(), {}, [
      "SET SESSION binlog_row_image = 'MINIMAL'",
      ...changes('partial'),
      "SET SESSION binlog_row_image = 'FULL'",
    ]);
  });

  test('is what the binary log holds', async () => {
    const { onSource } = await lab();
    await sql(onSource, ...tables('logged'));
    const { report } = await expectLevel(await lab());
    await sql(onSource, 'DELETE FROM p WHERE id = 1');
    const after = await expectLevel(await lab());
    expect(report.rowsIn).toBeGreaterThan(0);
    // Two rows of c, two of g and two of keyless_child go with the one of p; or p alone is in the log.
    expect(after.report.rowsIn).toBe(title === 'logged by the source' ? 7 : 1);
  });
});
