import { describe, expect, test } from '@jest/globals';
import { partitionStrategies } from '../../src/plan/partition.js';
import { levelAsOneEpoch } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const lab = useLab();
const combinations = partitionStrategies.flatMap((partition) =>
  [1, 4].map((lanes) => ({ partition, lanes })),
);

const tables = (schema: string): string[] => [
  `CREATE DATABASE ${schema}`,
  `USE ${schema}`,
  "CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT, c VARCHAR(20) DEFAULT 'd', u INT, UNIQUE (u))",
  'CREATE TABLE keyless (a INT, b BLOB, c VARCHAR(20))',
  'CREATE TABLE notnull (id INT NOT NULL, u INT NOT NULL UNIQUE, b TEXT)',
  'CREATE TABLE composite (x INT, y VARCHAR(10), z INT, made INT AS (z + 1) STORED, PRIMARY KEY (x, y))',
  'CREATE TABLE documents (id INT PRIMARY KEY, j JSON, k JSON, v INT)',
  "INSERT INTO t VALUES (1, 1, 'one', 'c1', 1), (2, 2, 'two', 'c2', 2), (3, 3, NULL, NULL, 3)",
  "INSERT INTO keyless VALUES (1, 'x', 'y'), (1, 'x', 'y'), (2, NULL, NULL)",
  "INSERT INTO notnull VALUES (1, 1, 'one'), (2, 2, 'two')",
  "INSERT INTO composite (x, y, z) VALUES (1, 'a', 1), (2, 'b', 2)",
  `INSERT INTO documents VALUES (1, '{"a":1,"b":"some text that is long enough to be worth a difference","c":[1,2,3]}', '{"x":1}', 1), (2, '[1,2,3,"four"]', NULL, 2)`,
];

/** The same rows, changed with images of every kind in turn. */
const changes = (schema: string): string[] => [
  `USE ${schema}`,
  ...['FULL', 'MINIMAL', 'NOBLOB', 'FULL'].flatMap((image, round) => [
    `SET SESSION binlog_row_image = '${image}'`,
    `UPDATE t SET a = a + 10 WHERE id <= 2`,
    `UPDATE t SET b = CONCAT(COALESCE(b, ''), ' ${image}') WHERE id = 1`,
    `UPDATE t SET c = NULL, u = u + 100 WHERE id = 2`,
    `INSERT INTO t (id, b) VALUES (${10 + round}, '${image}')`,
    `INSERT INTO t (id, a, u) VALUES (${20 + round}, 5, ${50 + round})`,
    `DELETE FROM t WHERE id = ${20 + round}`,
    `UPDATE t SET id = ${30 + round} WHERE id = ${10 + round}`,
    `INSERT INTO keyless (a) VALUES (${round})`,
    `UPDATE keyless SET c = '${image}' WHERE a = 1 LIMIT 1`,
    `DELETE FROM keyless WHERE a = ${round} LIMIT 1`,
    `UPDATE notnull SET b = CONCAT(b, '${round}') WHERE u = 1`,
    `UPDATE composite SET z = z * 2 WHERE x = 1`,
    `UPDATE composite SET y = 'c${round}' WHERE x = 2`,
    'BEGIN',
    `UPDATE t SET u = NULL WHERE id = 1`,
    `UPDATE t SET u = 1000 WHERE id = 3`,
    `UPDATE t SET u = 3 WHERE id = 1`,
    `UPDATE t SET u = 1 WHERE id = 3`,
    'COMMIT',
  ]),
  "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
  "UPDATE documents SET j = JSON_SET(j, '$.a', 2)",
  "UPDATE documents SET j = JSON_REPLACE(j, '$.c[1]', 'changed'), v = v + 1 WHERE id = 1",
  "UPDATE documents SET j = JSON_REMOVE(j, '$.b') WHERE id = 1",
  "UPDATE documents SET k = JSON_SET(k, '$.y', 5), j = JSON_SET(j, '$.a', 3) WHERE id = 1",
  'UPDATE documents SET v = 7',
  'DELETE FROM documents WHERE id = 2',
  `INSERT INTO documents VALUES (3, '{"a":[]}', '{}', 3)`,
  "SET SESSION binlog_row_image = 'MINIMAL'",
  "UPDATE documents SET j = JSON_SET(j, '$.a', 'minimal')",
  "SET SESSION binlog_row_image = 'FULL', binlog_row_value_options = ''",
  "UPDATE documents SET j = JSON_SET(j, '$.whole', TRUE)",
];

describe.each(combinations)(
  'trap 6: partial images, trap 7: partial JSON: partition $partition, $lanes lanes [T6, T7]',
  (settings) => {
    test('images without all columns and JSON differences go in as they came', async () => {
      const { onSource } = await lab();
      const schema = `images_${settings.partition}_${settings.lanes}`;
      await sql(onSource, ...tables(schema));
      const { report } = await levelAsOneEpoch(await lab(), settings, changes(schema));
      expect(report.conflicts).toBe(0);
      await sql(onSource, `DROP DATABASE ${schema}`);
    });
  },
);
