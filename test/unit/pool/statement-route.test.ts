import { describe, expect, test } from '@jest/globals';
import { routeStatement } from '../../../src/pool/statement-route.js';

const kindOf = (sql: string): string => routeStatement(sql).kind;

describe('what may run on a replica', () => {
  test.each([
    'SELECT 1',
    'select * from `orders` where `id` = ? limit 1;',
    '(SELECT a FROM t) UNION ALL (SELECT b FROM u) ORDER BY 1',
    'SELECT COUNT(*), MAX(price), IF(a IN (1, 2), "x", \'y\') FROM t WHERE b LIKE ? GROUP BY c HAVING SUM(d) > (SELECT 1)',
    'WITH RECURSIVE `tree` (`id`) AS (SELECT 1 UNION ALL SELECT t.id FROM t JOIN tree USING (id)) SELECT * FROM tree',
    'SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) FROM t WINDOW w AS (ORDER BY c)',
    "SELECT j.* FROM JSON_TABLE('[1]', '$[*]' COLUMNS (v INT PATH '$')) AS j WHERE 1 MEMBER OF ('[1]')",
    'SELECT id FROM t WHERE MATCH (body) AGAINST (? IN BOOLEAN MODE) AND x > ANY(SELECT y FROM u)',
    'SELECT CAST(a AS DATETIME(6)), CAST(b AS DECIMAL(10, 2)), d.x FROM (SELECT 1) AS d (x)',
    'TABLE t ORDER BY a',
    'VALUES ROW(1, 2), ROW(3, 4)',
    '-- GET_LOCK(1)\nSELECT /*+ MAX_EXECUTION_TIME(100) */ a # FOR UPDATE\n FROM t /* INTO OUTFILE */',
    'SELECT \'FOR UPDATE; DROP TABLE t\', "it\\\\" , 1--1 FROM t',
  ])('%s', (sql) => {
    expect(routeStatement(sql)).toEqual({ kind: 'read' });
  });
});

describe('what never may [P30]', () => {
  test.each([
    // Locks
    'SELECT * FROM t WHERE id = 1 FOR UPDATE',
    'SELECT * FROM t FOR/**/SHARE SKIP LOCKED',
    'select * from t lock in share mode',
    "SELECT * FROM t WHERE a = '\\' FOR UPDATE -- '",
    // Files, variables, what a session or a server knows of itself
    "SELECT a FROM t INTO OUTFILE '/a'",
    'SELECT a INTO @b FROM t',
    'SELECT @a := 1',
    'SELECT @@read_only',
    'SELECT LAST_INSERT_ID()',
    'SELECT SQL_CALC_FOUND_ROWS * FROM t',
    'SELECT VERSION()',
    'SELECT * FROM `information_schema`.`tables`',
    'SELECT * FROM mysql.user',
    // Functions that may do anything
    'SELECT next_order_number()',
    'SELECT shop.abs(1)',
    'SELECT `abs`(1)',
    'SELECT "abs"(1)',
    'SELECT count (1) FROM t',
    'SELECT any(1)',
    'SELECT GET_LOCK(?, 1)',
    'SELECT WAIT_FOR_EXECUTED_GTID_SET(?)',
    "SELECT LOAD_FILE('a')",
    // Several statements, and comments that the server runs
    'SELECT 1; DELETE FROM t',
    'SELECT 1;;SELECT 2',
    'SELECT 1 /*!50000 FOR UPDATE */',
    'SELECT 1 /*M! FOR UPDATE */',
    // Changes, behind whatever
    'WITH a AS (SELECT 1) UPDATE t SET b = 1',
    'WITH a AS (SELECT 1) DELETE FROM t',
    '/* SELECT */ INSERT INTO t VALUES (1)',
    'CALL refill()',
    'DO SLEEP(0)',
    'HANDLER t OPEN',
    'EXPLAIN ANALYZE SELECT 1',
    'SHOW TABLES',
    // What cannot be read
    '',
    'SELECT 1 /* ',
    "SELECT 'a",
    'SELECT `a',
    `SELECT ${'1,'.repeat(600_000)}1`,
  ])('%#: %.60s', (sql) => {
    expect(['source', 'session', 'memory']).toContain(kindOf(sql));
  });

  test('a backslash that ends a text in one sql_mode and not in the other', () => {
    expect(kindOf("SELECT 'it\\'s'")).toBe('source');
    expect(kindOf("SELECT '\\\\', a FROM t")).toBe('read');
  });
});

test('what stays with a connection keeps the connection', () => {
  for (const sql of [
    'SET NAMES latin1',
    'SET SESSION TRANSACTION READ ONLY',
    'SET @a = 1',
    'USE shop',
    'LOCK TABLES t READ',
    'CREATE TEMPORARY TABLE t (a INT)',
    "SELECT GET_LOCK('a', 1)",
    "PREPARE p FROM 'SELECT 1'",
    'XA BEGIN "a"',
    'COMMIT AND CHAIN',
    'INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)',
  ]) {
    expect([sql, kindOf(sql)]).toEqual([sql, 'session']);
  }
});

test('transactions are seen from their beginning to their end', () => {
  for (const sql of ['BEGIN', 'begin;', 'BEGIN WORK', 'START TRANSACTION']) {
    expect([sql, routeStatement(sql)]).toEqual([sql, { kind: 'begin', access: null }]);
  }
  expect(routeStatement('start transaction read write')).toEqual({ kind: 'begin', access: 'write' });
  for (const sql of [
    'START TRANSACTION READ ONLY',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;',
  ]) {
    expect([sql, routeStatement(sql)]).toEqual([sql, { kind: 'begin', access: 'read' }]);
  }
  expect(routeStatement('SET TRANSACTION ISOLATION LEVEL READ COMMITTED;')).toEqual({
    kind: 'next-transaction',
    access: null,
  });
  expect(routeStatement('set transaction isolation level serializable, read only')).toEqual({
    kind: 'next-transaction',
    access: 'read',
  });
  for (const sql of ['COMMIT', 'rollback;', 'COMMIT WORK AND NO CHAIN NO RELEASE']) {
    expect([sql, kindOf(sql)]).toEqual([sql, 'end']);
  }
  for (const sql of ['SAVEPOINT a', 'ROLLBACK TO a', 'ROLLBACK WORK TO SAVEPOINT a', 'RELEASE SAVEPOINT a']) {
    expect([sql, kindOf(sql)]).toEqual([sql, 'savepoint']);
  }
});
