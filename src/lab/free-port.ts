import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const portMin = 10_000;
/** From here on Linux gives ports to whoever asks for any, unless it is told otherwise. */
const givenMinDefault = 32_768;
const triesMax = 50;

/**
 * A TCP port of 127.0.0.1 that nobody listened on a moment ago, below those that the system gives to clients and to listeners
 * on port 0: a server that is being restarted finds its port again. Another process may take it all the same before it is
 * used: whoever binds it must be ready to try again with another.
 */
export async function freePort(): Promise<number> {
  const givenMin = await portGivenMin();
  for (let tries = 1; givenMin > portMin && tries <= triesMax; tries += 1) {
    const port = await listenOnce(randomInt(portMin, givenMin)).catch(() => null);
    if (port !== null) return port;
  }
  return listenOnce(0);
}

/** The first of the ports that the system gives by itself: ip(7), `ip_local_port_range`. */
export async function portGivenMin(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  return Number.parseInt(range, 10) || givenMinDefault;
}

/** Listens on a port for a moment, 0: on any; gives its number, or rejects when it is taken. */
function listenOnce(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('the probe has no port'));
        else resolve(address.port);
      });
    });
  });
}
