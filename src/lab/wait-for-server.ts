import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from '../mysql/server-address.js';
import { openConnection } from '../mysql/server-connection.js';

const startTimeoutMs = 120_000;
const pollMs = 30;

/**
 * Waits until a server that was just started lets us in, and returns its version. `ended` tells why it never will, or
 * null while it may. Throws an Error with that reason, or when the time is up.
 */
export async function waitForServer(address: ServerAddress, ended: () => string | null): Promise<string> {
  const deadline = Date.now() + startTimeoutMs;
  let lastFailure = '';
  while (Date.now() < deadline) {
    await sleep(pollMs);
    const reason = ended();
    if (reason !== null) throw new Error(reason);
    try {
      const connection = await openConnection(address, { sessionLabel: 'lab' });
      const [row] = await connection.query<{ version: string }>('SELECT VERSION() AS version');
      await connection.close();
      return row?.version ?? '';
    } catch (error) {
      // Also a refused password: until the server has read its first statements, root has none.
      lastFailure = (error as Error).message;
    }
  }
  throw new Error(`it let nobody in within ${startTimeoutMs / 1000} s: ${lastFailure}`);
}
