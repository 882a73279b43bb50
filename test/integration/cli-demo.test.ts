import { expect, test } from '@jest/globals';
import { tailrace, TailraceProcess } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

test('the demo ends with both replicas equal to the source [P3]', async () => {
  const { code, stdout, stderr } = await tailrace(['demo', '--seconds', '8']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/Replica 2 lacks \d/);
  expect(stdout).toMatch(/: caught up\. /);
  for (const replica of [1, 2]) expect(stdout).toContain(`Replica ${replica} equals the source`);
});

test('Ctrl-C ends the demo', async () => {
  const running = new TailraceProcess(['demo', '--seconds', '60']);
  await waitFor(() => running.stdout.includes('left behind on purpose'), { what: 'the demo to start' });
  running.signal('SIGINT');
  const { code, stdout } = await running.end();
  expect(code).toBe(0);
  expect(stdout).toContain('Ended before the servers were compared.');
});
