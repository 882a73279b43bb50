import { describe, expect, test } from '@jest/globals';
import { catchUp, expectEqual, expectLevel, levelAsOneEpoch, sourceEnd } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const lab = useLab();
const unnamed = useLab({ gtid: false });
const tables = (schema: string): string[] => [
  `CREATE DATABASE ${schema}`,
  `USE ${schema}`,
  'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(50), u INT UNIQUE)',
  'CREATE TABLE other (id INT PRIMARY KEY, v INT)',
  'CREATE TABLE keyless (id INT, v INT)',
];

describe.each([1, 4])('rarer kinds of events, %d lanes', (lanes) => {
  const rare = `rare_${lanes}`;

  test('tagged GTIDs of several tags, for rows, statements and XA [T13]', async () => {
    const { onSource } = await lab();
    await sql(onSource, ...tables(`${rare}_tags`), "INSERT INTO t VALUES (1, 'untagged', 1)");
    await levelAsOneEpoch(await lab(), { lanes }, [
      `USE ${rare}_tags`,
      ...[1, 2, 3, 4, 5, 6].flatMap((n) => [
        `SET GTID_NEXT = 'AUTOMATIC${['', ':blue', ':green'][n % 3]}'`,
        `INSERT INTO t VALUES (${n * 10}, 'tagged', ${n * 10})`,
        `UPDATE t SET u = u + 1 ORDER BY u DESC`,
      ]),
      "SET GTID_NEXT = 'AUTOMATIC'",
    ]);
    await sql(
      onSource,
      "SET GTID_NEXT = 'AUTOMATIC:blue'",
      'ALTER TABLE t ADD COLUMN c INT',
      "XA START 'tagged'",
      'UPDATE t SET c = 5',
      "XA END 'tagged'",
      "XA PREPARE 'tagged'",
      "SET GTID_NEXT = 'AUTOMATIC:green'",
      "XA COMMIT 'tagged'",
      'INSERT INTO other VALUES (1, 1)',
      "SET GTID_NEXT = 'AUTOMATIC'",
    );
    await expectLevel(await lab(), { lanes });
  });

  test('the text of each statement, new files, and what stands at their heads [T13]', async () => {
    const { onSource } = await lab();
    await sql(onSource, ...tables(`${rare}_files`));
    await levelAsOneEpoch(await lab(), { lanes }, [
      `USE ${rare}_files`,
      'SET SESSION binlog_rows_query_log_events = ON',
      "INSERT INTO t VALUES (1, 'with its text', 1), (2, 'ü', 2)",
      'FLUSH BINARY LOGS',
      'UPDATE t, other SET t.u = NULL',
      'FLUSH BINARY LOGS',
      'INSERT INTO other SELECT id, 1 FROM t',
      'UPDATE t, other SET t.v = other.v, other.v = 7 WHERE t.id = other.id',
      'FLUSH BINARY LOGS',
      'FLUSH BINARY LOGS',
      'DELETE t, other FROM t JOIN other ON t.id = other.id WHERE t.id = 1',
      'SET SESSION binlog_rows_query_log_events = OFF',
    ]);
  });
});

test('savepoints around tables that cannot be rolled back [T20]', async () => {
  const { onSource } = await unnamed();
  const from = await sourceEnd(await unnamed());
  await sql(
    onSource,
    ...tables('save'),
    'CREATE TABLE my (id INT PRIMARY KEY, v INT) ENGINE = MyISAM',
    'BEGIN',
    "INSERT INTO t VALUES (1, 'kept', 1)",
    'SAVEPOINT `one`',
    "INSERT INTO t VALUES (2, 'undone', 2)",
    'INSERT INTO my VALUES (2, 2)',
    'SAVEPOINT `two`',
    'INSERT INTO keyless VALUES (2, 2)',
    'INSERT INTO my VALUES (3, 3)',
    'ROLLBACK TO `one`',
    'INSERT INTO my VALUES (4, 4)',
    "INSERT INTO t VALUES (4, 'kept', 2)",
    'RELEASE SAVEPOINT `one`',
    'COMMIT',
    'BEGIN',
    'INSERT INTO my VALUES (5, 5)',
    "INSERT INTO t VALUES (5, 'undone', 5)",
    'SAVEPOINT `three`',
    'CREATE TEMPORARY TABLE passing (id INT)',
    'DROP TEMPORARY TABLE passing',
    'ROLLBACK TO `three`',
    'ROLLBACK',
  );
  const { report } = await catchUp(await unnamed(), { from });
  expect(report.fallbacks).toBe(0);
  await expectEqual(await unnamed());
});

test('anonymous transactions beside others while GTIDs are being switched on [T13]', async () => {
  const { onSource } = await unnamed();
  await sql(
    onSource,
    ...tables('half'),
    "INSERT INTO t VALUES (1, 'anonymous', 1)",
    'SET GLOBAL enforce_gtid_consistency = ON',
    'SET GLOBAL gtid_mode = OFF_PERMISSIVE',
    'SET GLOBAL gtid_mode = ON_PERMISSIVE',
    "INSERT INTO t VALUES (2, 'with a GTID', 2)",
    "SET GTID_NEXT = 'ANONYMOUS'",
    'UPDATE t SET u = u + 1 ORDER BY u DESC',
    "SET GTID_NEXT = 'AUTOMATIC'",
    'ALTER TABLE t ADD COLUMN c INT',
    'UPDATE t SET c = 1',
  );
  await expectLevel(await unnamed());
});
