import type { Logger } from 'pino';
import type { ServerConnection } from '../mysql/server-connection.js';

/** What ends sooner is nobody's business. */
const lookEveryMs = 2_000;
/** States of a session that waits for a lock on tables, schemas or the server (MySQL's sql/mdl.cc and sql/lock.cc). */
const waitingState = /^Waiting for .*(lock|flush)$/;

/** Sessions that may have to wait, and one that is free to ask about it. */
export interface LockWatch {
  readonly control: ServerConnection;
  readonly sessions: readonly number[];
  /** What they run, in a DBA's words: a statement, rows. */
  readonly subject: string;
  /** Which of them, made when it is said. */
  readonly what: () => string;
  readonly log: Logger;
}

/**
 * Waits for `work`, and says in the log when it waits itself: for a lock on a table or on the server the replica lets a session
 * wait for `lock_wait_timeout`, by default a year, and tells nobody. Says it once, and when the wait is over.
 */
export async function tellLockWaits<T>(work: Promise<T>, watch: LockWatch): Promise<T> {
  const startMs = performance.now();
  let told = false;
  let looking = null as Promise<void> | null;
  const look = async (): Promise<void> => {
    // If the replica cannot be asked, nothing is logged. A lost replica shows in the work itself.
    told = await tellWait(watch).catch(() => false);
    looking = null;
  };
  const timer = setInterval(() => {
    if (!told) looking ??= look();
  }, lookEveryMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    await looking;
    if (told) {
      const seconds = Math.round((performance.now() - startMs) / 1000);
      watch.log.info({ transaction: watch.what(), seconds }, `${watch.subject} no longer waits for a lock`);
    }
  }
}

/** True if a session waits and the log says so. */
async function tellWait({ control, sessions, subject, what, log }: LockWatch): Promise<boolean> {
  const rows = await control.query<{ id: string | number; state: string | null }>(
    'SELECT ID AS id, STATE AS state FROM information_schema.PROCESSLIST WHERE ' +
      `ID IN (${sessions.join()})`,
  );
  const waiting = rows.find(({ state }) => waitingState.test(state ?? ''));
  if (waiting === undefined) return false;
  const session = Number(waiting.id);
  const holders = await lockHolders(control, session);
  log.warn(
    { transaction: what(), session, state: waiting.state, holders },
    `${subject} waits for a lock that another session of the replica holds, and the link with it`,
  );
  return true;
}

/** Sessions that hold a lock on what this one waits for; empty where the server does not tell, or not this user. */
async function lockHolders(control: ServerConnection, session: number): Promise<number[]> {
  try {
    const rows = await control.query<{ id: string | number }>(
      'SELECT DISTINCT holder.PROCESSLIST_ID AS id FROM performance_schema.metadata_locks wanted ' +
        'JOIN performance_schema.threads waiting ON waiting.THREAD_ID = wanted.OWNER_THREAD_ID ' +
        'JOIN performance_schema.metadata_locks held ON held.OBJECT_TYPE = wanted.OBJECT_TYPE ' +
        'AND held.OBJECT_SCHEMA <=> wanted.OBJECT_SCHEMA AND held.OBJECT_NAME <=> wanted.OBJECT_NAME ' +
        'JOIN performance_schema.threads holder ON holder.THREAD_ID = held.OWNER_THREAD_ID ' +
        "WHERE waiting.PROCESSLIST_ID = ? AND wanted.LOCK_STATUS = 'PENDING' AND held.LOCK_STATUS = 'GRANTED' " +
        'AND holder.PROCESSLIST_ID <> waiting.PROCESSLIST_ID',
      [session],
    );
    return rows.map(({ id }) => Number(id));
  } catch {
    return [];
  }
}
