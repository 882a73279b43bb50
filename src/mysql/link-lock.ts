import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../errors/tailrace-error.js';
import { addressLabel } from './connection-failure.js';
import { deadIdleSeconds, killSession } from './dead-sessions.js';
import type { ServerConnection } from './server-connection.js';

/** MySQL takes user-level lock names of 64 characters at most (GET_LOCK in the manual). */
const lockNameLength = 64;
/** So long after its client a session may live, and keep its locks, while the server ends what it was doing. */
const afterlifeSeconds = 2;
const pollMs = 250;

/** The session that holds a link's lock. */
export interface LinkLockHolder {
  /** Processlist id on the replica. */
  readonly threadId: number;
  /** Null when this user may not see other sessions (PROCESS). */
  readonly user: string | null;
  /** `host:port` it comes from. */
  readonly host: string | null;
  /** For how long it has been waiting for a statement; null: it runs one, or belongs to another user. */
  readonly idleSeconds: number | null;
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
  const sessions = await connection.query<{ user: string; host: string; idle: string | null }>(
    "SELECT USER AS user, HOST AS host, IF(COMMAND = 'Sleep' AND USER = SUBSTRING_INDEX(USER(), '@', 1), TIME, NULL) AS idle " +
      'FROM information_schema.PROCESSLIST WHERE ID = ?',
    [Number(holder)],
  );
  const { user = null, host = null, idle = null } = sessions[0] ?? {};
  return { threadId: Number(holder), user, host, idleSeconds: idle === null ? null : Number(idle) };
}

/** Who holds the link's lock and is alive; null when it is free, or held by a dead session, which a start will end. */
export async function readLastingLinkLockHolder(
  connection: ServerConnection,
  linkName: string,
): Promise<LinkLockHolder | null> {
  const watched = await watchHolder(connection, linkName);
  return watched === null || watched.isDead ? null : watched.holder;
}

/**
 * Takes the link's lock for as long as this session lives; waits for a session that is ending, and ends one whose tailrace is gone
 * without a word. Returns the id of that session; null: there was none. Errors: TR_LINK_LOCKED, naming the holder. On MySQL
 * 5.6 a session holds one such lock only: use a session that takes no other.
 */
export async function acquireLinkLock(
  connection: ServerConnection,
  linkName: string,
): Promise<number | null> {
  const name = linkLockName(linkName);
  if (await takeLock(connection, name, afterlifeSeconds)) return null;
  const watched = await watchHolder(connection, linkName);
  const ended = watched?.isDead === true && (await killSession(connection, watched.holder.threadId));
  if (ended || watched === null) {
    if (await takeLock(connection, name, afterlifeSeconds)) return ended ? watched.holder.threadId : null;
  }
  const holder = await readLinkLockHolder(connection, linkName);
  throw linkLocked(linkName, addressLabel(connection.address), holder);
}

/**
 * Watches the holder of the link's lock until it is known to be alive or dead; null: the lock is free. A live one is asked for something
 * every few seconds (see `SessionPulse`), so that the server never sees it idle for long.
 */
async function watchHolder(
  connection: ServerConnection,
  linkName: string,
): Promise<{ readonly holder: LinkLockHolder; readonly isDead: boolean } | null> {
  const startedMs = performance.now();
  let firstIdleSinceMs: number | null = null;
  for (;;) {
    const holder = await readLinkLockHolder(connection, linkName);
    if (holder === null) return null;
    const nowMs = performance.now();
    const isOver = nowMs - startedMs >= afterlifeSeconds * 1_000;
    if (holder.idleSeconds === null) {
      if (isOver) return { holder, isDead: false };
    } else {
      if (holder.idleSeconds >= deadIdleSeconds) return { holder, isDead: true };
      const idleSinceMs = nowMs - holder.idleSeconds * 1_000;
      firstIdleSinceMs ??= idleSinceMs;
      // Whole seconds, and so up to one too early.
      const wasActive = idleSinceMs - firstIdleSinceMs > 1_500;
      if (isOver && (wasActive || nowMs - startedMs > deadIdleSeconds * 2_000))
        return { holder, isDead: false };
    }
    await sleep(pollMs);
  }
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
        : `Stop the other one, or wait until it ends. If it hangs: KILL ${String(holder.threadId)};`,
  };
}
