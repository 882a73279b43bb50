import { describe, expect, test } from '@jest/globals';
import { statementLockName } from '../../src/mysql/link-lock.js';
import { catchUp, expectEqual, expectLevel, linkSettings, makeLink } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

describe.each([{ gtid: true }, { gtid: false }])('statements, GTIDs on: $gtid', ({ gtid }) => {
  // An event would write on the source whenever its thread gets to it, perhaps behind the comparison. The replica's scheduler runs.
  const lab = useLab({ gtid, sourceSettings: { 'event-scheduler': 'OFF' } });
  const from = { file: 'binlog.000001', offset: 4 };

  /** Each time in a session of its own: what one test sets does not reach the next. */
  async function level(...statements: string[]): Promise<void> {
    const { source } = await lab();
    await sql(source, ...statements);
    await expectLevel(await lab(), { from });
  }

  test('trap 11: CREATE TABLE … SELECT is one transaction [T11]', async () => {
    await level(
      'CREATE DATABASE made',
      'CREATE TABLE made.a (id INT PRIMARY KEY, v VARCHAR(20))',
      "INSERT INTO made.a VALUES (1, 'x'), (2, 'y')",
      'CREATE TABLE made.b (PRIMARY KEY (id)) SELECT * FROM made.a',
      'CREATE TABLE made.empty SELECT * FROM made.a WHERE id > 100',
      'CREATE TABLE made.c AS SELECT a.id, b.v FROM made.a JOIN made.b USING (id)',
      'CREATE TABLE made.like_a LIKE made.a',
      'INSERT INTO made.b VALUES (3, NULL)',
    );
  });

  test('one that waits for a lock of another session says so, and who holds it [T10]', async () => {
    const servers = await lab();
    await level('CREATE DATABASE held', 'CREATE TABLE held.t (id INT PRIMARY KEY)');
    await sql(servers.source, 'ALTER TABLE held.t ADD COLUMN v INT');
    const holder = await servers.replica.connect();
    const { link, logged } = makeLink(linkSettings(servers, { from }));
    const told = (): unknown =>
      logged.find(({ msg }) => String(msg).startsWith('a statement waits for a lock'));
    try {
      await sql(holder, 'BEGIN', 'SELECT * FROM held.t');
      const running = link.run({ kind: 'now' }, new AbortController().signal);
      await Promise.race([running, waitFor(() => told() !== undefined, { what: 'word of the lock' })]);
      expect(told()).toMatchObject({
        state: 'Waiting for table metadata lock',
        holders: [holder.threadId],
      });
      await holder.execute('ROLLBACK');
      await running;
    } finally {
      await holder.close();
    }
    await expectEqual(servers);
  });

  // Under a GTID the server itself runs it once.
  if (!gtid) {
    test('one waits until the session of the one before is gone', async () => {
      const servers = await lab();
      await level('CREATE DATABASE behind');
      const settings = linkSettings(servers, { from });
      const { link } = makeLink(settings);
      const end = new AbortController();
      const running = link.run({ kind: 'forever' }, end.signal);
      await waitFor(() => link.progress().state === 'following', { what: 'the link to follow' });
      const before = await servers.replica.connect();
      await before.query('SELECT GET_LOCK(?, 0)', [statementLockName(settings.name)]);
      await sql(servers.source, 'CREATE TABLE behind.t (id INT PRIMARY KEY)');
      const waiting = async (): Promise<boolean> =>
        (await sqlValue(
          servers.replica,
          "SELECT COUNT(*) FROM performance_schema.processlist WHERE STATE = 'User lock'",
        )) === '1';
      await Promise.race([running, waitFor(waiting, { what: 'the statement to wait' })]);
      await before.close();
      const isThere = async (): Promise<boolean> =>
        (await sqlValue(
          servers.replica,
          "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'behind'",
        )) === '1';
      await Promise.race([running, waitFor(isThere, { what: 'the table' })]);
      end.abort();
      await running;
      await expectEqual(servers);
    });

    test('a table with its rows is not created by a tailrace that has lost the link [P7]', async () => {
      const servers = await lab();
      await level('CREATE DATABASE lost', 'CREATE TABLE lost.a (id INT PRIMARY KEY)');
      const { link } = makeLink(linkSettings(servers, { from }));
      const running = link
        .run({ kind: 'forever' }, new AbortController().signal)
        .catch((error: unknown) => error);
      await waitFor(() => link.progress().state === 'following', { what: 'the link to follow' });
      // What a second one does that takes the link over.
      await sql(
        servers.replica,
        "UPDATE tailrace.link SET owner = 'another'",
        "UPDATE tailrace.checkpoint SET owner = 'another'",
      );
      await sql(servers.source, 'CREATE TABLE lost.b SELECT 1 AS id');
      const outcome = await running;
      const created = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'lost'";
      expect(await sqlValue(servers.replica, created)).toBe('1');
      expect(outcome).toMatchObject({ code: 'TR_LINK_LOST_OWNERSHIP' });
      await expectLevel(servers, { from });
    });
  }

  test('trap 18: names with backticks, dots, spaces and any Unicode; ANSI_QUOTES; NO_BACKSLASH_ESCAPES [T18]', async () => {
    await level(
      'CREATE DATABASE `we``ird. \u00fc\u6f22`',
      'CREATE TABLE `we``ird. \u00fc\u6f22`.`t``.\u{1F600}x`.replace (id INT)'.replace(
        '\u{1F600}x`.replace',
        '\u20acx`',
      ),
      'CREATE TABLE `we``ird. \u00fc\u6f22`.`a.b` (`id ``"` INT PRIMARY KEY, `\u00e4 col` INT UNIQUE)',
      'INSERT INTO `we``ird. \u00fc\u6f22`.`a.b` VALUES (1, 1), (2, 2)',
      'UPDATE `we``ird. \u00fc\u6f22`.`a.b` SET `\u00e4 col` = 3 WHERE `id ``"` = 1',
      'INSERT INTO `we``ird. \u00fc\u6f22`.`t``.\u20acx` VALUES (5)',
      "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
      'CREATE DATABASE "quoted"',
      'USE "quoted"',
      String.raw`CREATE TABLE "t""q" ("id" INT PRIMARY KEY, "path" VARCHAR(30) DEFAULT 'C:\' COMMENT 'ends with \')`,
      String.raw`INSERT INTO "t""q" ("id") VALUES (1)`,
      String.raw`CREATE VIEW "v" AS SELECT "id", '\n' AS "two characters" FROM "t""q"`,
      String.raw`CREATE EVENT "e" ON SCHEDULE EVERY 1 SECOND COMMENT 'ends with \' DO INSERT INTO "quoted"."t""q" VALUES (CAST(RAND() * 1000000 AS SIGNED), 'by the event')`,
      'DROP EVENT "e"',
      "SET SESSION sql_mode = 'PIPES_AS_CONCAT,REAL_AS_FLOAT,IGNORE_SPACE'",
      "CREATE TABLE modes (r REAL, c VARCHAR(20) DEFAULT ('a' || 'b'))",
      'SET SESSION sql_mode = DEFAULT',
    );
  });

  test('trap 2: triggers on the replica do not fire, whatever applies the rows [T2]', async () => {
    const { onSource, onReplica } = await lab();
    await level(
      'CREATE DATABASE trig',
      'CREATE TABLE trig.t (id INT PRIMARY KEY, v INT)',
      'CREATE TABLE trig.log (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20))',
      "CREATE TRIGGER trig.after_insert AFTER INSERT ON trig.t FOR EACH ROW INSERT INTO trig.log (what) VALUES (CONCAT('insert ', NEW.id))",
      'CREATE TRIGGER trig.before_update BEFORE UPDATE ON trig.t FOR EACH ROW SET NEW.v = NEW.v + 100',
      "CREATE TRIGGER trig.after_delete AFTER DELETE ON trig.t FOR EACH ROW INSERT INTO trig.log (what) VALUES (CONCAT('delete ', OLD.id))",
      'INSERT INTO trig.t VALUES (1, 1), (2, 2)',
      'UPDATE trig.t SET v = 5',
      'DELETE FROM trig.t WHERE id = 1',
    );
    // One that only the replica has would leave its mark.
    await sql(
      onReplica,
      'SET sql_log_bin = 0',
      'CREATE TABLE trig.marks (n INT)',
      'CREATE TRIGGER trig.own BEFORE INSERT ON trig.t FOR EACH ROW INSERT INTO trig.marks VALUES (NEW.id)',
      'SET sql_log_bin = 1',
    );
    await sql(
      onSource,
      'INSERT INTO trig.t VALUES (3, 3)',
      'SET SESSION binlog_row_image = MINIMAL',
      'INSERT INTO trig.t VALUES (4, 4)',
      'SET SESSION binlog_row_image = FULL',
    );
    await catchUp(await lab(), { from });
    expect(await sqlValue(onReplica, 'SELECT COUNT(*) FROM trig.marks')).toBe('0');
    await sql(
      onReplica,
      'SET sql_log_bin = 0',
      'DROP TRIGGER trig.own',
      'DROP TABLE trig.marks',
      'SET sql_log_bin = 1',
    );
    await level();
  });

  test('events arrive disabled, however they are written', async () => {
    const { onReplica } = await lab();
    await level(
      'CREATE DATABASE timed',
      'CREATE TABLE timed.ticks (n INT AUTO_INCREMENT PRIMARY KEY)',
      'CREATE EVENT timed.plain ON SCHEDULE EVERY 1 HOUR DO INSERT INTO timed.ticks VALUES ()',
      "CREATE DEFINER = `root`@`localhost` EVENT IF NOT EXISTS timed.`do``it` ON SCHEDULE AT '2037-01-01' ON COMPLETION PRESERVE ENABLE COMMENT 'DO ENABLE' DO BEGIN INSERT INTO timed.ticks VALUES (); END",
      'CREATE EVENT timed.off ON SCHEDULE EVERY 1 DAY DISABLE DO SET @a = 1',
      'CREATE EVENT timed.changed ON SCHEDULE EVERY 1 DAY DO SET @a = 1',
      'ALTER EVENT timed.changed ON SCHEDULE EVERY 2 DAY',
      'ALTER EVENT timed.off ENABLE',
      'ALTER EVENT timed.changed RENAME TO timed.renamed',
      '/* do */ CREATE /*!50001 DEFINER=CURRENT_USER */ EVENT timed.commented ON SCHEDULE EVERY 1 WEEK -- ENABLE\n DO SET @b = 2',
    );
    const enabled = await onReplica.query(
      "SELECT EVENT_NAME AS name FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'",
    );
    expect(enabled).toEqual([]);
    await level('DROP DATABASE timed');
  });

  test('columns that are filled from the clock get the time of the source', async () => {
    await level(
      'CREATE DATABASE clock',
      'CREATE TABLE clock.t (id INT PRIMARY KEY)',
      'INSERT INTO clock.t VALUES (1), (2)',
      "SET SESSION timestamp = UNIX_TIMESTAMP('2020-02-02 02:02:02.123456'), time_zone = '+05:30'",
      'ALTER TABLE clock.t ADD COLUMN at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ADD COLUMN ts TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)',
      'INSERT INTO clock.t (id) VALUES (3)',
      'SET SESSION timestamp = DEFAULT, time_zone = SYSTEM',
      'ALTER TABLE clock.t ADD COLUMN late DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)',
    );
  });

  test('ALTER of every kind between changes of rows [T17]', async () => {
    await level(
      'CREATE DATABASE altered',
      'USE altered',
      'CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20)) DEFAULT CHARSET = latin1',
      "INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two')",
      'ALTER TABLE t ADD COLUMN c INT FIRST, ALGORITHM = INSTANT',
      "UPDATE t SET c = 5, b = 'five' WHERE id = 1",
      'ALTER TABLE t DROP COLUMN a, ALGORITHM = INSTANT',
      "INSERT INTO t VALUES (7, 3, 'three')",
      'ALTER TABLE t MODIFY b VARCHAR(300) CHARACTER SET utf8mb4, ADD UNIQUE (b), RENAME COLUMN c TO d',
      "UPDATE t SET b = '\u20ac' WHERE id = 3",
      'ALTER TABLE t DROP PRIMARY KEY',
      "INSERT INTO t VALUES (7, 3, 'again')",
      'ALTER TABLE t MODIFY id INT NOT NULL AUTO_INCREMENT, ADD KEY (id)',
      'INSERT INTO t (d) VALUES (9)',
      'ALTER TABLE t ADD COLUMN pk INT AUTO_INCREMENT PRIMARY KEY, MODIFY id INT',
      'RENAME TABLE t TO moved',
      'UPDATE moved SET d = 1 WHERE pk = 1',
      'ALTER TABLE moved DROP INDEX b',
      'ALTER TABLE moved PARTITION BY HASH (pk) PARTITIONS 4',
      'CREATE TABLE x LIKE moved',
      'ALTER TABLE x REMOVE PARTITIONING',
      'ALTER TABLE moved EXCHANGE PARTITION p1 WITH TABLE x',
      'DELETE FROM moved',
      'TRUNCATE TABLE x',
      'CREATE INDEX i ON x ((d + 1))',
      'DROP INDEX i ON x',
      'DROP TABLE moved, x',
      'CREATE TABLE moved (id INT PRIMARY KEY)',
      'INSERT INTO moved VALUES (1)',
    );
  });

  test('statements that answer with rows', async () => {
    await level(
      'CREATE DATABASE admin',
      'USE admin',
      'CREATE TABLE t (id INT PRIMARY KEY, v INT, KEY (v)) PARTITION BY HASH (id) PARTITIONS 2',
      'INSERT INTO t VALUES (1, 1), (2, 2)',
      'ANALYZE TABLE t',
      'OPTIMIZE TABLE t',
      'REPAIR TABLE t',
      'ALTER TABLE t OPTIMIZE PARTITION p0',
      'ALTER TABLE t REBUILD PARTITION ALL',
      'ANALYZE TABLE t UPDATE HISTOGRAM ON v WITH 4 BUCKETS',
      'FLUSH TABLES',
      'FLUSH PRIVILEGES',
      'INSERT INTO t VALUES (3, 3)',
    );
  });

  test('users, roles and grants', async () => {
    const { onSource, onReplica } = await lab();
    await level(
      "CREATE USER `it's`@`%` IDENTIFIED BY 'pa''ss' PASSWORD EXPIRE NEVER COMMENT 'x'",
      "CREATE USER b@localhost, c@localhost IDENTIFIED WITH caching_sha2_password BY 'secret'",
      'CREATE ROLE reader, writer',
      'CREATE DATABASE granted',
      'CREATE TABLE granted.t (a INT, b INT)',
      'GRANT SELECT ON granted.* TO reader',
      'GRANT SELECT (a), UPDATE (b) ON granted.t TO b@localhost WITH GRANT OPTION',
      "GRANT reader, writer TO `it's`@`%`",
      "SET DEFAULT ROLE reader TO `it's`@`%`",
      "REVOKE writer FROM `it's`@`%`",
      "ALTER USER b@localhost IDENTIFIED BY 'other' ACCOUNT LOCK",
      "SET PASSWORD FOR c@localhost = 'third'",
      'RENAME USER c@localhost TO d@localhost',
      'DROP ROLE writer',
    );
    for (const statement of [
      'SELECT USER AS u, HOST AS h, authentication_string AS a, account_locked AS l, User_attributes AS x FROM mysql.user ORDER BY 1, 2',
      "SHOW GRANTS FOR `it's`@`%`",
      'SHOW GRANTS FOR b@localhost',
    ]) {
      const [there, here] = [await onSource.query(statement), await onReplica.query(statement)];
      const notRoot = (rows: Record<string, unknown>[]) => rows.filter((row) => row['u'] !== 'root');
      expect(notRoot(here)).toEqual(notRoot(there));
    }
    await level("DROP USER `it's`@`%`, b@localhost, d@localhost", 'DROP ROLE reader');
  });

  test('views, routines, temporary tables, savepoints, multi-table statements, tablespaces', async () => {
    await level(
      'CREATE DATABASE mixed',
      'USE mixed',
      'CREATE TABLE a (id INT PRIMARY KEY, v INT)',
      'CREATE TABLE b (id INT PRIMARY KEY, v INT)',
      'CREATE TABLE keyless (v INT)',
      'CREATE VIEW both_of AS SELECT a.id, b.v FROM a JOIN b USING (id)',
      'CREATE FUNCTION twice (n INT) RETURNS INT DETERMINISTIC RETURN n * 2',
      'CREATE PROCEDURE fill (IN most INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < most DO INSERT INTO a VALUES (i, twice(i)); SET i = i + 1; END WHILE; END',
      'CALL fill(20)',
      'INSERT INTO b SELECT id, v + 1 FROM a',
      'CREATE TEMPORARY TABLE temp (id INT PRIMARY KEY)',
      'INSERT INTO temp SELECT id FROM a WHERE id < 5',
      'DELETE a, b FROM a JOIN b USING (id) JOIN temp USING (id)',
      'DROP TEMPORARY TABLE temp',
      'UPDATE a JOIN b USING (id) SET a.v = b.v, b.v = a.v + 1000',
      'BEGIN',
      'INSERT INTO keyless VALUES (1)',
      'SAVEPOINT `one two`',
      'INSERT INTO keyless VALUES (2)',
      'UPDATE a SET v = -1 WHERE id = 10',
      'ROLLBACK TO SAVEPOINT `one two`',
      'INSERT INTO keyless VALUES (3)',
      'RELEASE SAVEPOINT `one two`',
      'COMMIT',
      'BEGIN',
      'INSERT INTO keyless VALUES (9)',
      'ROLLBACK',
      "CREATE TABLESPACE space ADD DATAFILE 'space.ibd'",
      'CREATE TABLE in_space (id INT PRIMARY KEY) TABLESPACE space',
      'INSERT INTO in_space VALUES (1)',
      'LOCK TABLES a WRITE',
      'INSERT INTO a VALUES (1000, 1)',
      'UNLOCK TABLES',
      'ALTER DATABASE mixed CHARACTER SET latin1',
      'CREATE TABLE after_alter (c CHAR(5))',
      'INSERT INTO a VALUES (1000, 2) ON DUPLICATE KEY UPDATE v = 77',
      'DROP PROCEDURE fill',
      'DROP TABLE in_space',
      'DROP TABLESPACE space',
    );
  });

  test('trap 20: tables of an engine that cannot roll back, alone and mixed, and said so [T20]', async () => {
    const { source } = await lab();
    await sql(
      source,
      'CREATE DATABASE engines',
      'USE engines',
      'CREATE TABLE my (id INT AUTO_INCREMENT PRIMARY KEY, v INT) ENGINE = MyISAM',
      'CREATE TABLE mem (id INT PRIMARY KEY) ENGINE = MEMORY',
      'CREATE TABLE inno (id INT PRIMARY KEY)',
      'INSERT INTO my (v) VALUES (1), (2), (3)',
      'INSERT INTO inno VALUES (1)',
      'UPDATE my SET v = v + 10',
      'DELETE FROM my WHERE id = 1',
      'INSERT INTO mem VALUES (1), (2)',
      'INSERT INTO inno VALUES (2)',
      ...(gtid ? [] : ['BEGIN', 'INSERT INTO inno VALUES (3)', 'INSERT INTO my (v) VALUES (9)', 'COMMIT']),
    );
    const { logged } = await catchUp(await lab(), { from });
    expect(JSON.stringify(logged)).toContain('cannot roll back');
    await level('DROP TABLE engines.mem');
  });

  test('settings of the replica itself do not change what the statements of the source mean', async () => {
    const { source, onReplica } = await lab();
    const settings = {
      sql_generate_invisible_primary_key: ['ON', 'OFF'],
      sql_mode: ["'ANSI,NO_BACKSLASH_ESCAPES'", 'DEFAULT'],
      explicit_defaults_for_timestamp: ['OFF', 'ON'],
      default_collation_for_utf8mb4: ['utf8mb4_general_ci', 'utf8mb4_0900_ai_ci'],
      collation_server: ['latin1_swedish_ci', 'utf8mb4_0900_ai_ci'],
      time_zone: ["'+07:00'", 'SYSTEM'],
      foreign_key_checks: ['OFF', 'ON'],
      sql_require_primary_key: ['ON', 'OFF'],
      autocommit: ['OFF', 'ON'],
      completion_type: ['CHAIN', 'NO_CHAIN'],
      transaction_isolation: ["'SERIALIZABLE'", "'REPEATABLE-READ'"],
    };
    for (const [name, [value]] of Object.entries(settings))
      await sql(onReplica, `SET GLOBAL ${name} = ${value}`);
    try {
      await sql(
        source,
        'CREATE DATABASE own_ways',
        'USE own_ways',
        'CREATE TABLE keyless (a INT, at TIMESTAMP, d VARCHAR(10) DEFAULT "x")',
        "INSERT INTO keyless VALUES (1, '2024-01-01 00:00:00', 'a\\n')",
        'CREATE TABLE keyed (id INT PRIMARY KEY, name VARCHAR(20))',
        "INSERT INTO keyed VALUES (1, 'n')",
        'CREATE TABLE copied SELECT * FROM keyed',
      );
      await catchUp(await lab(), { from });
    } finally {
      for (const [name, [, value]] of Object.entries(settings))
        await sql(onReplica, `SET GLOBAL ${name} = ${value}`);
    }
    await level();
  });
});
