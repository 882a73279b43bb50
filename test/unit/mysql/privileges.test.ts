import { describe, expect, test } from '@jest/globals';
import { Privileges } from '../../../src/mysql/privileges.js';

describe('privileges', () => {
  test('global ones hold everywhere', () => {
    const privileges = Privileges.parse([
      'GRANT SELECT, REPLICATION SLAVE ON *.* TO `u`@`%`',
      'GRANT BINLOG_ADMIN,REPLICATION_APPLIER ON *.* TO `u`@`%` WITH GRANT OPTION',
      'GRANT `role ON *.* TO x`@`%` TO `u`@`%`',
      'GRANT PROXY ON ``@`` TO `u`@`%` WITH GRANT OPTION',
    ]);
    for (const name of [
      'SELECT',
      'REPLICATION SLAVE',
      'BINLOG_ADMIN',
      'REPLICATION_APPLIER',
      'GRANT OPTION',
    ]) {
      expect([name, privileges.hasGlobal(name)]).toEqual([name, true]);
    }
    expect(privileges.hasGlobal('INSERT')).toBe(false);
    expect(privileges.hasOnSchema('any', 'SELECT')).toBe(true);
    expect(privileges.hasOnTable('any', 'table', 'SELECT')).toBe(true);
  });

  test('ALL PRIVILEGES of an old server, whose line ends in a password hash', () => {
    const privileges = Privileges.parse([
      "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' IDENTIFIED BY PASSWORD '*3C82'",
    ]);
    expect(privileges.hasGlobal('SUPER')).toBe(true);
    expect(privileges.hasGlobal('GRANT OPTION')).toBe(false);
  });

  test('those on a schema: its name is a pattern', () => {
    const privileges = Privileges.parse([
      'GRANT INSERT ON `app\\_%`.* TO `u`@`%`',
      'GRANT UPDATE ON `a_c`.* TO `u`@`%`',
      'GRANT DELETE ON `with``tick.dot`.* TO `u`@`%`',
    ]);
    expect(privileges.hasOnSchema('app_one', 'INSERT')).toBe(true);
    expect(privileges.hasOnSchema('appXone', 'INSERT')).toBe(false);
    expect(privileges.hasOnSchema('abc', 'UPDATE')).toBe(true);
    expect(privileges.hasOnSchema('abbc', 'UPDATE')).toBe(false);
    expect(privileges.hasOnSchema('with`tick.dot', 'DELETE')).toBe(true);
    expect(privileges.hasOnSchema('app_one', 'DELETE')).toBe(false);
    expect(privileges.hasGlobal('INSERT')).toBe(false);
  });

  test('those on a table and on columns', () => {
    const privileges = Privileges.parse(['GRANT SELECT, UPDATE (`a, b`, `c`), INSERT ON `s`.`t` TO `u`@`%`']);
    expect(privileges.hasOnTable('s', 't', 'SELECT')).toBe(true);
    expect(privileges.hasOnTable('s', 't', 'INSERT')).toBe(true);
    expect(privileges.hasOnTable('s', 't', 'UPDATE')).toBe(false);
    expect(privileges.hasOnTable('s', 'other', 'SELECT')).toBe(false);
    expect(privileges.hasOnSchema('s', 'SELECT')).toBe(false);
  });
});
