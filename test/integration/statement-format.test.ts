import { describe, expect, test } from '@jest/globals';
import { warningsOf } from '../support/engine-link.js';
import { expectAsWitnessed, useNativeWitness } from '../support/native-witness.js';
import { sql } from '../support/sql.js';

const witnessed = useNativeWitness();

/** Runs statements on the source in one session, and compares the replica with MySQL's own. Gives the reasons that were warned of. */
async function level(...statements: string[]): Promise<string[]> {
  const { lab, onWitness } = await witnessed();
  await sql(lab.source, ...statements);
  const run = await expectAsWitnessed({ lab, onWitness }, { mayWarn: true });
  return warningsOf(run).flatMap((line) => (line as { reasons: string[] }).reasons);
}

const byStatement = "SET SESSION binlog_format = 'STATEMENT'";
const mixed = "SET SESSION binlog_format = 'MIXED'";
const byRow = "SET SESSION binlog_format = 'ROW'";
const tables = (schema: string): string[] => [
  `CREATE DATABASE ${schema}`,
  `USE ${schema}`,
  'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(200), n INT, at DATETIME(6), d DOUBLE, x DECIMAL(30,10))',
  'CREATE TABLE child (id INT AUTO_INCREMENT PRIMARY KEY, parent INT, UNIQUE KEY (parent))',
];

