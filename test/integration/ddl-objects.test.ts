import { describe, expect, test } from '@jest/globals';
import { openConnection } from '../../src/mysql/server-connection.js';
import { expectAsWitnessed, replicates, useNativeWitness } from '../support/native-witness.js';
import { sql } from '../support/sql.js';

const witnessed = useNativeWitness();
const level = (...statements: string[]) => replicates(witnessed, ...statements);

describe('what is not a table [P3]', () => {
  test('views, procedures, functions and triggers', async () => {
    await level(
      'CREATE DATABASE objects',
      'USE objects',
      'CREATE TABLE t (id INT PRIMARY KEY, v INT)',
      'CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(40))',
      'CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v AS SELECT id, v * 2 AS double_v FROM t WITH CASCADED CHECK OPTION',
      'CREATE OR REPLACE VIEW v AS SELECT id FROM t',
      'ALTER VIEW v AS SELECT id, v FROM t WHERE v > 0',
      'CREATE VIEW IF NOT EXISTS v AS SELECT 1',
      "CREATE VIEW vv (a, `b c`) AS SELECT id, 'it''s \u20ac' FROM v",
      'CREATE TEMPORARY TABLE tt (id INT)',
      "CREATE FUNCTION f (n INT) RETURNS VARCHAR(20) DETERMINISTIC NO SQL COMMENT 'c' RETURN CONCAT('f', n)",
      'CREATE FUNCTION IF NOT EXISTS f () RETURNS INT DETERMINISTIC RETURN 1',
      'CREATE DEFINER = nobody@nowhere PROCEDURE p (IN a INT, OUT b INT, INOUT c JSON) SQL SECURITY INVOKER MODIFIES SQL DATA BEGIN\n  -- a comment; with a semicolon\n  DECLARE EXIT HANDLER FOR SQLEXCEPTION ROLLBACK;\n  INSERT INTO t VALUES (a, a);\n  SET b = a;\nEND',
      'CALL p(1, @b, @c)',
      "ALTER PROCEDURE p COMMENT 'altered' SQL SECURITY DEFINER",
      'ALTER FUNCTION f READS SQL DATA',
      'CREATE LIBRARY lib LANGUAGE JAVASCRIPT AS $$ export function f(n) { return n; } $$',
      "ALTER LIBRARY lib COMMENT 'altered'",
      "CREATE JSON DUALITY VIEW dual_v AS SELECT JSON_DUALITY_OBJECT('_id': id, 'v': v) FROM t",
      "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW INSERT INTO log (what) VALUES (CONCAT('i', NEW.id))",
      "CREATE TRIGGER tr2 BEFORE INSERT ON t FOR EACH ROW PRECEDES tr INSERT INTO log (what) VALUES (CONCAT('first', NEW.id))",
      'CREATE TRIGGER IF NOT EXISTS tr BEFORE INSERT ON t FOR EACH ROW SET @x = 1',
      'INSERT INTO t VALUES (10, 10), (11, 11)',
      'CREATE TRIGGER upd AFTER UPDATE ON t FOR EACH ROW UPDATE log SET what = CONCAT(what, NEW.v)',
      'UPDATE t SET v = 3 WHERE id = 10',
      'DROP TRIGGER tr',
      'DROP TRIGGER IF EXISTS tr_missing',
      'RENAME TABLE t TO t_renamed',
      'INSERT INTO t_renamed VALUES (12, 12)',
      'DROP PROCEDURE p',
      'DROP PROCEDURE IF EXISTS p',
      'DROP FUNCTION IF EXISTS f',
      'DROP VIEW vv, v',
      'DROP VIEW dual_v',
      'DROP LIBRARY lib',
      'DROP TABLE t_renamed',
    );
  });

  test('events: disabled as MySQL does it, whoever alters them', async () => {
    const { lab } = await witnessed();
    await level(
      'CREATE DATABASE timed',
      'CREATE TABLE timed.ticks (n INT AUTO_INCREMENT PRIMARY KEY)',
      'USE timed',
      "CREATE USER scheduler@'%' IDENTIFIED BY 'secret'",
      "GRANT ALL ON timed.* TO scheduler@'%'",
      "GRANT SYSTEM_USER ON *.* TO scheduler@'%'",
      'CREATE EVENT plain ON SCHEDULE EVERY 1 HOUR DO INSERT INTO ticks VALUES ()',
      'CREATE EVENT once ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 1 DAY DO SET @a = 1',
      "CREATE EVENT off ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' ENDS '2040-01-01' DISABLE DO SET @a = 1",
      'CREATE EVENT there ON SCHEDULE EVERY 1 DAY DISABLE ON REPLICA DO SET @a = 1',
      'CREATE EVENT commented ON SCHEDULE EVERY 1 DAY COMMENT \'DO it\' DO SET @a = "ENABLE"',
      'CREATE EVENT altered ON SCHEDULE EVERY 1 DAY DO SET @a = 1',
      'ALTER EVENT altered ON SCHEDULE EVERY 2 DAY ENABLE',
      'ALTER EVENT off ENABLE',
      'ALTER EVENT plain DISABLE',
      'ALTER EVENT once RENAME TO renamed',
      'SET NAMES sjis',
      'SET SESSION character_set_client = utf8mb4',
    );
    // ALTER EVENT makes whoever runs it the definer.
    const scheduler = await openConnection({
      ...lab.source.address,
      user: 'scheduler',
      password: 'secret',
    });
    await sql(
      scheduler,
      "ALTER EVENT timed.altered COMMENT 'by another'",
      'ALTER EVENT timed.plain ENABLE DO SET @b = 2',
    );
    await scheduler.close();
    await expectAsWitnessed(await witnessed());
    const enabled = await lab.onReplica.query(
      "SELECT EVENT_NAME AS name FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'",
    );
    expect(enabled).toEqual([]);
    await level('DROP EVENT timed.plain', 'DROP EVENT IF EXISTS timed.plain', 'DROP DATABASE timed');
  });

  test('events whose times are computed from values of the session [P3]', async () => {
    const { lab } = await witnessed();
    await level(
      'CREATE DATABASE computed',
      'USE computed',
      'CREATE TABLE ticks (n INT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 41',
      "SET @whole = 7, @big = 18446744073709551615, @exact = 12.50, @real = 9e0, @none = NULL, @`od``d \u20ac` = _latin1'11'",
      "SET @moment = _utf16le x'3200300034003000' COLLATE utf16le_bin",
      'CREATE EVENT e1 ON SCHEDULE EVERY @whole MINUTE DO SET @a = 1',
      'CREATE EVENT e2 ON SCHEDULE EVERY FLOOR(@exact) + @real + IFNULL(@none, 100) + (@big > 5) MINUTE DO SET @a = 1',
      "CREATE EVENT e3 ON SCHEDULE EVERY @`od``d \u20ac` HOUR STARTS CONCAT(@moment, '-01-01') DO SET @a = 1",
      'CREATE EVENT e4 ON SCHEDULE EVERY 1 + FLOOR(RAND() * 100000) MINUTE DO SET @a = 1',
      'INSERT INTO ticks VALUES ()',
      'CREATE EVENT e5 ON SCHEDULE EVERY LAST_INSERT_ID() HOUR DO SET @a = 1',
      'ALTER EVENT e1 ON SCHEDULE EVERY @whole + 1 DAY',
    );
    const intervals = await lab.onReplica.query(
      "SELECT EVENT_NAME AS name, INTERVAL_VALUE AS value FROM information_schema.EVENTS WHERE EVENT_NAME <> 'e4' AND EVENT_SCHEMA = 'computed' ORDER BY 1",
    );
    expect(intervals).toEqual([
      { name: 'e1', value: '8' },
      { name: 'e2', value: '122' },
      { name: 'e3', value: '11' },
      { name: 'e5', value: '41' },
    ]);
    await level('DROP DATABASE computed');
  });

  test('definitions that came with others in one text keep their semicolon [P3]', async () => {
    const { lab } = await witnessed();
    await level('CREATE DATABASE several', 'CREATE TABLE several.t (id INT PRIMARY KEY)');
    const session = await lab.source.connect({ database: 'several', multipleStatements: true });
    await session.query(
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1 /* c */ ; CREATE PROCEDURE p () SELECT 1; ' +
        'CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = 1;\n SELECT 2; ' +
        "CREATE TABLE u (id INT PRIMARY KEY); ANALYZE TABLE u; INSERT INTO u VALUES (1); ALTER EVENT e COMMENT 'x' ; SELECT 3",
    );
    await session.close();
    await expectAsWitnessed(await witnessed());
    const [event] = await lab.onReplica.query(
      "SELECT EVENT_DEFINITION AS text FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'several'",
    );
    expect(event).toEqual({ text: 'SET @a = 1 /* c */ ;' });
    await level('DROP DATABASE several');
  });

  test('statements with a semicolon in a comment at their end, or with a comment behind it [P3]', async () => {
    const { lab } = await witnessed();
    await level('CREATE DATABASE remarks', 'CREATE TABLE remarks.t (id INT PRIMARY KEY)');
    const several = await lab.source.connect({ database: 'remarks', multipleStatements: true });
    await several.query(
      'ALTER TABLE t ADD COLUMN a INT -- x;\n; ALTER TABLE t ADD COLUMN b INT # x;\n ; SELECT 1',
    );
    await several.query('CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1 -- x;\n; SELECT 2');
    await several.close();
    await level(
      'ALTER TABLE remarks.t ADD COLUMN c INT; -- x',
      'ALTER TABLE remarks.t ADD COLUMN d INT; /* x; */',
      '/*!50003 ALTER TABLE remarks.t ADD COLUMN e INT; */',
      'CREATE EVENT remarks.f ON SCHEDULE EVERY 1 DAY --\nENABLE DO SET @a = 1; # x',
    );
    await level('DROP DATABASE remarks');
  });

  test('users, roles, grants, defaults and passwords', async () => {
    const { lab } = await witnessed();
    await level(
      'CREATE DATABASE granted',
      'CREATE TABLE granted.t (a INT, b INT)',
      'CREATE PROCEDURE granted.p () SELECT 1',
      'CREATE USER one@localhost IDENTIFIED BY \'x\' REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5 PASSWORD HISTORY 3 FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 1 ATTRIBUTE \'{"k": "v"}\'',
      "CREATE USER IF NOT EXISTS one@localhost IDENTIFIED BY 'y', two@'%' IDENTIFIED WITH caching_sha2_password BY 'p''q' ACCOUNT LOCK COMMENT 'c'",
      "CREATE USER proxied@localhost, randomly@localhost IDENTIFIED BY RANDOM PASSWORD, self@'%' IDENTIFIED BY 'self'",
      'CREATE ROLE r1, r2@localhost, `r 3`',
      'GRANT SELECT, INSERT ON granted.* TO r1',
      'GRANT UPDATE (a), SELECT (b) ON granted.t TO r2@localhost',
      'GRANT EXECUTE ON PROCEDURE granted.p TO two WITH GRANT OPTION',
      'GRANT ALL ON *.* TO two',
      'REVOKE DELETE, CREATE USER ON *.* FROM two',
      'GRANT REPLICATION_APPLIER, SET_ANY_DEFINER ON *.* TO one@localhost WITH GRANT OPTION',
      'GRANT PROXY ON proxied@localhost TO one@localhost',
      'GRANT r1, r2@localhost TO one@localhost, two WITH ADMIN OPTION',
      'GRANT r1 TO `r 3`, self WITH ADMIN OPTION',
      'GRANT ALL ON *.* TO self WITH GRANT OPTION',
      'SET DEFAULT ROLE ALL TO one@localhost',
      'SET DEFAULT ROLE r1 TO two, self',
      'ALTER USER two DEFAULT ROLE NONE',
      "ALTER USER one@localhost IDENTIFIED BY 'new' RETAIN CURRENT PASSWORD",
      'ALTER USER one@localhost DISCARD OLD PASSWORD',
      'ALTER USER two PASSWORD EXPIRE INTERVAL 90 DAY ACCOUNT UNLOCK ATTRIBUTE \'{"team": "x"}\'',
      "SET PASSWORD FOR one@localhost = 'third'",
      'SET PASSWORD FOR two TO RANDOM',
      'RENAME USER one@localhost TO uno@localhost, two TO dos',
      'REVOKE r2@localhost FROM uno@localhost',
      'REVOKE ALL PRIVILEGES, GRANT OPTION FROM dos',
      'REVOKE IF EXISTS SELECT ON granted.t FROM nobody IGNORE UNKNOWN USER',
      "DROP USER IF EXISTS nobody@localhost, 'randomly'@localhost",
    );
    const self = await openConnection({ ...lab.source.address, user: 'self', password: 'self' });
    await sql(
      self,
      "SET PASSWORD = 'changed'",
      "ALTER USER USER() IDENTIFIED BY 'again'",
      "ALTER USER CURRENT_USER() IDENTIFIED BY 'and again' COMMENT 'CURRENT_USER()'",
      'ALTER USER CURRENT_USER() DEFAULT ROLE NONE',
      'GRANT SELECT ON mysql.* TO CURRENT_USER',
      'REVOKE SELECT ON mysql.* FROM CURRENT_USER()',
      'GRANT r1 TO CURRENT_USER',
      'CREATE DEFINER=CURRENT_USER EVENT granted.e ON SCHEDULE EVERY 1 DAY DO SET @u = CURRENT_USER()',
      "ALTER DEFINER=CURRENT_USER() EVENT granted.e COMMENT 'CURRENT_USER'",
      "RENAME USER CURRENT_USER() TO selfish@'%'",
    );
    await self.close();
    await expectAsWitnessed(await witnessed());
    const selfish = await openConnection({ ...lab.source.address, user: 'selfish', password: 'and again' });
    await sql(selfish, 'DROP USER CURRENT_USER');
    await selfish.close();
    await level('DROP ROLE r1, r2@localhost, `r 3`', 'DROP USER uno@localhost, dos, proxied@localhost');
  });

  test('databases with their options, tablespaces, servers, reference systems, histograms', async () => {
    await level(
      "CREATE DATABASE options_of CHARACTER SET latin1 COLLATE latin1_german2_ci ENCRYPTION 'N'",
      'CREATE TABLE options_of.t (id INT PRIMARY KEY, c CHAR(10), v INT)',
      "INSERT INTO options_of.t VALUES (1, 'x', 1)",
      'ALTER DATABASE options_of READ ONLY = 1',
      'ALTER DATABASE options_of READ ONLY = DEFAULT',
      "INSERT INTO options_of.t VALUES (2, 'y', 2)",
      'ALTER SCHEMA options_of COLLATE utf8mb4_bin',
      "ALTER DATABASE options_of ENCRYPTION = 'N'",
      'CREATE TABLE options_of.later (c CHAR(10))',
      'CREATE DATABASE locked',
      'CREATE TABLE locked.t (id INT PRIMARY KEY)',
      'INSERT INTO locked.t VALUES (1)',
      'ALTER DATABASE locked READ ONLY = 1',
      "CREATE TABLESPACE `s p` ADD DATAFILE 'sp.ibd' FILE_BLOCK_SIZE = 16384 ENGINE = InnoDB",
      'CREATE TABLE options_of.inside (id INT PRIMARY KEY) TABLESPACE `s p`',
      'INSERT INTO options_of.inside VALUES (1)',
      'ALTER TABLE options_of.t TABLESPACE `s p`',
      'ALTER TABLE options_of.inside TABLESPACE innodb_file_per_table',
      'ALTER TABLESPACE `s p` RENAME TO renamed_space',
      'ALTER TABLESPACE renamed_space AUTOEXTEND_SIZE = 4M',
      'ALTER TABLE options_of.t TABLESPACE = innodb_system',
      'DROP TABLESPACE renamed_space',
      "CREATE UNDO TABLESPACE more_undo ADD DATAFILE 'more_undo.ibu'",
      "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', HOST 'h', DATABASE 'd', PORT 5, PASSWORD 'p')",
      "ALTER SERVER s OPTIONS (USER 'v')",
      "CREATE SERVER gone FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')",
      'DROP SERVER gone',
      'DROP SERVER IF EXISTS gone',
      `CREATE SPATIAL REFERENCE SYSTEM 900001 NAME 'own' ORGANIZATION 'o' IDENTIFIED BY 5 DEFINITION 'GEOGCS["WGS 84",DATUM["World Geodetic System 1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.017453292519943278],AXIS["Lat",NORTH],AXIS["Lon",EAST]]' DESCRIPTION 'd'`,
      'CREATE TABLE options_of.places (id INT PRIMARY KEY, g POINT SRID 900001)',
      "INSERT INTO options_of.places VALUES (1, ST_GeomFromText('POINT(1 2)', 900001))",
      'DROP TABLE options_of.places',
      'DROP SPATIAL REFERENCE SYSTEM 900001',
      `CREATE OR REPLACE SPATIAL REFERENCE SYSTEM 900002 NAME 'two' DEFINITION 'GEOGCS["WGS 84",DATUM["World Geodetic System 1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.017453292519943278],AXIS["Lat",NORTH],AXIS["Lon",EAST]]'`,
      'DROP SPATIAL REFERENCE SYSTEM IF EXISTS 900003',
      'ANALYZE TABLE options_of.t UPDATE HISTOGRAM ON v, c WITH 8 BUCKETS',
      'ANALYZE TABLE options_of.t DROP HISTOGRAM ON c',
      'ANALYZE NO_WRITE_TO_BINLOG TABLE options_of.later',
      'OPTIMIZE TABLE options_of.t',
      'CHECK TABLE options_of.t',
      'FLUSH LOCAL TABLES',
      'FLUSH TABLES options_of.t',
      'FLUSH STATUS',
      'FLUSH ENGINE LOGS',
      "INSERT INTO options_of.t VALUES (3, 'z', 3)",
    );
    await level(
      'ALTER DATABASE locked READ ONLY = 0',
      'INSERT INTO locked.t VALUES (2)',
      'DROP DATABASE locked',
    );
  });
});
