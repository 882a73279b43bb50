/** What a code means, what to do when nothing more precise is known, and how the process ends. */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly cure: string;
  readonly exitCode: number;
}

/**
 * Exit codes: 0 level or done; 1 the data differs (verify) or a check found problems; 2 usage or configuration;
 * 3 refused before anything was changed (preflight); 4 the link stopped safely at its checkpoint;
 * 5 a server could not be reached; 70 a defect in tailrace.
 */
export const exitCodes = {
  ok: 0,
  problemsFound: 1,
  usage: 2,
  refused: 3,
  stopped: 4,
  unreachable: 5,
  defect: 70,
} as const;

const entry = (exitCode: number, meaning: string, cure: string): CatalogueEntry => ({
  meaning,
  cure,
  exitCode,
});

export const errorCatalogue = {
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
  ),
  TR_SERVER_ACCESS_DENIED: entry(
    exitCodes.unreachable,
    'A server refused the user or the password.',
    'Check the user name, the host it connects from, and the password.',
  ),
  TR_SERVER_LOST: entry(
    exitCodes.unreachable,
    'A connection to a server was lost and could not be made again in time.',
    'Start the same command again once the server is back: it goes on from the checkpoint.',
  ),
  TR_PRIVILEGE_MISSING: entry(
    exitCodes.refused,
    'The user of a server lacks a privilege that the link needs.',
    'Run the GRANT shown, as a user who may.',
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
    'The source is MariaDB, whose binary log and GTIDs differ from those of MySQL.',
    'Use a MySQL source; MariaDB is not supported yet.',
  ),
  TR_SOURCE_BINLOG_OFF: entry(
    exitCodes.refused,
    'The source writes no binary log.',
    'Remove skip-log-bin from its configuration (or add log-bin) and restart it.',
  ),
  TR_SOURCE_BINLOG_FORMAT: entry(
    exitCodes.refused,
    'The source does not log changes as rows.',
    "SET PERSIST binlog_format = 'ROW'; and let every session connect anew.",
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
  TR_SOURCE_COMPRESSION: entry(
    exitCodes.refused,
    'The source compresses transactions in its binary log, which tailrace does not read yet.',
    'SET PERSIST binlog_transaction_compression = OFF;',
  ),
  TR_SOURCE_VERSION_NEWER: entry(
    exitCodes.refused,
    'The source is of a newer series than the replica.',
    'Upgrade the replica first.',
  ),
  TR_REPLICA_SUPER_READ_ONLY: entry(
    exitCodes.refused,
    'The replica has super_read_only on: nobody may write to it.',
    'SET GLOBAL super_read_only = OFF; read_only may stay on.',
  ),
  TR_REPLICA_READ_ONLY: entry(
    exitCodes.refused,
    'The replica has read_only on, and the user may not write to it all the same.',
    'Grant CONNECTION_ADMIN to the user.',
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
  TR_LINK_LOCKED: entry(
    exitCodes.refused,
    'Another tailrace applies this link.',
    'Stop the other one first, or wait until it ends.',
  ),
  TR_LINK_LOST_OWNERSHIP: entry(
    exitCodes.stopped,
    'Another tailrace took this link over; this one stopped without applying anything further.',
    'Nothing needs to be done if that was intended.',
  ),
  TR_STREAM_CHECKSUM: entry(
    exitCodes.stopped,
    'An event arrived whose CRC32 does not match its bytes.',
    'Check the network and the binary log file with mysqlbinlog --verify-binlog-checksum.',
  ),
  TR_STREAM_CORRUPT: entry(
    exitCodes.stopped,
    'An event is truncated or contradicts itself.',
    'Check the binary log file of the source with mysqlbinlog; nothing after the checkpoint was applied.',
  ),
  TR_STREAM_PURGED: entry(
    exitCodes.stopped,
    'The source no longer has transactions that the replica needs.',
    'Restore the replica from a newer backup, or use a source that still has them.',
  ),
  TR_STREAM_REFUSED: entry(
    exitCodes.stopped,
    'The source refused to send its binary log.',
    'See the reason that the source gave.',
  ),
  TR_STREAM_SOURCE_CHANGED: entry(
    exitCodes.stopped,
    'The source is not the server it was, or its binary log history was reset.',
    'Point the link at the right source; after RESET BINARY LOGS AND GTIDS the replica must be seeded anew.',
  ),
  TR_EVENT_UNKNOWN: entry(
    exitCodes.stopped,
    'The binary log holds an event type that tailrace does not know.',
    'Use a newer tailrace; the link can go on from its checkpoint.',
  ),
  TR_EVENT_UNSUPPORTED: entry(
    exitCodes.stopped,
    'The binary log holds an event that tailrace does not apply.',
    'Let MySQL replication apply it from the checkpoint, then go on.',
  ),
  TR_EVENT_INCIDENT: entry(
    exitCodes.stopped,
    'The source recorded an incident: its binary log may miss changes.',
    'Compare the data and, if it differs, seed the replica anew.',
  ),
  TR_STATEMENT_FORMAT: entry(
    exitCodes.stopped,
    'The source logged a change as a statement, not as rows.',
    'Set binlog_format=ROW on the source for every session.',
  ),
  TR_COLUMN_TYPE_UNKNOWN: entry(
    exitCodes.stopped,
    'A table map names a column type that tailrace does not know.',
    'Use a newer tailrace; the link can go on from its checkpoint.',
  ),
  TR_SCHEMA_MISMATCH: entry(
    exitCodes.stopped,
    'A table of the replica does not look like the one of the source.',
    'Make the table alike on both sides, then start again.',
  ),
  TR_APPLY_CONFLICT: entry(
    exitCodes.stopped,
    'The replica has diverged: a row change of the source does not fit its data.',
    'Compare the row shown on both servers, mend it, then start again; or set on_conflict.',
  ),
  TR_APPLY_FAILED: entry(
    exitCodes.stopped,
    'The replica refused a change.',
    'See the reason that the replica gave; mend it, then start again.',
  ),
  TR_APPLY_LOCKED: entry(
    exitCodes.stopped,
    'Another client of the replica holds locks that a change needs; it is tried again for as long as the link may wait.',
    'Find the client with SELECT * FROM sys.innodb_lock_waits or performance_schema.metadata_locks, and end it.',
  ),
  TR_APPLY_DISK_FULL: entry(
    exitCodes.stopped,
    'The replica has no room left.',
    'Free space on the replica or extend its tablespace, then start again.',
  ),
  TR_APPLY_PACKET_TOO_LARGE: entry(
    exitCodes.stopped,
    'A single row is larger than the replica takes in one packet.',
    'Raise max_allowed_packet on the replica.',
  ),
  TR_STATEMENT_FAILED: entry(
    exitCodes.stopped,
    'A statement of the source failed on the replica.',
    'See the reason that the replica gave; mend it, then start again.',
  ),
  TR_CHECKPOINT_INCOMPATIBLE: entry(
    exitCodes.refused,
    'The checkpoint on the replica was written by an incompatible version of tailrace.',
    'Use the version that wrote it, or let it finish and drop its checkpoint.',
  ),
  TR_CHECKPOINT_UNREADABLE: entry(
    exitCodes.refused,
    'The checkpoint on the replica could not be read.',
    'See the reason that the replica gave; do not delete the table.',
  ),
  TR_POSITION_UNKNOWN: entry(
    exitCodes.refused,
    'Neither GTIDs nor a checkpoint nor native replication tell where the replica stands.',
    'Give the position: --from FILE:POSITION, as noted when the replica was seeded.',
  ),
  TR_LAB_NO_SERVER: entry(
    exitCodes.refused,
    'The lab found no MySQL server to start.',
    'Set TAILRACE_MYSQLD=/path/to/mysqld, or install mysqld or Docker.',
  ),
  TR_LAB_START_FAILED: entry(
    exitCodes.defect,
    'A server of the lab did not start.',
    'See the end of its error log, shown above.',
  ),
  TR_BENCH_CONTENDER_FAILED: entry(
    exitCodes.stopped,
    'Something that the bench measures did not finish.',
    'See the reason; run that workload alone with --only to look closer.',
  ),
  TR_BENCH_DATA_DIFFERS: entry(
    exitCodes.problemsFound,
    'After a round of the bench a replica does not hold what its source holds: the figures are worth nothing.',
    'This is a defect of whoever applied the data; report it with the seed, the workload and the scale.',
  ),
  TR_INTERNAL: entry(
    exitCodes.defect,
    'A defect in tailrace: something that must always hold did not.',
    'Please report it with the whole message; the checkpoint is safe.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
