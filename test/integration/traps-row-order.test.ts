import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LinkSettings } from '../../src/link/link-settings.js';
import { expectLevel, levelAsOneEpoch, stopsWith } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const lab = useLab();

const ways: readonly Partial<LinkSettings>[] = [
  { lanes: 1, partition: 'auto' },
  { lanes: 4, partition: 'auto' },
  { lanes: 4, partition: 'row' },
];

const tables = ['t', 'u', 'piles', 'shifted', 'queue', 'indexed', 'sparse', 'parts', 'clustered'] as const;

/** Statements that each were seen, or can be thought, to lose the place of a row. */
const changes: readonly string[] = [
  'INSERT INTO t VALUES (1)',
  'INSERT INTO t VALUES (2)',
  'INSERT INTO t VALUES (1)',
  'INSERT INTO u VALUES (1),(2),(3)',
  'UPDATE u SET v = 9 WHERE v = 1',
  'UPDATE u SET v = 8 WHERE v = 9',
  'DELETE FROM u WHERE v = 2',
  'INSERT INTO u VALUES (2)',
  'UPDATE u SET v = 1 WHERE v = 8',
  // Equal rows, of which a scan finds the first, among them such as were there before.
  'INSERT INTO piles VALUES (1,1),(2,2),(1,1),(3,3),(1,1)',
  'DELETE FROM piles WHERE a = 1 LIMIT 1',
  'UPDATE piles SET b = 7 WHERE a = 1 LIMIT 1',
  'INSERT INTO piles VALUES (1,7),(1,1)',
  'UPDATE piles SET b = b + 1 WHERE a = 1',
  'DELETE FROM piles WHERE b = 8 LIMIT 1',
  // Each row becomes what the next one was, which only the last may do first.
  'UPDATE shifted SET v = v + 1',
  'UPDATE shifted SET v = v - 2',
  // A queue: taken from the front, given back to the end.
  'INSERT INTO queue VALUES (1),(2),(1),(2)',
  'DELETE FROM queue LIMIT 1',
  'INSERT INTO queue VALUES (1)',
  'DELETE FROM queue LIMIT 2',
  'BEGIN',
  'INSERT INTO queue VALUES (5)',
  'UPDATE queue SET v = 6 WHERE v = 5',
  'INSERT INTO queue VALUES (5)',
  'COMMIT',
  'UPDATE indexed SET n = n + 100 WHERE k = 3',
  'UPDATE indexed SET k = 4 WHERE n = 103',
  'DELETE FROM indexed WHERE k = 5',
  'INSERT INTO indexed VALUES (5, 5), (0, 0)',
  'UPDATE sparse SET u = NULL WHERE u = 1',
  'UPDATE sparse SET u = 1 WHERE u = 2',
  'UPDATE sparse SET u = 2, v = 5 WHERE u IS NULL',
  'INSERT INTO sparse VALUES (NULL, 1), (NULL, 1), (9, 9)',
  'DELETE FROM sparse WHERE u = 3',
  'INSERT INTO sparse VALUES (3, 3)',
  'UPDATE parts SET r = 2 WHERE r = 1',
  'UPDATE parts SET v = v * 2 WHERE v = 2',
  'UPDATE clustered SET k = 20 - k',
  'UPDATE clustered SET v = v + 1 WHERE k > 13',
  'UPDATE shifted, queue SET shifted.v = shifted.v + 1000, queue.v = queue.v + 10',
];

beforeAll(async () => {
  const { onSource } = await lab();
  await sql(onSource, 'CREATE DATABASE placed');
});

/** A scan from end to end shows the rows in their order. */
const scanOf: Partial<Record<string, string>> = {
  indexed: 'IGNORE INDEX (by_k)',
  sparse: 'IGNORE INDEX (by_u)',
};

