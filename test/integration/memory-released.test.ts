import { expect, test } from '@jest/globals';
import { expectEqual, linkSettings, makeLink } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();
const budgetBytes = 8 * 2 ** 20;
const filled = (table: string, kib: number): string =>
  `INSERT INTO ${table} WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${kib}) ` +
  `SELECT n + (SELECT COALESCE(MAX(id), 0) FROM ${table}), REPEAT('x', 1024) FROM s`;

test('whatever its way, a transaction gives back all bytes of the budget', async () => {
  const { onSource } = await lab();
  const { link } = makeLink(linkSettings(await lab(), { budgetBytes }));
  const stop = new AbortController();
  const running = link.run({ kind: 'forever' }, stop.signal);
  try {
    await sql(
      onSource,
      'CREATE DATABASE m',
      'USE m',
      'CREATE TABLE rows_of (id INT PRIMARY KEY, v TEXT)',
      'CREATE TABLE of_myisam (id INT PRIMARY KEY, v TEXT) ENGINE=MyISAM',
      filled('rows_of', 500),
      filled('of_myisam', 500),
      'SET SESSION cte_max_recursion_depth = 100000',
      // Larger than the budget: streamed.
      filled('rows_of', 12_000),
      'CREATE TABLE copied SELECT * FROM rows_of WHERE id < 400',
      'CREATE TABLE copied_large SELECT * FROM rows_of',
      'SET SESSION binlog_format = STATEMENT',
      "UPDATE rows_of SET v = 'y' WHERE id = 1",
      'SET SESSION binlog_format = ROW',
      "XA START 'a'",
      filled('rows_of', 500),
      "XA END 'a'",
      "XA PREPARE 'a'",
      "XA COMMIT 'a'",
      "XA START 'b'",
      filled('rows_of', 9_000),
      "XA END 'b'",
      "XA COMMIT 'b' ONE PHASE",
    );
    await waitFor(() => link.progress().transactions >= 12);
    await waitFor(() => link.progress().bytesHeld === 0);
    expect(link.progress()).toMatchObject({ state: 'following', fallbacks: 0 });
    // Nothing was given back twice, which would let the budget grow.
    expect(link.progress().bytesHeld).toBe(0);
  } finally {
    stop.abort();
    await running;
  }
  await expectEqual(await lab());
}, 120_000);
