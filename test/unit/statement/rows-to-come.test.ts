import { describe, expect, test } from '@jest/globals';
import { nameGoneSchema } from '../../../src/statement/gone-schema.js';
import { createdTable, withRowsToCome } from '../../../src/statement/rows-to-come.js';

const options = { escapes: true, clientCollation: null };
const clause = 'START TRANSACTION';

describe('a table that is created with its rows', () => {
  test.each([
    ['CREATE TABLE t (a INT)', `CREATE TABLE t (a INT)\n${clause}`],
    [`CREATE TABLE t (a INT) ${clause}`, `CREATE TABLE t (a INT) ${clause}`],
    [
      'CREATE TABLE `p` (\n `id` int\n) ENGINE=InnoDB\n/*!50100 PARTITION BY HASH (id)\nPARTITIONS 4 */',
      `CREATE TABLE \`p\` (\n \`id\` int\n) ENGINE=InnoDB\n\n${clause}\n/*!50100 PARTITION BY HASH (id)\nPARTITIONS 4 */`,
    ],
    [
      `CREATE TABLE p (id INT) ${clause}\nPARTITION BY KEY (id)`,
      `CREATE TABLE p (id INT) ${clause}\nPARTITION BY KEY (id)`,
    ],
    [
      "CREATE TABLE p (`PARTITION BY` INT COMMENT 'PARTITION BY') -- PARTITION BY",
      `CREATE TABLE p (\`PARTITION BY\` INT COMMENT 'PARTITION BY')\n${clause}\n -- PARTITION BY`,
    ],
    ['CREATE TABLE t AS SELECT 1', 'CREATE TABLE t AS SELECT 1'],
    ['CREATE TABLE t (a INT) PARTITION BY KEY (a) SELECT 1 AS a', null],
  ])('%s', (statement, expected) => {
    const made = withRowsToCome(statement, options);
    if (expected !== null) expect(made).toBe(expected);
  });

  test.each([
    ['CREATE TABLE t (a INT)', 't'],
    ['CREATE TABLE IF NOT EXISTS `a``b`.`t` (a INT)', '`a``b`.`t`'],
    ['CREATE OR REPLACE TABLE d . t (a INT)', 'd.t'],
    ['CREATE VIEW v AS SELECT 1', null],
  ])('the name in %s', (statement, name) => {
    expect(createdTable(statement, options)).toBe(name);
  });
});

test.each([
  ['DROP TABLE IF EXISTS x, k.t, `y`', 'DROP TABLE IF EXISTS `d`.x, k.t, `d`.`y`'],
  [
    'DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `tmp`',
    'DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `d`.`tmp`',
  ],
  ['DROP PROCEDURE IF EXISTS p', 'DROP PROCEDURE IF EXISTS `d`.p'],
  ['DROP VIEW IF EXISTS v RESTRICT', 'DROP VIEW IF EXISTS `d`.v RESTRICT'],
  ["GRANT SELECT ON * TO u@'%'", "GRANT SELECT ON `d`.* TO u@'%'"],
  ["GRANT SELECT ON *.* TO u@'%'", "GRANT SELECT ON *.* TO u@'%'"],
  ["REVOKE EXECUTE ON PROCEDURE p FROM u@'%'", "REVOKE EXECUTE ON PROCEDURE `d`.p FROM u@'%'"],
  ['DROP DATABASE IF EXISTS x', 'DROP DATABASE IF EXISTS x'],
  ['CREATE TABLE k.t (a INT)', 'CREATE TABLE k.t (a INT)'],
])('a default schema that is gone: %s', (statement, expected) => {
  expect(nameGoneSchema(statement, 'd', options)).toBe(expected);
});
