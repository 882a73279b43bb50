import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** What stops a link, always safely at its checkpoint. */
export const linkErrors = {
  TR_LINK_LOCKED: entry(
    exitCodes.refused,
    'Another tailrace applies this link.',
    'Stop the other one first, or wait until it ends.',
    'curable',
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
    'Point the link at the right source; after RESET BINARY LOGS AND GTIDS the replica must be seeded again.',
  ),
  TR_EVENT_UNKNOWN: entry(
    exitCodes.stopped,
    'The binary log holds an event type that tailrace does not know.',
    'Use a newer tailrace; the link can go on from its checkpoint.',
  ),
  TR_EVENT_UNSUPPORTED: entry(
    exitCodes.stopped,
    'The binary log holds an event that tailrace does not apply.',
    'Let MySQL replication apply it from the checkpoint, then go on; or leave it out with `tailrace skip`.',
  ),
  TR_XA_NOT_PREPARED: entry(
    exitCodes.stopped,
    'The source ended an XA transaction that the replica has not prepared: it began before the link did.',
    'After XA COMMIT: bring the tables that it changed over again, or seed the replica again. Then, and after XA ROLLBACK, leave the transaction shown out with `tailrace skip`.',
  ),
  TR_XA_TAKEN: entry(
    exitCodes.stopped,
    'The replica has an XA transaction of its own under the identifier of one of the source.',
    'Find out whose it is (XA RECOVER CONVERT XID), end it with XA ROLLBACK or XA COMMIT, then start again.',
  ),
  TR_XA_REPLICA: entry(
    exitCodes.stopped,
    'The replica cannot keep a prepared XA transaction through a crash, or not without a GTID of its own.',
    'Let the replica write a binary log, with the same gtid_mode as the source.',
  ),
  TR_EVENT_INCIDENT: entry(
    exitCodes.stopped,
    'The source recorded an incident: its binary log may miss changes.',
    'Compare the data and, if it differs, seed the replica again; else leave the incident out with `tailrace skip`.',
  ),
  TR_STATEMENT_FORMAT: entry(
    exitCodes.stopped,
    'The source logged a change as a statement that tailrace does not apply, or that it is set to stop at.',
    'Leave the transaction out with `tailrace skip` and bring its tables over otherwise; set binlog_format=ROW on the source for every session.',
  ),
  TR_STATEMENT_TEMPORARY: entry(
    exitCodes.stopped,
    'A statement of the source uses a temporary table that the replica does not have (any more).',
    'Leave the transaction out with `tailrace skip` and bring its tables over otherwise; set binlog_format=ROW on the source, which logs no use of temporary tables.',
  ),
  TR_STATEMENT_HALFWAY: entry(
    exitCodes.stopped,
    'A crash came while statements changed tables of an engine that cannot roll back; how far they came is not known.',
    'Compare the tables on both servers, and then say whether the transaction has been applied.',
  ),
  TR_COLUMN_TYPE_UNKNOWN: entry(
    exitCodes.stopped,
    'A table map names a column type that tailrace does not know.',
    'Use a newer tailrace; the link can go on from its checkpoint.',
  ),
  TR_SCHEMA_DIFFERS: entry(
    exitCodes.stopped,
    "A table of the replica is not defined as on the source. Its rows are applied as MySQL's own replica applies them.",
    'Nothing, if it is meant to be so, as while a schema change is rolled out; else make the table alike on both sides.',
  ),
  TR_SCHEMA_MISMATCH: entry(
    exitCodes.stopped,
    'A table of the replica does not look like the one of the source.',
    'Make the table alike on both sides, then start again.',
  ),
  TR_APPLY_CONFLICT: entry(
    exitCodes.stopped,
    'The replica has diverged: a row change of the source does not fit its data.',
    'Compare the row shown on both servers, mend it, then start again; or set on_conflict, or leave the transaction out with `tailrace skip`.',
  ),
  TR_APPLY_FAILED: entry(
    exitCodes.stopped,
    'The replica refused a change.',
    'See the reason that the replica gave; mend it, then start again.',
    'curable',
  ),
  TR_APPLY_LOCKED: entry(
    exitCodes.stopped,
    'Another client of the replica holds locks that a change needs; it is tried again for as long as the link may wait.',
    'Find the client with SELECT * FROM sys.innodb_lock_waits or performance_schema.metadata_locks, and end it.',
    'passes',
  ),
  TR_APPLY_DISK_FULL: entry(
    exitCodes.stopped,
    'The replica has no room left.',
    'Free space on the replica or extend its tablespace, then start again.',
    'curable',
  ),
  TR_APPLY_PACKET_TOO_LARGE: entry(
    exitCodes.stopped,
    'A single row is larger than the replica takes in one packet.',
    'Raise max_allowed_packet on the replica.',
    'curable',
  ),
  TR_STATEMENT_FAILED: entry(
    exitCodes.stopped,
    'A statement of the source failed on the replica.',
    'See the reason that the replica gave; mend it, or leave the transaction out with `tailrace skip`.',
    'curable',
  ),
  TR_STATEMENT_OWN_SCHEMA: entry(
    exitCodes.stopped,
    'A statement of the source changes schema tailrace, where the replica keeps its checkpoint, and other schemas at once.',
    'Do by hand what it does outside of schema tailrace, and leave it out with `tailrace skip`.',
  ),
  TR_STATEMENT_DIALECT: entry(
    exitCodes.stopped,
    'A statement of the source means something else on the replica, and cannot be said there in other words.',
    'Make by hand on the replica what SHOW CREATE shows on the source, in words that both understand, and leave the statement out with `tailrace skip`.',
  ),
  TR_TABLE_OLD_TEMPORAL: entry(
    exitCodes.stopped,
    'A table of the source keeps dates and times in a format that MySQL gave up with 5.6.4 and MariaDB with 10.1.',
    'ALTER TABLE … FORCE on the source, then seed the replica from a copy taken after that.',
  ),
  TR_STATEMENT_REPLICA: entry(
    exitCodes.stopped,
    'A replica without a binary log cannot create a table with its rows, or exchange a partition, in one with the GTID.',
    'Let the replica write a binary log, or do by hand what the statement does, and leave it out with `tailrace skip`.',
  ),
  TR_SKIP_REFUSED: entry(
    exitCodes.refused,
    '`tailrace skip` cannot leave this transaction out.',
    'See the reason given. Nothing was changed.',
  ),
  TR_SKIP_NOTED: entry(
    exitCodes.refused,
    'Transactions of the source were left out of this link with `tailrace skip`.',
    'SELECT * FROM tailrace.skipped; on the replica shows each. `tailrace verify` shows what differs.',
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
    'curable',
  ),
  TR_CHECKPOINT_STALE: entry(
    exitCodes.refused,
    'The replica was seeded or restored after its checkpoint was written: the checkpoint is of other data.',
    'If the replica stands where its backup says, delete the rows of this link in tailrace.checkpoint and tailrace.link on the replica, and start again.',
  ),
  TR_POSITION_CONFLICT: entry(
    exitCodes.refused,
    'A position was given that says another place than what is known of the replica.',
    'Leave --from out if the checkpoint is right. If the replica was restored, delete the rows of this link in tailrace.checkpoint and tailrace.link on the replica first.',
  ),
  TR_POSITION_UNKNOWN: entry(
    exitCodes.refused,
    'Neither GTIDs nor a checkpoint nor native replication tell where the replica stands.',
    'Give the position: --from FILE:POSITION, as noted when the replica was seeded.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
