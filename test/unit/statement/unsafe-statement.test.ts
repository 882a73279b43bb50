import { expect, test } from '@jest/globals';
import { unsafeReasons } from '../../../src/statement/unsafe-statement.js';
import type { QueryEvent } from '../../../src/binlog/query-event.js';

function reasonsOf(text: string): string[] {
  return unsafeReasons({
    statement: Buffer.from(text, 'latin1'),
    context: { sqlMode: 0n, charset: null },
  } as unknown as QueryEvent);
}

test.each([
  ["INSERT INTO t VALUES (1, 'UUID() LIMIT 1')", 0],
  ['INSERT IGNORE INTO t VALUES (1), (1)', 0],
  ['INSERT IGNORE INTO t SELECT * FROM s', 1],
  ['UPDATE IGNORE t SET id = id + 1', 1],
  ['DELETE FROM t ORDER BY id LIMIT 1', 0],
  ['DELETE FROM t LIMIT 1', 1],
  ['INSERT INTO t VALUES (UUID(), @@hostname)', 2],
  ['INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2', 1],
])('%s: %i', (statement, reasons) => {
  expect(reasonsOf(statement)).toHaveLength(reasons);
});