async function sameOrder(): Promise<void> {
  const { onSource, onReplica } = await lab();
  for (const table of tables) {
    const rows = `SELECT * FROM placed.${table} ${scanOf[table] ?? ''}`;
    expect([table, await onReplica.query(rows)]).toEqual([table, await onSource.query(rows)]);
  }
}

describe.each(ways)('rows without a key keep their order: %j', (settings) => {
  test('and are numbered as on the source [T5]', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'USE placed',
      `DROP TABLE IF EXISTS ${tables.join(', ')}`,
      'CREATE TABLE t (v INT)',
      'CREATE TABLE u (v INT)',
      'CREATE TABLE piles (a INT, b INT)',
      'CREATE TABLE shifted (v INT)',
      'CREATE TABLE queue (v INT)',
      'CREATE TABLE indexed (k INT, n INT, KEY by_k (k))',
      'CREATE TABLE sparse (u INT NULL, v INT, UNIQUE KEY by_u (u))',
      'CREATE TABLE parts (r INT, v INT) PARTITION BY HASH (r) PARTITIONS 3',
      'CREATE TABLE clustered (k INT NOT NULL UNIQUE, v INT)',
      'INSERT INTO piles VALUES (1,1),(5,5),(1,8)',
      'INSERT INTO shifted WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 200) SELECT n FROM s',
      'INSERT INTO indexed VALUES (1,1),(3,3),(5,5),(3,3),(2,2)',
      'INSERT INTO sparse VALUES (1,1),(2,2),(3,3)',
      'INSERT INTO parts VALUES (1,1),(2,2),(3,2),(1,2)',
      'INSERT INTO clustered VALUES (1,1),(2,2),(3,3),(8,8)',
    );
    await levelAsOneEpoch(await lab(), settings, ['USE placed', ...changes]);
    await sameOrder();
    await sql(
      onSource,
      'USE placed',
      ...tables.map(
        (table) =>
          `ALTER TABLE ${table} ADD COLUMN id INT AUTO_INCREMENT FIRST, ADD ${table === 'parts' ? '' : 'PRIMARY '}KEY (id)`,
      ),
      'UPDATE u SET v = v + 100 WHERE id = 1',
      'DELETE FROM t WHERE id = 3',
      'UPDATE shifted SET v = -v WHERE id > 150',
      'UPDATE queue SET v = v * 2 WHERE id = 2',
    );
    await expectLevel(await lab(), settings);
    await sameOrder();
  });
});

describe('a primary key on other columns than the source’s', () => {
  const keyed = async (table: string, definition: string, rows: string, rekey: string): Promise<void> => {
    const { onSource, onReplica } = await lab();
    await sql(
      onSource,
      'USE placed',
      `CREATE TABLE ${table} (${definition})`,
      `INSERT INTO ${table} VALUES ${rows}`,
    );
    await expectLevel(await lab());
    await sql(
      onReplica,
      'SET sql_log_bin = 0',
      `ALTER TABLE placed.${table} ${rekey}`,
      'SET sql_log_bin = 1',
    );
  };
  const stopsAt = async (table: string, ...statements: string[]): Promise<void> => {
    const { onSource, onReplica } = await lab();
    // One transaction: both changes are in one epoch.
    await sql(onSource, 'USE placed', 'BEGIN', ...statements, 'COMMIT');
    expect(await stopsWith(await lab())).toMatchObject({ code: 'TR_APPLY_CONFLICT' });
    await sql(onReplica, 'SET sql_log_bin = 0', `DROP TABLE placed.${table}`, 'SET sql_log_bin = 1');
  };

  test('stops where MySQL’s own replica does: no row is chained to another', async () => {
    await keyed(
      'k1',
      'id INT PRIMARY KEY, v INT NOT NULL, w INT',
      '(1, 11, 0), (2, 12, 0)',
      'DROP PRIMARY KEY, ADD PRIMARY KEY (v)',
    );
    await stopsAt('k1', 'UPDATE k1 SET v = 12 WHERE id = 1', 'UPDATE k1 SET v = 13 WHERE id = 2');
  });
});
