import { beforeAll, describe, expect, test } from '@jest/globals';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import { catchUp, expectEqual, sourceEnd, stopsWith, warningsOf } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';

const flavours = ['mysql56', 'mariadb'] as const;

describe.each(flavours)('statements in the log of %s, by position', (sourceFlavour) => {
  const lab = useLab({ sourceFlavour, gtid: false });
  let from: BinlogPosition;

  beforeAll(async () => {
    from = await sourceEnd(await lab());
  });

  /** In a session of its own, which ends before the comparison: what it drops is in the log, too. Gives what was warned of. */
  async function level(...statements: string[]): Promise<unknown[]> {
    const { source } = await lab();
    await sql(source, ...statements);
    const run = await catchUp(await lab(), { from });
    await expectEqual(await lab());
    return warningsOf(run);
  }

  test('temporary tables dropped within a transaction, and transactions that are rolled back around them [T13]', async () => {
    const warned = await level(
      'CREATE DATABASE temps',
      'USE temps',
      'CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB',
      'CREATE TEMPORARY TABLE tmp (id INT) ENGINE=InnoDB',
      'BEGIN',
      'INSERT INTO t VALUES (1)',
      'DROP TEMPORARY TABLE tmp',
      'INSERT INTO t VALUES (2)',
      'COMMIT',
      'BEGIN',
      'INSERT INTO t VALUES (5)',
      'CREATE TEMPORARY TABLE x (i INT) ENGINE=InnoDB',
      'DROP TEMPORARY TABLE x',
      'ROLLBACK',
      'INSERT INTO t VALUES (6)',
      'BEGIN',
      'INSERT INTO t VALUES (11)',
      'SAVEPOINT s',
      'INSERT INTO t VALUES (17)',
      'CREATE TEMPORARY TABLE x (i INT) ENGINE=InnoDB',
      'DROP TEMPORARY TABLE x',
      'ROLLBACK TO s',
      'INSERT INTO t VALUES (18)',
      'COMMIT',
      'CREATE TEMPORARY TABLE left_open (i INT) ENGINE=InnoDB',
    );
    expect(warned).toEqual([]);
  });

  test('tables that are created and filled: partitioned, and of engines that create none within a transaction', async () => {
    await level(
      'CREATE DATABASE made',
      'USE made',
      'CREATE TABLE p (id INT PRIMARY KEY) ENGINE=InnoDB PARTITION BY HASH (id) PARTITIONS 4 SELECT 1 AS id',
      'INSERT INTO p VALUES (7)',
      `CREATE TABLE ranged (id INT, at DATE NOT NULL, PRIMARY KEY (id, at)) ENGINE=InnoDB COMMENT='PARTITION BY ; START TRANSACTION'
         PARTITION BY RANGE (YEAR(at)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2
         (PARTITION a VALUES LESS THAN (2000), PARTITION b VALUES LESS THAN MAXVALUE) IGNORE SELECT 1 AS id, DATE('1999-01-01') AS at UNION SELECT 2, '2020-02-02'`,
      'CREATE TABLE m1 ENGINE=MyISAM SELECT 1 AS id UNION SELECT 2',
      'CREATE TABLE m2 ENGINE=MEMORY SELECT 1 AS id',
      'CREATE TABLE m3 ENGINE=CSV SELECT 1 AS id',
      'INSERT INTO m1 VALUES (3)',
      'CREATE TABLE empty_m ENGINE=MyISAM SELECT id FROM m1 WHERE id > 100',
      'CREATE TABLE plain /* comment */ (PRIMARY KEY (id)) ENGINE=InnoDB REPLACE (SELECT id FROM m1)',
      'INSERT INTO plain VALUES (33)',
    );
  });

  test('statement format: values of the session, temporary tables, engines that cannot roll back', async () => {
    await level(
      'CREATE DATABASE formats',
      'USE formats',
      'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100), d DOUBLE, at DATETIME) ENGINE=InnoDB DEFAULT CHARSET=utf8',
      'CREATE TABLE my (id INT PRIMARY KEY, v VARCHAR(100)) ENGINE=MyISAM',
      "SET SESSION binlog_format = 'STATEMENT'",
      "SET @a = 'gr\u00fcn', @i = -3, @f = 1.25",
      'INSERT INTO t (v, d, at) VALUES (@a, RAND(), NOW()), (@i, @f, NOW())',
      'INSERT INTO t (v) VALUES (LAST_INSERT_ID())',
      'CREATE TEMPORARY TABLE tmp (id INT) ENGINE=InnoDB',
      'INSERT INTO tmp SELECT id FROM t',
      'INSERT INTO t (v) SELECT id FROM tmp ORDER BY id',
      'INSERT INTO my SELECT id, id FROM tmp',
      "UPDATE my SET v = CONCAT(v, '!') WHERE id = 2",
      'BEGIN',
      "INSERT INTO t (v) VALUES ('rolled back')",
      "INSERT INTO my VALUES (99, 'stays')",
      'ROLLBACK',
      'CREATE TABLE sel ENGINE=InnoDB PARTITION BY KEY (id) PARTITIONS 2 SELECT id, v FROM t',
      'CREATE TABLE selm ENGINE=MyISAM SELECT id, v FROM t ORDER BY id',
      "SET SESSION binlog_format = 'MIXED'",
      'INSERT INTO t (v) VALUES (LEFT(UUID(), 0))',
      "UPDATE t SET v = 'm' WHERE id = 1",
      'DROP TEMPORARY TABLE tmp',
      'CREATE TEMPORARY TABLE again (id INT) ENGINE=MyISAM',
    );
  });

  test('a statement whose default schema is gone', async () => {
    const { source } = await lab();
    await sql(
      source,
      'CREATE DATABASE gone',
      'CREATE DATABASE kept',
      'CREATE TABLE kept.t (id INT PRIMARY KEY) ENGINE=InnoDB',
    );
    const session = await source.connect();
    await sql(session, 'USE gone', 'CREATE TEMPORARY TABLE tmp (id INT) ENGINE=InnoDB');
    await sql(source, 'DROP DATABASE gone');
    await sql(
      session,
      'DROP TABLE IF EXISTS nothere, kept.nothere',
      'DROP VIEW IF EXISTS x',
      'DROP PROCEDURE IF EXISTS x',
    );
    await session.close();
    await level('INSERT INTO kept.t VALUES (1)');
  });

  test('statements: stop names the transaction, and what only rows and temporary tables need goes on', async () => {
    const { source, onReplica } = await lab();
    await sql(
      source,
      'CREATE DATABASE stops',
      'CREATE TABLE stops.t (id INT PRIMARY KEY) ENGINE=InnoDB',
      'INSERT INTO stops.t VALUES (1)',
      'CREATE TEMPORARY TABLE stops.tmp (id INT)',
      'BEGIN',
      'INSERT INTO stops.t VALUES (2)',
      'DROP TEMPORARY TABLE stops.tmp',
      'COMMIT',
      "SET SESSION binlog_format = 'STATEMENT'",
      'INSERT INTO stops.t VALUES (3)',
    );
    const error = await stopsWith(await lab(), { from, statements: 'stop' });
    expect(error).toMatchObject({
      code: 'TR_STATEMENT_FORMAT',
      what: expect.stringContaining('INSERT INTO stops.t VALUES (3)'),
    });
    expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM stops.t')).toBe('2');
    await level();
  });
});