describe('changes that the source logged as statements', () => {
  test.each([
    ['STATEMENT', byStatement],
    ['MIXED', mixed],
  ])('values of the session, binlog_format %s [T13]', async (format, set) => {
    const schema = `values_${format.toLowerCase()}`;
    const reasons = await level(
      ...tables(schema),
      set,
      "INSERT INTO t (v, n) VALUES ('a', 1), ('b', 2)",
      'INSERT INTO child (parent) VALUES (LAST_INSERT_ID())',
      'SET INSERT_ID = 100',
      "INSERT INTO t (v, at) VALUES ('now', NOW(6)), ('cur', CURRENT_TIMESTAMP(3))",
      'INSERT INTO t (d, v) VALUES (RAND(), RAND()), (RAND(), 1)',
      "SET @txt = 'gr\u00fc\u00df\u2603 '' \\\\ ', @i = -5, @u = 18446744073709551615, @d = 12345678901234567890.0123456789, @f = 1.5e300, @n = NULL, @b = x'00ff27', @`odd``name` = 'o', @s = _latin1 x'e4' COLLATE latin1_german1_ci",
      'INSERT INTO t (v) VALUES (@txt), (@i), (@u), (@d), (@f), (@n), (HEX(@b)), (@`odd``name`), (COLLATION(@s)), (HEX(@s)), (CHARSET(@txt)), (@u + 0)',
      'INSERT INTO t (x, d) VALUES (@d, @f)',
      "SET NAMES latin1, time_zone = '+05:00', sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
      `INSERT INTO "t" (v, at) VALUES ('a' || 'b\\', NOW()), (FROM_UNIXTIME(0), UTC_TIMESTAMP(6))`,
      'SET NAMES utf8mb4',
      "SET sql_mode = ''",
      "INSERT INTO t (n, v) VALUES ('12abc', CONNECTION_ID())",
      'SET auto_increment_increment = 7, auto_increment_offset = 3',
      "INSERT INTO t (v) VALUES ('seven'), ('ten')",
      'SET auto_increment_increment = 1, auto_increment_offset = 1',
      'UPDATE t SET n = n + 1, at = NOW(6) WHERE n IS NOT NULL',
      "DELETE FROM t WHERE v = 'b' -- a comment;",
      '/* first */ UPDATE t SET v = CONCAT(v, DATABASE()) WHERE id = 1',
      `UPDATE ${schema}.t, child SET t.n = child.id WHERE t.id = child.parent`,
      'REPLACE INTO t (id, v) VALUES (1, DAYNAME(NOW())), (2, DATE_FORMAT(NOW(), "%W"))',
    );
    // In MIXED format the server logs as rows what depends on its own session.
    if (format === 'MIXED') expect(reasons).toEqual([]);
  });

  test('statements and rows in one transaction, in their order, with savepoints [T13]', async () => {
    await level(
      ...tables('together'),
      mixed,
      'BEGIN',
      "INSERT INTO t (id, v) VALUES (1, 'statement')",
      'INSERT INTO t (id, v) VALUES (2, LEFT(UUID(), 3))',
      'UPDATE t SET n = CHAR_LENGTH(v)',
      'SAVEPOINT a',
      'UPDATE t SET n = n + LENGTH(UUID())',
      'SAVEPOINT `b``1`',
      'DELETE FROM t WHERE id = 1',
      'ROLLBACK TO SAVEPOINT `b``1`',
      'UPDATE t SET n = n * 2 WHERE id = 1',
      'RELEASE SAVEPOINT a',
      'COMMIT',
      'BEGIN',
      "INSERT INTO t (id, v) VALUES (5, 'gone')",
      'ROLLBACK',
      'XA START "x"',
      'INSERT INTO t (id, v) VALUES (6, LEFT(UUID(), 3))',
      'XA END "x"',
      'XA PREPARE "x"',
      'XA COMMIT "x"',
    );
  });

  test('generated columns have the settings of their session, wherever the rows are among statements [T13]', async () => {
    const row = (id: number): string => `INSERT INTO padded (c) VALUES (CONCAT(LEFT(UUID(), 0), 'a${id}'))`;
    await level(
      ...tables('computed'),
      'CREATE TABLE padded (id INT AUTO_INCREMENT PRIMARY KEY, c CHAR(6), g VARCHAR(20) AS (CONCAT(c, c)) STORED)',
      mixed,
      "SET SESSION sql_mode = 'PAD_CHAR_TO_FULL_LENGTH'",
      // Rows last, and then first.
      'BEGIN',
      "INSERT INTO t (v) VALUES ('1')",
      row(1),
      'COMMIT',
      'BEGIN',
      row(2),
      "INSERT INTO t (v) VALUES ('2')",
      'COMMIT',
    );
  });

  test('triggers fire, foreign keys cascade, views and routines are used', async () => {
    await level(
      ...tables('fires'),
      'CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(60))',
      "CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW INSERT INTO log (what) VALUES (CONCAT('i', NEW.id, NEW.v))",
      'CREATE TABLE p (id INT PRIMARY KEY)',
      'CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE)',
      'CREATE VIEW v AS SELECT id, v FROM t',
      'CREATE PROCEDURE put (a INT, b VARCHAR(20)) INSERT INTO t (id, v) VALUES (a, b)',
      'CREATE FUNCTION twice (a INT) RETURNS INT DETERMINISTIC RETURN a * 2',
      byStatement,
      "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b')",
      "CALL put(7, 'called')",
      'UPDATE t SET n = twice(id)',
      "UPDATE v SET v = 'through the view' WHERE id = 2",
      'INSERT INTO p VALUES (1), (2)',
      'INSERT INTO c VALUES (10, 1), (20, 2)',
      'DELETE FROM p WHERE id = 1',
      'SET foreign_key_checks = 0',
      'INSERT INTO c VALUES (30, 99)',
      'SET unique_checks = 0',
      'INSERT INTO c VALUES (31, 98)',
    );
  });

  test('tables whose engine cannot roll back, beside others and rolled back', async () => {
    await level(
      ...tables('engines'),
      'CREATE TABLE my (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=MyISAM',
      'CREATE TABLE mem (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=MEMORY',
      byStatement,
      "INSERT INTO my VALUES (1, 'a'), (2, 'b')",
      "INSERT INTO mem VALUES (1, 'a')",
      'UPDATE my SET v = CONCAT(v, id)',
      'DELETE FROM mem',
      byRow,
      "INSERT INTO mem VALUES (2, 'row')",
      "INSERT INTO my VALUES (3, 'row')",
    );
  });

  test('temporary tables: across transactions, of several sessions, altered and dropped [T13]', async () => {
    const { lab, onWitness } = await witnessed();
    const [one, two] = await Promise.all([lab.source.connect(), lab.source.connect()]);
    for (const [session, n] of [
      [one, 1],
      [two, 2],
    ] as const) {
      await sql(session, ...(n === 1 ? tables('temps') : ['USE temps']), byStatement);
      await sql(session, `CREATE TEMPORARY TABLE tmp (id INT PRIMARY KEY, v VARCHAR(20))`);
      await sql(session, `INSERT INTO tmp VALUES (${n}, 'of ${n}'), (${n + 10}, NULL)`);
    }
    for (const session of [two, one]) {
      await sql(
        session,
        'INSERT INTO t (id, v) SELECT id, v FROM tmp',
        'ALTER TABLE tmp ADD COLUMN w INT DEFAULT 5',
        'INSERT INTO t (id, v) SELECT id + 100, w FROM tmp',
        'TRUNCATE TABLE tmp',
        'INSERT INTO t (id, v) SELECT id + 200, w FROM tmp',
      );
    }
    await sql(
      one,
      'DROP TEMPORARY TABLE tmp',
      'CREATE TEMPORARY TABLE a AS SELECT id FROM t',
      'UPDATE t SET n = (SELECT COUNT(*) FROM a)',
    );
    await Promise.all([one.close(), two.close()]);
    await expectAsWitnessed({ lab, onWitness }, { mayWarn: true });
  });

  test('CREATE TABLE … SELECT, accounts and DDL in that format', async () => {
    await level(
      ...tables('made'),
      byStatement,
      "INSERT INTO t (v) VALUES ('a'), ('b')",
      'CREATE TABLE copy (PRIMARY KEY (id)) PARTITION BY HASH (id) PARTITIONS 2 SELECT id, v FROM t',
      'CREATE TABLE copy2 AS SELECT * FROM copy',
      "INSERT INTO copy VALUES (9, 'n')",
      'ALTER TABLE copy ADD COLUMN w INT',
      'TRUNCATE TABLE copy2',
    );
  });

  test('what may have another outcome is named once', async () => {
    const reasons = await level(
      ...tables('unsafe'),
      byStatement,
      "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b')",
      'DELETE FROM t WHERE id < 10 LIMIT 5',
      'INSERT INTO child (parent) VALUES (1) ON DUPLICATE KEY UPDATE parent = 2',
      'INSERT INTO child (parent) VALUES (3) ON DUPLICATE KEY UPDATE parent = 4',
    );
    expect(reasons).toEqual([
      'LIMIT without ORDER BY may choose other rows',
      'ON DUPLICATE KEY UPDATE may find another row where the table has several unique keys',
    ]);
  });
});
