import { TailraceError } from '../../errors/tailrace-error.js';
import { isMysqlAtLeast, parseServerVersion } from '../../mysql/server-version.js';
import type { ReplicaSession } from '../replica-session.js';

/** Before, a prepared transaction was rolled back with its session. */
const keptSince = [5, 7, 7] as const;

/**
 * Whether the replica can hold a prepared transaction until its outcome comes, whatever is killed in between. Rejects with
 * TR_XA_REPLICA.
 */
export async function requireXaReplica({ control, ownGtids }: ReplicaSession, xid: string): Promise<void> {
  const [row] = await control.query<{ version: string; logs: string; mode: string }>(
    'SELECT VERSION() AS version, @@GLOBAL.log_bin AS logs, @@GLOBAL.gtid_mode AS mode',
  );
  const refuse = (why: string): TailraceError =>
    new TailraceError('TR_XA_REPLICA', {
      what: `the source ran XA transaction ${xid}, which the replica cannot prepare safely`,
      why,
    });
  if (!isMysqlAtLeast(parseServerVersion(row?.version ?? ''), ...keptSince)) {
    throw refuse(`${row?.version} rolls a prepared transaction back when its session ends`);
  }
  if (String(row?.logs) !== '1') {
    throw refuse('it writes no binary log, and would forget what is prepared in a crash');
  }
  if (!ownGtids && row?.mode !== 'OFF') {
    throw refuse(
      `its gtid_mode is ${row?.mode}: preparing would make a GTID of its own, which the source never had`,
    );
  }
}
