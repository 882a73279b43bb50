import type { Connection } from 'mysql2';
import type { ConnectionWatch } from './connection-watch.js';
import { ask, resetSession } from './server-link.js';

/**
 * What a reset of the session does not put back (seen on 9.7.4): the default database and the active roles stay, the character set becomes
 * the server's own instead of the one of the handshake, and `init_connect` does not run again.
 */
interface SessionState {
  readonly databaseName: string | null;
  readonly collation: string;
  /** Of servers that know roles. */
  readonly role?: string | null;
  readonly initConnect: string;
}

/** Roles came with 8.0 and MariaDB 10; each comment is for one of the two families. */
const stateQuery =
  'SELECT DATABASE() AS databaseName, @@SESSION.collation_connection AS collation, @@GLOBAL.init_connect AS initConnect' +
  ' /*!80000 , CURRENT_ROLE() AS role */ /*M! , CURRENT_ROLE() AS role */';

/** Own GTIDs are reported, and so is a change of that. */
const trackingSettings =
  'SESSION session_track_gtids=OWN_GTID, ' +
  "SESSION session_track_system_variables=CONCAT(@@SESSION.session_track_system_variables, ',session_track_gtids')";

/** As they were when the connection was new. */
interface FirstState extends SessionState {
  readonly isTracking: boolean;
}
const firstStates = new WeakMap<ConnectionWatch, FirstState>();

/**
 * Sets up a new connection, so that its writes are reported. A server that does not know what is asked for is used without: what is written
 * there is then asked for, each time. Rejects when the connection is lost.
 */
export async function setUpSession(watch: ConnectionWatch): Promise<void> {
  const { raw } = watch;
  const orNull = (error: unknown): null => {
    if (watch.lost !== null) throw error;
    return null;
  };
  const state = await readState(raw).catch(orNull);
  const mode = await ask(raw, `SET ${trackingSettings}`)
    .then(() => ask(raw, 'SELECT @@GLOBAL.gtid_mode AS mode'))
    .catch(orNull);
  const isTracking = /^ON/.test(String(mode?.rows[0]?.mode));
  if (state !== null) firstStates.set(watch, { ...state, isTracking });
  watch.setUp(isTracking);
}

/**
 * Makes a used connection as new. False: that cannot be done, and it must be closed; a session that was changed in what a reset leaves is
 * one of these. Rejects when the server refuses, or the connection is lost.
 */
export async function renewSession(watch: ConnectionWatch): Promise<boolean> {
  const { raw } = watch;
  const first = firstStates.get(watch);
  // What init_connect sets would be missing; whether it runs depends on the account.
  if (first === undefined || first.initConnect !== '') return false;
  await resetSession(raw);
  const names = `NAMES ${first.collation.replace(/_.*/, '')} COLLATE ${first.collation}`;
  await ask(raw, `SET ${first.isTracking ? `${names}, ${trackingSettings}` : names}`);
  const now = await readState(raw);
  const isSame = (['databaseName', 'role', 'collation'] as const).every((part) => now[part] === first[part]);
  watch.setUp(first.isTracking);
  return isSame;
}

async function readState(connection: Connection): Promise<SessionState> {
  const { rows } = await ask(connection, stateQuery);
  return rows[0] as unknown as SessionState;
}
