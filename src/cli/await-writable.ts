import { setTimeout as sleep } from 'node:timers/promises';
import { TimedSession } from '../endpoint/timed-session.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';

const lookMs = 2_000;

/**
 * Tools for failover set super_read_only for some seconds. After an error that says so: resolves when the replica takes writes
 * again. After any other error, and once `signal` is aborted, it never does.
 */
export async function awaitWritable(
  error: TailraceError,
  replica: ServerAddress,
  signal: AbortSignal,
): Promise<void> {
  const variable = variables.get(error.code);
  if (variable === undefined) return new Promise(() => undefined);
  const session = new TimedSession(replica, 'writable', lookMs);
  signal.addEventListener('abort', () => session.end(), { once: true });
  while (!signal.aborted) {
    await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    const isOff = session.run(async (connection) => {
      const [row] = await connection.query<{ value: string }>(`SELECT @@GLOBAL.${variable} AS value`);
      return String(row?.value) === '0';
    });
    // Why it did not answer does not matter: the next try of the link tells.
    if (await isOff.catch(() => false)) break;
  }
  session.end();
}

const variables: ReadonlyMap<string, string> = new Map([
  ['TR_REPLICA_SUPER_READ_ONLY', 'super_read_only'],
  ['TR_REPLICA_READ_ONLY', 'read_only'],
]);
