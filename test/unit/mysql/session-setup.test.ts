import { describe, expect, test } from '@jest/globals';
import { sessionSetup } from '../../../src/mysql/session-setup.js';

describe('sessionSetup', () => {
  test.each([
    [
      '5.6.24-log',
      ["tx_isolation='REPEATABLE-READ'", 'tx_read_only=0'],
      ['max_execution_time', 'transaction_isolation'],
    ],
    ['5.7.7', ['tx_read_only=0'], ['max_execution_time', 'session_track_transaction_info']],
    [
      '5.7.44',
      ['transaction_read_only=0', 'max_execution_time=0'],
      ['tx_read_only', 'information_schema_stats_expiry'],
    ],
    [
      '8.0.11',
      ['information_schema_stats_expiry=0'],
      ['terminology_use_previous', 'show_gipk', 'max_statement_time'],
    ],
    ['9.7.4', ['transaction_isolation=', 'show_gipk_in', 'terminology_use_previous'], ['tx_isolation']],
    [
      '5.5.5-10.11.6-MariaDB',
      ['tx_read_only=0', 'max_statement_time=0'],
      ['max_execution_time', 'session_track_gtids'],
    ],
    [
      '11.8.2-MariaDB-log',
      ['transaction_read_only=0', 'max_statement_time=0'],
      ['tx_isolation', 'show_gipk'],
    ],
  ])('%s: one statement with all that this server knows, and nothing else', (version, has, hasNot) => {
    const statement = sessionSetup(version);
    expect(statement).not.toContain(';');
    for (const text of ['NAMES utf8mb4', 'autocommit=1', 'sql_select_limit=', 'wait_timeout=60', ...has])
      expect(statement).toContain(text);
    for (const text of hasNot) expect(statement).not.toContain(text);
  });

  test('the limit of joins comes before what it would switch off again', () => {
    const statement = sessionSetup('9.7.4');
    expect(statement.indexOf('max_join_size')).toBeLessThan(statement.indexOf('sql_big_selects'));
  });
});
