import { expect, test } from '@jest/globals';
import { sessionStatement } from '../../../src/statement/session-statements.js';
import { readSessionContext } from '../../../src/binlog/session-context.js';

/** Status variables of a query event: those that MySQL 9.7 writes with every statement, behind what a test puts first. */
const modern = (...first: readonly number[]): Buffer => Buffer.from([...first, 18, 0xff, 0x00]);

test.each([
  { from: 'a source since 8.0 that does not say it', status: modern(), expected: 1 },
  { from: 'a source since 8.0 that says on', status: modern(16, 1), expected: 1 },
  { from: 'a source since 8.0 that says off', status: modern(16, 0), expected: 0 },
  { from: 'an older source', status: Buffer.alloc(0), expected: 0 },
])('explicit_defaults_for_timestamp is $expected for $from', ({ status, expected }) => {
  expect(sessionStatement(readSessionContext(status), 5)).toContain(
    `@@session.explicit_defaults_for_timestamp=${expected},`,
  );
});
