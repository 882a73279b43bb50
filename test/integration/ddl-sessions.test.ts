import { describe, expect, test } from '@jest/globals';
import { runBatch } from '../../src/apply/lane/statement-batch.js';
import { expectAsWitnessed, replicates, useNativeWitness } from '../support/native-witness.js';

const witnessed = useNativeWitness();
const level = (...statements: string[]) => replicates(witnessed, ...statements);

/** Bytes of two letters each. 0x95 0x5c and 0x83 0x5c end with a backslash, 0x81 0x60 with a backtick. */
const textIn: Readonly<Record<string, readonly number[]>> = {
  sjis: [0x95, 0x5c, 0x83, 0x5c],
  cp932: [0x95, 0x5c, 0x87, 0x40],
  gbk: [0x95, 0x5c, 0xd5, 0x5c, 0x81, 0x60],
  big5: [0xa5, 0x5c, 0xa4, 0x40],
  gb18030: [0x95, 0x5c, 0x81, 0x30, 0x84, 0x36],
  eucjpms: [0xb4, 0xc1, 0x8e, 0xb1],
  euckr: [0xb0, 0xa1],
  latin1: [0xe4, 0xdf, 0x80],
  cp1251: [0xc4, 0xe0],
  dec8: [0xe4, 0xd7],
  keybcs2: [0x80, 0x84],
};

