import { dropSocket, openDriverConnection } from './driver-connection.js';
import type { ServerAddress } from './server-address.js';

/**
 * - `working`: the server runs a statement of the session.
 * - `idle`: it waits for one.
 * - `gone`: it knows no such session.
 * - `silent`: it does not answer, or takes no connection.
 * - `unknown`: it answers, but does not say.
 */
export type SessionSight = 'working' | 'idle' | 'gone' | 'silent' | 'unknown';

/** For connecting, and then for the answer. */
const lookMsMax = 4_000;

/** What a server says of one of our sessions, asked on another connection. Never rejects, and takes 8 s at most. */
export async function lookAtSession(address: ServerAddress, threadId: number): Promise<SessionSight> {
  try {
    const raw = await openDriverConnection(address, { sessionLabel: 'look', timeoutMs: lookMsMax });
    try {
      return await new Promise<SessionSight>((resolve) => {
        const timer = setTimeout(() => resolve('silent'), lookMsMax);
        raw.on('error', () => resolve('silent'));
        raw.query(
          // Whatever init_connect and the server's defaults are: one row of plain text.
          `SELECT COMMAND AS command FROM information_schema.PROCESSLIST WHERE ID = ${threadId}`,
          (error: { readonly fatal?: boolean } | null, rows: unknown) => {
            clearTimeout(timer);
            if (error !== null) resolve(error.fatal === true ? 'silent' : 'unknown');
            else resolve(sightOf((rows as readonly { readonly command: string }[])[0]?.command));
          },
        );
      });
    } finally {
      dropSocket(raw);
    }
  } catch (error) {
    // A server that refuses us is there: it has no room, or the account was changed meanwhile.
    const { errno = 0 } = error as { readonly errno?: number };
    // A server's numbers are above zero, the operating system's, as Node tells them, below.
    return errno > 0 ? 'unknown' : 'silent';
  }
}

function sightOf(command: string | undefined): SessionSight {
  if (command === undefined) return 'gone';
  return command === 'Sleep' ? 'idle' : 'working';
}
