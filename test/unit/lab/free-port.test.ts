import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort, portGivenMin } from '../../../src/lab/free-port.js';

/** A machine may give ports from here on or from lower ones: then there is no room below for the lab. */
const roomFrom = 10_000;

test('a port of the lab is none that the system gives to others while its server is being restarted', async () => {
  const givenMin = await portGivenMin();
  for (let tries = 1; tries <= 20; tries += 1) {
    const port = await freePort();
    expect(port < givenMin).toBe(givenMin > roomFrom);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  }
});
