import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** What is found before anything is changed: configuration, servers and how they are set. */
export const preflightErrors = {
  TR_CONFIG_INVALID: entry(
    exitCodes.usage,
    'The configuration or the command line has mistakes; all of them are listed.',
    'Correct each listed line; config/tailrace.example.yaml shows every setting.',
  ),
  TR_GTID_SYNTAX: entry(
    exitCodes.usage,
    'A text is not a GTID set.',
    'Write it as MySQL does: uuid:1-5:7, several separated by commas.',
  ),
  TR_GTID_RANGE: entry(
    exitCodes.stopped,
    'A GTID has a transaction number above 2^53-2, which tailrace does not count.',
    'No server gets there by itself: look for the client that set GTID_NEXT to such a number.',
  ),
  TR_SERVER_UNREACHABLE: entry(
    exitCodes.unreachable,
    'A server did not accept a connection.',
    'Check that the server runs, and the host, the port and the firewall between.',
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
    'A connection to a server was lost and could not be made again in time.',
    'Start the same command again once the server is back: it goes on from the checkpoint.',
    'passes',
  ),
  TR_PRIVILEGE_MISSING: entry(
    exitCodes.refused,
    'The user of a server lacks a privilege that the link needs.',
    'Run the GRANT shown, as a user who may.',
    'curable',
  ),
  TR_SERVER_ID_ZERO: entry(
    exitCodes.refused,
    'A server has server_id 0, with which it takes no part in replication.',
    'SET PERSIST server_id = <a number unique among all servers>;',
  ),
  TR_SERVER_ID_SAME: entry(
    exitCodes.refused,
    'Source and replica have the same server_id.',
    'SET PERSIST server_id = <a number unique among all servers>; on the replica.',
  ),
  TR_SERVER_ID_TAKEN: entry(
    exitCodes.refused,
    'The server_id that the stream uses belongs to a server or to another reader of the binary log.',
    'Give the link another one: --server-id NUMBER.',
  ),
  TR_SERVER_UUID_SAME: entry(
    exitCodes.refused,
    'Source and replica have the same server_uuid: the data folder was copied with its auto.cnf.',
    'Stop the replica, delete auto.cnf from its data folder, and start it again.',
  ),
  TR_SERVER_SAME: entry(
    exitCodes.refused,
    'Source and replica are one and the same server.',
    'Give the address of the replica.',
  ),
  TR_SOURCE_MARIADB: entry(
    exitCodes.refused,
    'The source is MariaDB, of whose binary log only what MySQL has, too, can be carried, by file and position.',
    'Compare the data with `tailrace verify` before the replica is used.',
  ),
  TR_SOURCE_MARIADB_FORMAT: entry(
    exitCodes.refused,
    'The source is MariaDB and writes a format of its own that MySQL does not have.',
    'Switch the format off as shown; start from a binary log that was begun afterwards.',
  ),
  TR_SOURCE_COLLATION: entry(
    exitCodes.refused,
    'The source is MariaDB and uses collations that MySQL does not have, or has with another order.',
    'Set the server, its schemas and its tables to collations of both, such as utf8mb4_unicode_520_ci.',
  ),
  TR_SOURCE_BINLOG_OFF: entry(
    exitCodes.refused,
    'The source writes no binary log.',
    'Remove skip-log-bin from its configuration (or add log-bin) and restart it.',
  ),
  TR_SOURCE_BINLOG_FORMAT: entry(
    exitCodes.refused,
    'The source does not log changes as rows.',
    "SET PERSIST binlog_format = 'ROW'; and let every session connect again.",
  ),
  TR_SOURCE_ROW_IMAGE: entry(
    exitCodes.refused,
    'The source logs row images without all columns: such changes are applied one by one.',
    "SET PERSIST binlog_row_image = 'FULL';",
  ),
  TR_SOURCE_PARTIAL_JSON: entry(
    exitCodes.refused,
    'The source logs partial JSON updates: they are applied one by one.',
    "SET PERSIST binlog_row_value_options = '';",
  ),
  TR_SOURCE_VERSION_NEWER: entry(
    exitCodes.refused,
    'The source is of a newer series than the replica.',
    'Upgrade the replica first.',
  ),
  TR_REPLICA_MARIADB: entry(
    exitCodes.refused,
    'The replica is MariaDB, which cannot apply the row events of MySQL.',
    'Use a MySQL replica.',
  ),
  TR_REPLICA_SUPER_READ_ONLY: entry(
    exitCodes.refused,
    'The replica has super_read_only on: nobody may write to it.',
    'SET GLOBAL super_read_only = OFF; read_only may stay on.',
    'curable',
  ),
  TR_REPLICA_READ_ONLY: entry(
    exitCodes.refused,
    'The replica has read_only on, and the user may not write to it all the same.',
    'Grant CONNECTION_ADMIN to the user.',
    'curable',
  ),
  TR_REPLICA_HAS_REPLICAS: entry(
    exitCodes.refused,
    'The replica feeds others from its own binary log, where batch mode writes nothing.',
    'Let the others replicate from the source, or use mirror mode.',
  ),
  TR_REPLICA_EVENTS_ENABLED: entry(
    exitCodes.refused,
    'Scheduled events are enabled on the replica and change its data.',
    'ALTER EVENT … DISABLE ON REPLICA; for each.',
  ),
  TR_REPLICA_INIT_CONNECT: entry(
    exitCodes.refused,
    'init_connect of the replica writes at each login of tailrace, and each login makes a GTID that the source does not have.',
    'Give the account CONNECTION_ADMIN, for which init_connect does not run; or let init_connect write outside of the binary log.',
  ),
  TR_REPLICA_FUNCTION_CREATORS: entry(
    exitCodes.refused,
    'The replica takes triggers and functions only from an account with SUPER.',
    'SET PERSIST log_bin_trust_function_creators = ON; on the replica.',
  ),
  TR_REPLICA_GTID_ADOPTION: entry(
    exitCodes.refused,
    'The replica cannot adopt GTIDs: only the checkpoint tells what is applied.',
    'Upgrade the replica to MySQL 8.0 or later, or leave it so.',
  ),
  TR_GTID_MODE: entry(
    exitCodes.refused,
    'The GTID modes of source and replica do not go together.',
    'Bring gtid_mode to ON on both, one step at a time.',
  ),
  TR_GTID_ERRANT: entry(
    exitCodes.refused,
    'The replica has transactions that the source has not.',
    'Find out what they changed; then let the source have them, too, as empty transactions.',
  ),
  TR_NATIVE_RUNNING: entry(
    exitCodes.refused,
    "MySQL's own replication is running on the replica.",
    'STOP REPLICA; or let tailrace do it: --handoff native.',
    'curable',
  ),
  TR_NATIVE_STARTS_ITSELF: entry(
    exitCodes.refused,
    "MySQL's own replication is stopped on the replica, and would start by itself when that server restarts.",
    'SET PERSIST_ONLY skip_replica_start = ON;',
  ),
  TR_NATIVE_UNSUITABLE: entry(
    exitCodes.refused,
    "MySQL's own replication on the replica is not set up so that it could take over.",
    'See the reason given.',
  ),
  TR_NATIVE_FAILED: entry(
    exitCodes.stopped,
    "MySQL's own replication does not run on the replica.",
    'See the reason that the replica gave; what tailrace applied is safe. Then START REPLICA;',
  ),
  TR_PACKET_SIZE: entry(
    exitCodes.refused,
    'The replica takes smaller packets than the source: a large row may be refused.',
    'SET PERSIST max_allowed_packet on the replica to what the source has.',
  ),
  TR_NAME_CASE: entry(
    exitCodes.refused,
    'Source and replica compare names of tables differently.',
    'Set lower_case_table_names alike when a server is initialised; it cannot be changed later.',
  ),
  TR_ENGINE_NOT_TRANSACTIONAL: entry(
    exitCodes.refused,
    'Tables use an engine that cannot roll back.',
    'ALTER TABLE … ENGINE = InnoDB;',
  ),
  TR_PREFLIGHT_FAILED: entry(
    exitCodes.refused,
    'The source or the replica is not ready; every problem is listed. Nothing was changed.',
    'Run the statement shown with each problem, then try again; `tailrace check` lists them at any time.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
