import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CheckpointStore } from '../../checkpoint/checkpoint-store.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { ReplicaSettings } from '../replica-settings.js';
import { statementLockName, takeLock } from '../../mysql/link-lock.js';
import { openConnection, type ServerConnection } from '../../mysql/server-connection.js';

const pollMs = 200;
/**
 * A server closes a connection before it gives up the locks of its session: the statement before may be over, and its lock not free yet.
 * Who waits for a later owner's statement instead learns of that owner behind the lock, or after this time.
 */
const claimWaitSeconds = 10;

/*
 * Counter-example: tailrace is killed while its ALTER TABLE runs on the replica. The server notices that the client is gone
 * only when the statement ends. Without a GTID the next tailrace finds the schema as it was before, runs the ALTER once more
 * behind the first one, and fails, or worse: a RENAME or a TRUNCATE does not fail.
 *
 * Therefore the session of a statement holds a lock as long as it lives, and whoever takes the link over waits for it.
 * Under a GTID all that is not needed: the server itself runs a statement of one GTID once.
 */

/** Makes `connection` the session of the link's statement. Rejects with TR_LINK_LOST_OWNERSHIP when the link has another owner. */
export async function claimStatement(
  connection: ServerConnection,
  linkName: string,
  checkpoint: CheckpointStore,
): Promise<void> {
  const isOurs = await takeLock(connection, statementLockName(linkName), claimWaitSeconds);
  // In this order: an owner that comes now waits for our lock.
  if (isOurs && (await checkpoint.isOwned(connection))) return;
  throw new TailraceError('TR_LINK_LOST_OWNERSHIP', {
    what: 'another tailrace took this link over; its statement was not run',
  });
}

/** Waits until no session of an earlier owner runs a statement of this link any more, or until the signal. */
export async function awaitEarlierStatement(
  settings: ReplicaSettings,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Logger },
): Promise<void> {
  const connection = await openConnection(settings.replica, { sessionLabel: 'takeover' });
  try {
    for (let polls = 0; !signal.aborted; polls++) {
      const rows = await connection.query<{ holder: string | null }>('SELECT IS_USED_LOCK(?) AS holder', [
        statementLockName(settings.name),
      ]);
      const holder = rows[0]?.holder ?? null;
      if (holder === null) return;
      if (polls === 0) {
        log.warn(
          { session: Number(holder) },
          'an earlier tailrace left a statement that still runs on the replica: waiting for it',
        );
      }
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await connection.close();
  }
}
