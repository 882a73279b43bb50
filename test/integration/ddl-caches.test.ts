import { test } from '@jest/globals';
import { replicates, useNativeWitness } from '../support/native-witness.js';

const witnessed = useNativeWitness();
const level = (...statements: string[]) => replicates(witnessed, ...statements);

/*
 * Rows are written to every table before and behind a statement, so that what is known of the table would show if it were kept too
 * long: another key, other columns, other tables that it is tied to.
 */
test('what is known of tables is right behind RENAME, DROP and CREATE of the same names', async () => {
  await level(
    'CREATE DATABASE swaps',
    'USE swaps',
    'CREATE TABLE a (id INT PRIMARY KEY, v INT)',
    'CREATE TABLE b (x VARCHAR(9), y INT, id INT PRIMARY KEY, UNIQUE KEY (x))',
    'INSERT INTO a VALUES (1, 1), (2, 2)',
    "INSERT INTO b VALUES ('p', 1, 1), ('q', 2, 2)",
    'RENAME TABLE a TO c, b TO a, c TO b',
    "UPDATE a SET x = CONCAT(x, '!'), id = id + 10",
    'UPDATE b SET v = v + 1, id = id + 20',
    'DROP TABLE a',
    'CREATE TABLE a (n INT)',
    'INSERT INTO a VALUES (1), (1)',
    'DELETE FROM a LIMIT 1',
    'TRUNCATE b',
    'INSERT INTO b VALUES (7, 7)',
    'ALTER TABLE b ADD COLUMN first INT DEFAULT 4 FIRST, DROP PRIMARY KEY, ADD PRIMARY KEY (v)',
    'UPDATE b SET id = 8 WHERE v = 7',
    'CREATE UNIQUE INDEX by_first ON b (first)',
    'UPDATE b SET first = 5',
    'DROP DATABASE swaps',
    'CREATE DATABASE swaps',
    'CREATE TABLE swaps.b (id INT, k INT PRIMARY KEY)',
    'INSERT INTO swaps.b VALUES (1, 2)',
    'UPDATE swaps.b SET id = 2',
  );
});

test('foreign keys that come and go, and tables of another schema or in another case', async () => {
  await level(
    'CREATE DATABASE ties',
    'CREATE DATABASE others',
    'USE ties',
    'CREATE TABLE parent (id INT PRIMARY KEY)',
    'CREATE TABLE child (id INT PRIMARY KEY, p INT)',
    'INSERT INTO parent VALUES (1), (2)',
    'INSERT INTO child VALUES (1, 1), (2, 2)',
    'ALTER TABLE child ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE',
    'UPDATE parent SET id = 5 WHERE id = 1',
    'DELETE FROM parent WHERE id = 2',
    'ALTER TABLE parent ADD COLUMN w INT',
    'UPDATE parent SET id = 6, w = 1 WHERE id = 5',
    'RENAME TABLE parent TO others.parent',
    'UPDATE others.parent SET id = 7',
    'ALTER TABLE child DROP FOREIGN KEY k',
    'UPDATE others.parent SET id = 8',
    'CREATE TABLE Child (id INT PRIMARY KEY, p INT, q INT)',
    'INSERT INTO Child VALUES (1, 1, 1)',
    'INSERT INTO child VALUES (9, 9)',
    'DROP TABLE others.parent, Child CASCADE',
    'INSERT INTO child VALUES (10, 10)',
    'SET foreign_key_checks = 0',
    'CREATE TABLE early (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES late (id) ON DELETE CASCADE)',
    'INSERT INTO early VALUES (1, 1)',
    'CREATE TABLE late (id INT PRIMARY KEY)',
    'INSERT INTO late VALUES (1)',
    'SET foreign_key_checks = 1',
    'DELETE FROM late',
    'CREATE VIEW seen AS SELECT * FROM child',
    'CREATE TRIGGER tr BEFORE INSERT ON child FOR EACH ROW SET NEW.p = NEW.p + 1',
    'ALTER TABLE child ADD COLUMN z INT DEFAULT 3',
    'INSERT INTO child (id, p) VALUES (11, 1)',
  );
});

test('settings of one statement are not those of the next', async () => {
  await level(
    'CREATE DATABASE kept',
    'USE kept',
    "SET sql_mode = ''",
    "CREATE TABLE t1 (d DATE NOT NULL DEFAULT '0000-00-00')",
    'SET sql_mode = DEFAULT',
    'CREATE TABLE t2 (d DATE)',
    "SET time_zone = '+05:00'",
    "CREATE TABLE t3 (t TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00')",
    'SET time_zone = DEFAULT',
    "CREATE TABLE t4 (t TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00')",
    "SET collation_server = 'latin1_german1_ci'",
    'CREATE DATABASE kept_latin',
    'SET collation_server = DEFAULT',
    'CREATE DATABASE kept_plain',
    'USE kept_latin',
    'CREATE TABLE t5 (c CHAR(9))',
    'USE kept_plain',
    'CREATE TABLE t6 (c CHAR(9))',
    'SET @n = 5',
    'CREATE EVENT e ON SCHEDULE EVERY @n MINUTE DO DO 1',
    'CREATE TABLE t7 (c CHAR(9))',
    'DROP DATABASE kept_plain',
    'CREATE TABLE kept.t8 (c CHAR(9))',
    'CREATE DATABASE kept_plain',
    'CREATE TABLE kept_plain.t9 (c CHAR(9))',
    'USE kept',
    'CREATE TABLE t10 (c CHAR(9))',
    'DROP TABLE t10, kept_latin.t5',
  );
});
