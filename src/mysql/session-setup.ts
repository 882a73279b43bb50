import { parseServerVersion, type ServerVersion } from './server-version.js';

/**
 * A session of ours is asked for something every 5 s (see `SessionPulse`). When this process or its host is gone and nobody told the
 * server, the server ends the session after this time, with its locks and what it has open.
 */
const waitTimeoutSeconds = 60;
const unlimited = '18446744073709551615';

type Since = readonly [major: number, minor: number, patch: number];

interface Setting {
  readonly text: string;
  /** The first MySQL that has it, and the first that has it no longer; left out: all have it, or none lost it. */
  readonly mysql?: Since | null;
  readonly mysqlUntil?: Since;
  /** The same of MariaDB; null: it does not have it. */
  readonly mariadb?: Since | null;
  readonly mariadbUntil?: Since;
}

/**
 * Whatever the defaults of a server are, a statement of ours means the same in every session, reads all there is and is not cut
 * off. What a statement of the source takes from its own session, or as native replication does from the replica's defaults,
 * such as `default_storage_engine`, is not here.
 */
const settings: readonly Setting[] = [
  { text: 'autocommit=1' },
  { text: "completion_type='NO_CHAIN'" },
  { text: "sql_mode='STRICT_ALL_TABLES'" },
  { text: `wait_timeout=${waitTimeoutSeconds}` },
  { text: 'net_read_timeout=60' },
  { text: 'net_write_timeout=60' },
  { text: 'lock_wait_timeout=31536000' },
  { text: 'innodb_lock_wait_timeout=50' },
  { text: 'foreign_key_checks=1' },
  { text: 'unique_checks=1' },
  // The limit first: it switches large joins off again.
  { text: `max_join_size=${unlimited}` },
  { text: 'sql_big_selects=1' },
  { text: `sql_select_limit=${unlimited}` },
  { text: 'sql_safe_updates=0' },
  { text: 'sql_auto_is_null=0' },
  { text: 'sql_buffer_result=0' },
  { text: 'sql_quote_show_create=1' },
  { text: 'sql_notes=1' },
  { text: 'max_sort_length=1024' },
  { text: 'group_concat_max_len=1073741824' },
  { text: 'div_precision_increment=4' },
  { text: "lc_messages='en_US'" },
  { text: "lc_time_names='en_US'" },
  { text: "tx_isolation='REPEATABLE-READ'", mysqlUntil: [5, 7, 20], mariadbUntil: [11, 1, 0] },
  { text: 'tx_read_only=0', mysqlUntil: [5, 7, 20], mariadbUntil: [11, 1, 0] },
  { text: "transaction_isolation='REPEATABLE-READ'", mysql: [5, 7, 20], mariadb: [11, 1, 0] },
  { text: 'transaction_read_only=0', mysql: [5, 7, 20], mariadb: [11, 1, 0] },
  { text: 'max_execution_time=0', mysql: [5, 7, 8], mariadb: null },
  { text: 'max_statement_time=0', mysql: null, mariadb: [10, 1, 1] },
  // The driver would follow what they tell: it knows neither every character set nor every kind of news.
  { text: "session_track_system_variables=''", mysql: [5, 7, 4], mariadb: [10, 2, 2] },
  { text: 'session_track_schema=0', mysql: [5, 7, 4], mariadb: [10, 2, 2] },
  { text: 'session_track_state_change=0', mysql: [5, 7, 4], mariadb: [10, 2, 2] },
  { text: "session_track_transaction_info='OFF'", mysql: [5, 7, 8], mariadb: [10, 2, 2] },
  { text: "session_track_gtids='OFF'", mysql: [5, 7, 6], mariadb: null },
  { text: 'information_schema_stats_expiry=0', mysql: [8, 0, 3], mariadb: null },
  { text: "terminology_use_previous='NONE'", mysql: [8, 0, 26], mariadb: null },
  { text: 'show_gipk_in_create_table_and_information_schema=1', mysql: [8, 0, 30], mariadb: null },
];

/** The one statement that sets up a session on a server of this version, as it told when it greeted. */
export function sessionSetup(versionText: string): string {
  const version = parseServerVersion(versionText);
  const known = settings.filter((setting) => hasSetting(version, setting));
  const assignments = known.map(({ text }) => `SESSION ${text}`);
  // init_connect may have changed what the driver and the server agreed on.
  return `SET NAMES utf8mb4 COLLATE utf8mb4_general_ci, ${assignments.join(', ')}`;
}

function hasSetting(version: ServerVersion, setting: Setting): boolean {
  const isMariadb = version.flavour === 'mariadb';
  const since = isMariadb ? setting.mariadb : setting.mysql;
  const until = isMariadb ? setting.mariadbUntil : setting.mysqlUntil;
  if (since === null) return false;
  return (
    (since === undefined || isAtLeast(version, since)) && (until === undefined || !isAtLeast(version, until))
  );
}

function isAtLeast({ major, minor, patch }: ServerVersion, [ofMajor, ofMinor, ofPatch]: Since): boolean {
  if (major !== ofMajor) return major > ofMajor;
  return minor === ofMinor ? patch >= ofPatch : minor > ofMinor;
}
