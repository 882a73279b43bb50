import { test } from '@jest/globals';
import { linkSettings, makeLink } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const lab = useLab();
const ours = `SELECT COUNT(*) FROM performance_schema.session_connect_attrs
  WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE IN ('tailrace source', 'tailrace stream')`;

test('attempts that fail leave no connection behind on the server that is there', async () => {
  const { replica, onSource } = await lab();
  const { link, logged } = makeLink(linkSettings(await lab()));
  const stop = new AbortController();
  const running = link.run({ kind: 'forever' }, stop.signal);
  const attempts = (): number => logged.filter(({ retry_in_ms: ms }) => ms !== undefined).length;
  try {
    await sql(onSource, 'CREATE DATABASE s');
    await waitFor(() => link.progress().state === 'following');
    await replica.shutDown();
    await waitFor(() => attempts() >= 5, { what: 'five attempts' });
    // Its stream may end a moment later.
    await waitFor(async () => Number(await sqlValue(onSource, ours)) <= 3, { what: 'sessions to end' });
    await replica.restart();
    await waitFor(() => link.progress().state === 'following');
  } finally {
    stop.abort();
    await running;
  }
  await waitFor(async () => Number(await sqlValue(onSource, ours)) === 0, { what: 'every session to end' });
});
