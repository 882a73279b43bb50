import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../errors/tailrace-error.js';
import { addressLabel } from './connection-failure.js';
import type { ServerConnection } from './server-connection.js';

/** MySQL takes user-level lock names of 64 characters at most (GET_LOCK in the manual). */
const lockNameLength = 64;
/** So long after its client a session may live, and keep its locks, while the server ends what it was doing. */
const afterlifeSeconds = 2;
const pollMs = 100;

/** The session that holds a link's lock. */
export interface LinkLockHolder {
  /** Processlist id on the replica. */
  readonly threadId: number;
  /** Null when this user may not see other sessions (PROCESS). */
  readonly user: string | null;
  /** `host:port` it comes from. */
  readonly host: string | null;
}

/** The name of the user-level lock on the replica that keeps a second tailrace from applying the link. */
export function linkLockName(linkName: string): string {
  return lockName(linkName);
}

/** The name of the lock that the session of a link's statement holds while the statement runs. */
export function statementLockName(linkName: string): string {
  return lockName(`${linkName}\nstatement`);
}

function lockName(linkName: string): string {
  const digest = createHash('sha256').update(linkName, 'utf8').digest('hex');
  return `tailrace:${digest}`.slice(0, lockNameLength);
}

/** Who holds the link's lock; null when it is free. */
export async function readLinkLockHolder(
  connection: ServerConnection,
  linkName: string,
): Promise<LinkLockHolder | null> {
  const used = await connection.query<{ holder: string | null }>('SELECT IS_USED_LOCK(?) AS holder', [
    linkLockName(linkName),
  ]);
  const holder = used[0]?.holder ?? null;
  if (holder === null) return null;
  const sessions = await connection.query<{ user: string; host: string }>(
    'SELECT USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE ID = ?',
    [Number(holder)],
  );
  return { threadId: Number(holder), user: sessions[0]?.user ?? null, host: sessions[0]?.host ?? null };
}

/** Who holds the link's lock for longer than a session that is ending does; null when it is free. */
export async function readLastingLinkLockHolder(
  connection: ServerConnection,
  linkName: string,
): Promise<LinkLockHolder | null> {
  const deadlineMs = performance.now() + afterlifeSeconds * 1_000;
  for (;;) {
    const holder = await readLinkLockHolder(connection, linkName);
    if (holder === null || performance.now() >= deadlineMs) return holder;
    await sleep(pollMs);
  }
}

/**
 * Takes the link's lock for as long as this session lives; waits for a session that is ending. Errors: TR_LINK_LOCKED,
 * naming the holder. On MySQL 5.6 a session holds one such lock only: use a session that takes no other.
 */
export async function acquireLinkLock(connection: ServerConnection, linkName: string): Promise<void> {
  if (await takeLock(connection, linkLockName(linkName), afterlifeSeconds)) return;
  const holder = await readLinkLockHolder(connection, linkName);
  throw linkLocked(linkName, addressLabel(connection.address), holder);
}

/** Takes a user-level lock for as long as this session lives; false when another session has kept it for so long. */
export async function takeLock(
  connection: ServerConnection,
  name: string,
  waitSeconds: number,
): Promise<boolean> {
  const rows = await connection.query<{ got: string | null }>('SELECT GET_LOCK(?, ?) AS got', [
    name,
    waitSeconds,
  ]);
  return String(rows[0]?.got) === '1';
}

/** TR_LINK_LOCKED. */
export function linkLocked(linkName: string, replica: string, holder: LinkLockHolder | null): TailraceError {
  return new TailraceError('TR_LINK_LOCKED', { ...linkLockedDetails(linkName, replica, holder) });
}

/** What is said about a link that another tailrace applies. */
export function linkLockedDetails(
  linkName: string,
  replica: string,
  holder: LinkLockHolder | null,
): { readonly what: string; readonly why: string; readonly cure: string } {
  const by =
    holder === null
      ? 'The session that held it has just ended.'
      : `Session ${String(holder.threadId)} of ${replica}, ${holder.user ?? 'another user'} from ${holder.host ?? 'an unknown host'}, holds its lock.`;
  return {
    what: `Another tailrace applies link ${linkName} on ${replica}.`,
    why: by,
    cure:
      holder === null
        ? 'Start again.'
        : `Stop the other one, or wait until it ends. If its host is gone for good: KILL ${String(holder.threadId)};`,
  };
}
