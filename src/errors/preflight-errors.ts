import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** What is found before anything is changed: configuration, servers and how they are set. */
export const preflightErrors = {
  TR_CONFIG_INVALID: entry(
    exitCodes.usage,
    'The configuration or the command line has mistakes. All of them are listed.',
    'Correct each listed line. config/tailrace.example.yaml shows every setting.',
  ),
  TR_GTID_SYNTAX: entry(
    exitCodes.usage,
    'A text is not a GTID set.',
    'Write it as MySQL does: uuid:1-5:7, separated by commas.',
  ),
  TR_GTID_RANGE: entry(
    exitCodes.stopped,
    'A GTID has a transaction number above 2^53-2, which tailrace does not support.',
    'No server reaches this number by itself. Find the client that set GTID_NEXT to it.',
  ),
  TR_SERVER_UNREACHABLE: entry(
    exitCodes.unreachable,
    'A server did not accept a connection.',
    'Check that the server runs, and check the host, the port and firewalls in between.',
    'passes',
  ),
  TR_SERVER_ACCESS_DENIED: entry(
    exitCodes.unreachable,
    'A server refused the user or the password.',
    'Check the user name, the host it connects from, and the password.',
    'curable',
  ),
  TR_SERVER_LOST: entry(
    exitCodes.unreachable,
    'A connection to a server was lost and could not be reopened in time.',
    'When the server is back, run the same command again. It continues from the checkpoint.',
    'passes',
  ),
  TR_PRIVILEGE_MISSING: entry(
    exitCodes.refused,
    'The user lacks a privilege that the link needs.',
    'Run the GRANT shown as a user with the privilege to do so.',
    'curable',
  ),
  TR_SERVER_ID_ZERO: entry(
    exitCodes.refused,
    'A server has server_id 0, so it cannot take part in replication.',
    'Run SET PERSIST server_id = <a number unique among all servers>;',
  ),
  TR_SERVER_ID_SAME: entry(
    exitCodes.refused,
    'Source and replica have the same server_id.',
    'Run on the replica: SET PERSIST server_id = <a number unique among all servers>;',
  ),
  TR_SERVER_ID_TAKEN: entry(
    exitCodes.refused,
    'Another server or another reader of the binary log already uses the server_id of the link.',
    'Give the link another server_id: --server-id NUMBER.',
  ),
  TR_SERVER_UUID_SAME: entry(
    exitCodes.refused,
    'Source and replica have the same server_uuid: the data folder was copied with its auto.cnf.',
    'Stop the replica, delete auto.cnf from its data folder, and start it again.',
  ),
  TR_SERVER_SAME: entry(
    exitCodes.refused,
    'Source and replica are the same server.',
    'Correct the address of the replica.',
  ),
  TR_SOURCE_MARIADB: entry(
    exitCodes.refused,
    'The source is MariaDB. It works by file and position, for features it shares with MySQL.',
    'Compare the data with `tailrace verify` before you use the replica.',
  ),
  TR_SOURCE_MARIADB_FORMAT: entry(
    exitCodes.refused,
    'The source is MariaDB and writes a format that MySQL does not have.',
    'Switch the format off as shown, and start from a binary log file that begins afterwards.',
  ),
  TR_SOURCE_COLLATION: entry(
    exitCodes.refused,
    'The source is MariaDB and uses collations that MySQL lacks or orders differently.',
    'Use collations that both have, such as utf8mb4_unicode_520_ci, for the server, its schemas and its tables.',
  ),
  TR_SOURCE_BINLOG_OFF: entry(
    exitCodes.refused,
    'The source writes no binary log.',
    'Remove skip-log-bin from its configuration, or add log-bin, and restart it.',
  ),
  TR_SOURCE_BINLOG_FORMAT: entry(
    exitCodes.refused,
    'The source does not log changes as rows.',
    "Run SET PERSIST binlog_format = 'ROW'; and let every session reconnect.",
  ),
  TR_SOURCE_ROW_IMAGE: entry(
    exitCodes.refused,
    'The source logs row images without all columns. Such changes are applied one by one.',
    "Run SET PERSIST binlog_row_image = 'FULL';",
  ),
  TR_SOURCE_PARTIAL_JSON: entry(
    exitCodes.refused,
    'The source logs partial JSON updates. They are applied one by one.',
    "Run SET PERSIST binlog_row_value_options = '';",
  ),
  TR_SOURCE_VERSION_NEWER: entry(
    exitCodes.refused,
    'The source is a newer release series than the replica.',
    'Upgrade the replica first.',
  ),
  TR_REPLICA_MARIADB: entry(
    exitCodes.refused,
    'The replica is MariaDB, which cannot apply the row events of MySQL.',
    'Use a MySQL replica.',
  ),
  TR_REPLICA_SUPER_READ_ONLY: entry(
    exitCodes.refused,
    'super_read_only is on, so nobody can write to the replica.',
    'Run SET GLOBAL super_read_only = OFF; read_only can stay on.',
    'curable',
  ),
  TR_REPLICA_READ_ONLY: entry(
    exitCodes.refused,
    'read_only is on and the tailrace user lacks the privilege to write anyway.',
    'Grant CONNECTION_ADMIN to the user.',
    'curable',
  ),
  TR_REPLICA_HAS_REPLICAS: entry(
    exitCodes.refused,
    'The replica has replicas of its own, which read its binary log. tailrace writes nothing there.',
    'Let the other replicas replicate from the source, or feed them with a tailrace link each.',
  ),
  TR_REPLICA_EVENTS_ENABLED: entry(
    exitCodes.refused,
    'Scheduled events are enabled on the replica and can change its data.',
    'Run ALTER EVENT … DISABLE ON REPLICA; for each of them.',
  ),
  TR_REPLICA_INIT_CONNECT: entry(
    exitCodes.refused,
    'init_connect of the replica writes at each login of tailrace, so each login creates a GTID that the source does not have.',
    'Grant the account CONNECTION_ADMIN, for which init_connect does not run. Or let init_connect write outside the binary log.',
  ),
  TR_REPLICA_FUNCTION_CREATORS: entry(
    exitCodes.refused,
    'The replica accepts triggers and functions only from an account with SUPER.',
    'Run on the replica: SET PERSIST log_bin_trust_function_creators = ON;',
  ),
  TR_REPLICA_GTID_ADOPTION: entry(
    exitCodes.refused,
    'The replica cannot adopt GTIDs. Only the checkpoint shows what is applied.',
    'Upgrade the replica to MySQL 8.0 or later. Without an upgrade, rely on the checkpoint.',
  ),
  TR_GTID_MODE: entry(
    exitCodes.refused,
    'The GTID modes of source and replica are not compatible.',
    'Set gtid_mode to ON on both servers, one step at a time.',
  ),
  TR_GTID_ERRANT: entry(
    exitCodes.refused,
    'The replica has transactions that the source does not have.',
    'Find out what they changed, then commit empty transactions with these GTIDs on the source.',
  ),
  TR_NATIVE_RUNNING: entry(
    exitCodes.refused,
    'Native replication is running on the replica.',
    'Run STOP REPLICA; or let tailrace do it: --handoff native.',
    'curable',
  ),
  TR_NATIVE_STARTS_ITSELF: entry(
    exitCodes.refused,
    'Native replication is stopped on the replica, but starts on its own when that server restarts.',
    'Run SET PERSIST_ONLY skip_replica_start = ON;',
  ),
  TR_NATIVE_UNSUITABLE: entry(
    exitCodes.refused,
    'Native replication on the replica is not configured so that it can take over.',
    'Fix the reason shown.',
  ),
  TR_NATIVE_FAILED: entry(
    exitCodes.stopped,
    'Native replication does not run on the replica.',
    'Fix the reason that the replica gave, then run START REPLICA; What tailrace applied is safe.',
  ),
  TR_PACKET_SIZE: entry(
    exitCodes.refused,
    'max_allowed_packet is smaller on the replica than on the source, so the replica may reject a large row.',
    'Run SET PERSIST max_allowed_packet on the replica with the value of the source.',
  ),
  TR_NAME_CASE: entry(
    exitCodes.refused,
    'Source and replica compare table names differently.',
    'Initialise a new server with the same lower_case_table_names. It cannot be changed later.',
  ),
  TR_ENGINE_NOT_TRANSACTIONAL: entry(
    exitCodes.refused,
    'Tables use an engine that cannot roll back.',
    'Run ALTER TABLE … ENGINE = InnoDB;',
  ),
  TR_PREFLIGHT_FAILED: entry(
    exitCodes.refused,
    'The source or the replica is not ready. Every problem is listed. Nothing was changed.',
    'Run the statement shown with each problem, then try again. `tailrace check` lists the problems at any time.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
