import { expect, test } from '@jest/globals';
import { promiseTests } from '../support/promise-tests.js';

const traps = Array.from({ length: 20 }, (_, i) => i + 1);

test.each(traps)('trap %d has a test whose name says so', (trap) => {
  const named = promiseTests().filter(({ title }) => title.includes(`trap ${trap}:`));
  expect(named.length).toBeGreaterThan(0);
  for (const { ids } of named) expect(ids).toContain(`T${trap}`);
});