describe('statements mean on the replica what they meant in the session of the source [P3]', () => {
  test('sql_mode of every kind', async () => {
    await level(
      'CREATE DATABASE modes',
      'USE modes',
      "SET SESSION sql_mode = ''",
      "CREATE TABLE zero (id INT PRIMARY KEY, d DATE NOT NULL DEFAULT '0000-00-00', t TIMESTAMP NOT NULL DEFAULT '0000-00-00 00:00:00')",
      'INSERT INTO zero (id) VALUES (1)',
      "ALTER TABLE zero ADD COLUMN dt DATETIME NOT NULL DEFAULT '0000-00-00', ADD COLUMN e ENUM('a') NOT NULL",
      'ALTER TABLE zero MODIFY d DATETIME NOT NULL',
      "CREATE TABLE cut (c CHAR(2)) SELECT 'too long' AS c",
      "SET SESSION sql_mode = 'ANSI'",
      'CREATE TABLE "quoted ""t" ("a b" INT PRIMARY KEY, c REAL, d CHAR(9) DEFAULT (\'x\' || \'y\'))',
      'INSERT INTO "quoted ""t" ("a b") VALUES (1)',
      'CREATE VIEW "v" AS SELECT "a b" || \'x\' AS joined FROM "quoted ""t"',
      'CREATE TRIGGER "tr" BEFORE INSERT ON "quoted ""t" FOR EACH ROW SET NEW.d = \'q\' || NEW."a b"',
      'INSERT INTO "quoted ""t" ("a b") VALUES (2)',
      "SET SESSION sql_mode = 'HIGH_NOT_PRECEDENCE,NO_UNSIGNED_SUBTRACTION,PIPES_AS_CONCAT'",
      'CREATE TABLE computed (a INT UNSIGNED PRIMARY KEY, b BIGINT AS (CAST(a AS SIGNED) - 5) STORED, n INT AS (NOT a BETWEEN 1 AND 5))',
      'INSERT INTO computed (a) VALUES (1), (9)',
      "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",
      'CREATE TABLE zeros (id INT AUTO_INCREMENT PRIMARY KEY, v INT)',
      'INSERT INTO zeros VALUES (0, 1), (5, 2)',
      'ALTER TABLE zeros MODIFY id BIGINT AUTO_INCREMENT',
      'CREATE TABLE counted (v INT)',
      'INSERT INTO counted VALUES (1), (2)',
      "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'",
      "CREATE TABLE invalid (d DATE DEFAULT '2023-02-31')",
      'INSERT INTO invalid VALUES (DEFAULT)',
      "SET SESSION sql_mode = 'TIME_TRUNCATE_FRACTIONAL'",
      "CREATE TABLE truncated (t DATETIME DEFAULT '2020-01-01 00:00:00.9')",
      'INSERT INTO truncated VALUES ()',
      "ALTER TABLE truncated ADD COLUMN f TIME(6) NOT NULL DEFAULT '10:00:00.999999', ADD COLUMN g TIME NOT NULL DEFAULT '10:00:00.999999'",
      "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'",
      String.raw`CREATE TABLE slashes (p VARCHAR(30) DEFAULT 'C:\', q VARCHAR(9) DEFAULT '\n') COMMENT '\'`,
      'INSERT INTO slashes VALUES ()',
      String.raw`CREATE USER slash@localhost COMMENT 'ends with \'`,
      "SET SESSION sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,NO_ENGINE_SUBSTITUTION,NO_DIR_IN_CREATE'",
      'CREATE TABLE padded (c CHAR(5))',
      "INSERT INTO padded (c) VALUES ('a')",
      "SET SESSION sql_mode = 'TRADITIONAL'",
      'ALTER TABLE padded ADD COLUMN h INT',
      'DROP USER slash@localhost',
    );
  });

  test('character sets, collations, time zone and other settings', async () => {
    await level(
      'CREATE DATABASE settings_of CHARACTER SET latin2',
      'USE settings_of',
      'SET NAMES latin1 COLLATE latin1_german2_ci',
      "CREATE TABLE a (c CHAR(5), d VARCHAR(5) DEFAULT 'x') SELECT 'abc' AS s",
      "CREATE VIEW v AS SELECT 'text' AS t, CHARSET('text') AS cs",
      'SET collation_connection = utf8mb4_bin, character_set_results = NULL',
      "CREATE TABLE b SELECT 'bin' AS s, CONCAT('x', 1) AS t",
      "SET NAMES utf8mb4, default_collation_for_utf8mb4 = 'utf8mb4_general_ci'",
      'CREATE TABLE general (c CHAR(5)) CHARACTER SET utf8mb4',
      'CREATE DATABASE by_default CHARACTER SET utf8mb4',
      'CREATE FUNCTION f (x VARCHAR(5) CHARSET utf8mb4) RETURNS VARCHAR(5) DETERMINISTIC RETURN x',
      'SET default_collation_for_utf8mb4 = DEFAULT',
      "SET SESSION collation_server = 'latin7_general_ci'",
      'CREATE DATABASE by_server',
      'CREATE TABLE by_server.t (c CHAR(3))',
      "SET SESSION collation_database = 'latin5_turkish_ci'",
      'CREATE TABLE by_server.u (c CHAR(3))',
      'SET SESSION collation_server = DEFAULT',
      'USE settings_of',
      'SET SESSION explicit_defaults_for_timestamp = OFF',
      'CREATE TABLE stamps (id INT PRIMARY KEY, a TIMESTAMP, b TIMESTAMP NULL)',
      'INSERT INTO stamps (id) VALUES (1)',
      'SET SESSION explicit_defaults_for_timestamp = ON',
      'CREATE TABLE plain_stamps (id INT PRIMARY KEY, a TIMESTAMP)',
      "SET SESSION time_zone = '-03:30', timestamp = 1600000000.123456",
      'ALTER TABLE stamps ADD COLUMN c TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ADD COLUMN d DATETIME(3) NOT NULL DEFAULT NOW(3)',
      "ALTER TABLE stamps ADD COLUMN fixed TIMESTAMP NOT NULL DEFAULT '2020-06-01 12:00:00'",
      'ALTER TABLE stamps MODIFY c DATETIME(6) NOT NULL, MODIFY d TIMESTAMP(3) NOT NULL',
      "CREATE EVENT ev ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' DO SET @a = 1",
      "SET SESSION time_zone = 'SYSTEM', timestamp = DEFAULT, lc_time_names = 'de_DE'",
      'CREATE TABLE months (d DATE PRIMARY KEY, m VARCHAR(20))',
      "INSERT INTO months VALUES ('2020-03-01', MONTHNAME('2020-03-01'))",
      'SET SESSION auto_increment_increment = 10, auto_increment_offset = 3',
      'CREATE TABLE steps (v INT)',
      'INSERT INTO steps VALUES (1), (2), (3)',
      'ALTER TABLE steps ADD COLUMN id INT AUTO_INCREMENT PRIMARY KEY FIRST',
      'INSERT INTO steps (v) VALUES (4)',
      'SET SESSION foreign_key_checks = 0, unique_checks = 0, sql_auto_is_null = 1',
      'CREATE TABLE dangling (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES nowhere (id))',
      'INSERT INTO dangling VALUES (1, 5)',
      'ALTER TABLE dangling ADD COLUMN w INT',
      'SET SESSION foreign_key_checks = 1, unique_checks = 1',
      'SET SESSION sql_quote_show_create = 0',
      'CREATE TABLE unquoted SELECT * FROM steps',
      'SET SESSION default_storage_engine = MyISAM',
      'CREATE TABLE engine_of_session (id INT PRIMARY KEY) ENGINE = InnoDB',
      'SET SESSION default_storage_engine = DEFAULT',
      'SET SESSION restrict_fk_on_non_standard_key = OFF',
      'CREATE TABLE parent (id INT PRIMARY KEY, n INT, KEY (n))',
      'CREATE TABLE child (id INT PRIMARY KEY, n INT, FOREIGN KEY (n) REFERENCES parent (n))',
      'INSERT INTO parent VALUES (1, 1), (2, 1)',
      'INSERT INTO child VALUES (1, 1)',
    );
  });

  test('rows: generated columns are computed under the time zone and the sql_mode that their session had [P3]', async () => {
    const day = (id: number): string =>
      `INSERT INTO days (id, at, f) VALUES (${id}, '2024-01-01 20:00:00', 0.9)`;
    const { logged } = await level(
      'CREATE DATABASE computed_rows',
      'USE computed_rows',
      "SET SESSION sql_mode = ''",
      "CREATE TABLE days (id INT PRIMARY KEY, at TIMESTAMP(1), f DECIMAL(3,1), c CHAR(5) DEFAULT 'x', day DATE AS (DATE(at)) STORED, text_of VARCHAR(30) AS (CONCAT(at)) VIRTUAL, padded VARCHAR(9) AS (CONCAT(c, '|')) STORED, cut DATETIME AS (CAST(at AS DATETIME(1))) STORED, KEY (text_of))",
      'CREATE TABLE bag (at TIMESTAMP, day DATE AS (DATE(at)) STORED)',
      'CREATE TABLE plain (id INT PRIMARY KEY)',
      ...[1, 2, 3].flatMap((round) => [
        "SET SESSION time_zone = '+00:00', sql_mode = ''",
        day(round * 10),
        "INSERT INTO bag (at) VALUES ('2024-01-01 20:00:00')",
        "SET SESSION time_zone = '+09:00'",
        day(round * 10 + 1),
        "INSERT INTO bag (at) VALUES ('2024-01-01 20:00:00')",
        `INSERT INTO plain VALUES (${round})`,
        "SET SESSION sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,TIME_TRUNCATE_FRACTIONAL'",
        day(round * 10 + 2),
        `UPDATE days SET at = at + INTERVAL 0.9 SECOND WHERE id = ${round * 10}`,
        "SET SESSION time_zone = '-11:00', sql_mode = 'ALLOW_INVALID_DATES'",
        day(round * 10 + 3),
        'DELETE FROM bag LIMIT 1',
        `DELETE FROM days WHERE id = ${round * 10 - 10 + 1}`,
      ]),
    );
    expect(JSON.stringify(logged)).not.toContain('did not hold');
  });

  test('comments, version comments, odd spacing and names of every kind [T18]', async () => {
    await level(
      '/* first */ CREATE DATABASE /*!80000 IF NOT EXISTS */ `odd. na\u00fcme`',
      'USE `odd. na\u00fcme`',
      '-- a line\nCREATE TABLE /* in between */ `t``x.y` (\n\t`select` INT PRIMARY KEY, -- the key\n  # another\n `\u6f22\u5b57` VARCHAR(9) /*!80023 INVISIBLE */ /*!99999 NONSENSE */\n) ;',
      "INSERT INTO `t``x.y` (`select`, `\u6f22\u5b57`) VALUES (1, '\u6f22')",
      '\n\n   aLtEr   tAbLe `t``x.y` /*+ no hint */ ADD   COLUMN `a``b` INT;',
      '/*! ALTER TABLE `t``x.y` ADD KEY k (`a``b`) */',
      '/*!50001 CREATE VIEW `v.1` AS SELECT `select` FROM `t``x.y` */',
      'RENAME TABLE `t``x.y` TO `\u00e9t\u00e9`, `v.1` TO `v``2`',
      'UPDATE `\u00e9t\u00e9` SET `a``b` = 5',
      'CREATE TABLE `CREATE EVENT e` (`DO` INT PRIMARY KEY, `ENABLE` INT)',
      'INSERT INTO `CREATE EVENT e` VALUES (1, 1)',
      'ALTER TABLE `CREATE EVENT e` RENAME COLUMN `DO` TO `START TRANSACTION`',
      'INSERT INTO `CREATE EVENT e` VALUES (2, 2)',
      'DROP TABLE `\u00e9t\u00e9` /* ! */',
      "CREATE TABLE `ends with START TRANSACTION` (id INT) COMMENT 'START TRANSACTION'",
      'DROP DATABASE `odd. na\u00fcme`',
    );
  });

  test('text that clients sent in many character sets [T18]', async () => {
    const { lab, onWitness } = await witnessed();
    for (const [charset, bytes] of Object.entries(textIn)) {
      const connection = await lab.source.connect();
      const text = Buffer.from(bytes).toString('latin1');
      for (const statement of [
        `CREATE DATABASE sent_${charset}`,
        `USE sent_${charset}`,
        `SET NAMES ${charset}`,
        `CREATE TABLE t (id INT PRIMARY KEY, c VARCHAR(20) CHARACTER SET ${charset} DEFAULT '${text}' COMMENT '${text}', e ENUM('${text}', 'b') CHARACTER SET ${charset}) COMMENT '${text}'`,
        `INSERT INTO t VALUES (1, '${text}', '${text}')`,
        `INSERT INTO t (id) VALUES (2)`,
        `CREATE VIEW v AS SELECT id, '${text}' AS x FROM t WHERE c = '${text}'`,
        `CREATE PROCEDURE p () SELECT '${text}'`,
        `CREATE EVENT e ON SCHEDULE EVERY 1 DAY COMMENT '${text}' DO SET @a = 'it''s ${text}'`,
        `ALTER EVENT e COMMENT '${text}'`,
        `ALTER TABLE t ADD COLUMN \`n${text}\` INT`,
        `UPDATE t SET \`n${text}\` = 5`,
      ]) {
        await runBatch(connection, [Buffer.from(statement, 'latin1')], 1);
      }
      await connection.close();
    }
    await expectAsWitnessed({ lab, onWitness });
  });
});
