import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ServerConnection } from '../mysql/server-connection.js';

/** What ends sooner is nobody's business. */
const lookEveryMs = 2_000;
/** States of a session that waits for a lock on tables, schemas or the server (MySQL's sql/mdl.cc and sql/lock.cc). */
const waitingState = /^Waiting for .*(lock|flush)$/;

/** A session that runs something for long, and one that is free to ask about it. */
export interface LockWatch {
  readonly control: ServerConnection;
  readonly session: number;
  /** What it runs, in a DBA's words. */
  readonly what: string;
  readonly log: Logger;
}

/**
 * Waits for `work`, and says in the log when it waits itself: for a metadata lock the replica lets a session wait for
 * `lock_wait_timeout`, by default a year, and tells nobody.
 */
export async function tellLockWaits(work: Promise<void>, watch: LockWatch): Promise<void> {
  const ended = new AbortController();
  // What cannot be asked is not told. Whoever has lost the replica learns it from the work itself.
  const watching = lookForWait(watch, ended.signal).catch(() => undefined);
  try {
    await work;
  } finally {
    ended.abort();
    await watching;
  }
}

async function lookForWait({ control, session, what, log }: LockWatch, ended: AbortSignal): Promise<void> {
  // Ends with the work at the latest: the pause is then broken off.
  for (;;) {
    await sleep(lookEveryMs, undefined, { signal: ended });
    const [row] = await control.query<{ state: string | null }>(
      'SELECT STATE AS state FROM information_schema.PROCESSLIST WHERE ID = ?',
      [session],
    );
    const state = row?.state ?? '';
    if (ended.aborted || !waitingState.test(state)) continue;
    const holders = await lockHolders(control, session);
    log.warn(
      { transaction: what, session, state, holders },
      'a statement waits for a lock that another session of the replica holds, and the link with it',
    );
    return;
  }
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
