import { type CatalogueEntry, entry } from './catalogue-entry.js';
import { exitCodes } from './exit-codes.js';

/** What stops a link, always safely at its checkpoint. */
export const linkErrors = {
  TR_LINK_LOCKED: entry(
    exitCodes.refused,
    'Another tailrace applies this link.',
    'Stop the other one, or wait until it ends.',
    'curable',
  ),
  TR_LINK_LOST_OWNERSHIP: entry(
    exitCodes.stopped,
    'Another tailrace took this link over. This one stopped and applied nothing further.',
    'If this was intended, do nothing. Otherwise stop the other tailrace, then start this one again.',
  ),
  TR_STREAM_CHECKSUM: entry(
    exitCodes.stopped,
    'The CRC32 of an event does not match its bytes.',
    'Check the network, and check the binary log file with mysqlbinlog --verify-binlog-checksum.',
  ),
  TR_STREAM_CORRUPT: entry(
    exitCodes.stopped,
    'An event is truncated or inconsistent.',
    'Check the binary log file of the source with mysqlbinlog. Nothing after the checkpoint was applied.',
  ),
  TR_STREAM_PURGED: entry(
    exitCodes.stopped,
    'The source has purged transactions that the replica needs.',
    'Restore the replica from a newer backup, or use a source that still has them.',
  ),
  TR_STREAM_REFUSED: entry(
    exitCodes.stopped,
    'The source refused to send its binary log.',
    'Fix the reason that the source gave, then start again.',
  ),
  TR_STREAM_SOURCE_CHANGED: entry(
    exitCodes.stopped,
    'The source is a different server than before, or its binary log history was reset.',
    'Point the link at the right source. After RESET BINARY LOGS AND GTIDS, reseed the replica.',
  ),
  TR_EVENT_UNKNOWN: entry(
    exitCodes.stopped,
    'The binary log contains an event type that tailrace does not know.',
    'Use a newer tailrace. The link continues from its checkpoint.',
  ),
  TR_EVENT_UNSUPPORTED: entry(
    exitCodes.stopped,
    'The binary log contains an event that tailrace does not apply.',
    'Let native replication apply it from the checkpoint, then start tailrace again. Or skip it with `tailrace skip`.',
  ),
  TR_XA_NOT_PREPARED: entry(
    exitCodes.stopped,
    'The source ended an XA transaction that the replica has not prepared. It was prepared before the link started.',
    'After XA COMMIT, copy the tables that it changed to the replica again, or reseed the replica. Then skip the transaction shown with `tailrace skip`. After XA ROLLBACK, only skip it.',
  ),
  TR_XA_TAKEN: entry(
    exitCodes.stopped,
    'An XA transaction of the replica already has the identifier of one of the source.',
    'Find its owner (XA RECOVER CONVERT XID), end it with XA ROLLBACK or XA COMMIT, then start again.',
  ),
  TR_XA_REPLICA: entry(
    exitCodes.stopped,
    'The replica cannot keep a prepared XA transaction through a crash, or only with a GTID of its own.',
    'Enable the binary log of the replica, and set its gtid_mode to that of the source.',
  ),
  TR_EVENT_INCIDENT: entry(
    exitCodes.stopped,
    'The source recorded an incident: its binary log may lack changes.',
    'Compare the data. If it differs, reseed the replica; otherwise skip the incident with `tailrace skip`.',
  ),
  TR_STATEMENT_FORMAT: entry(
    exitCodes.stopped,
    'The source logged a change as a statement that tailrace does not apply, or that the settings tell it to stop at.',
    'Skip the transaction with `tailrace skip` and copy its tables in another way. Set binlog_format=ROW for every session of the source.',
  ),
  TR_STATEMENT_TEMPORARY: entry(
    exitCodes.stopped,
    'A statement of the source uses a temporary table that the replica does not have.',
    'Skip the transaction with `tailrace skip` and copy its tables in another way. Set binlog_format=ROW on the source, so that it no longer logs the use of temporary tables.',
  ),
  TR_STATEMENT_HALFWAY: entry(
    exitCodes.stopped,
    'A crash came while statements changed tables of an engine that cannot roll back. How far they got is unknown.',
    'Compare the tables on both servers, then run the statement shown for the case that you found.',
  ),
  TR_COLUMN_TYPE_UNKNOWN: entry(
    exitCodes.stopped,
    'A table map contains a column type that tailrace does not know.',
    'Use a newer tailrace. The link continues from its checkpoint.',
  ),
  TR_SCHEMA_DIFFERS: entry(
    exitCodes.stopped,
    "A table is defined differently on the replica. tailrace applies its rows as MySQL's own replica does.",
    'If this is intended, for example during a schema change, do nothing. Otherwise give the table the same definition on both servers.',
  ),
  TR_SCHEMA_MISMATCH: entry(
    exitCodes.stopped,
    'A table of the replica does not match the table of the source.',
    'Give the table the same definition on both servers, then start again.',
  ),
  TR_APPLY_CONFLICT: entry(
    exitCodes.stopped,
    'The replica has diverged: a row change of the source does not fit its data.',
    'Compare the row shown on both servers, correct it on the replica, then start again. Or set on_conflict, or skip the transaction with `tailrace skip`.',
  ),
  TR_APPLY_FAILED: entry(
    exitCodes.stopped,
    'The replica refused a change.',
    'Fix the reason that the replica gave, then start again.',
    'curable',
  ),
  TR_APPLY_LOCKED: entry(
    exitCodes.stopped,
    'Another client of the replica holds locks that a change needs. tailrace retries as long as the link may wait.',
    'Find the session in sys.innodb_lock_waits or performance_schema.metadata_locks, and end it.',
    'passes',
  ),
  TR_APPLY_DISK_FULL: entry(
    exitCodes.stopped,
    'The replica has no disk space left.',
    'Free disk space on the replica or extend its tablespace, then start again.',
    'curable',
  ),
  TR_APPLY_PACKET_TOO_LARGE: entry(
    exitCodes.stopped,
    'A single row is larger than max_allowed_packet of the replica.',
    'Raise max_allowed_packet on the replica.',
    'curable',
  ),
  TR_STATEMENT_FAILED: entry(
    exitCodes.stopped,
    'A statement of the source failed on the replica.',
    'Fix the reason that the replica gave, or skip the transaction with `tailrace skip`.',
    'curable',
  ),
  TR_STATEMENT_OWN_SCHEMA: entry(
    exitCodes.stopped,
    'A statement of the source changes schema tailrace, which holds the checkpoint of the replica, together with other schemas.',
    'Do by hand what it does outside schema tailrace, then skip it with `tailrace skip`.',
  ),
  TR_STATEMENT_DIALECT: entry(
    exitCodes.stopped,
    'A statement of the source means something else on the replica and cannot be expressed differently there.',
    'Create on the replica by hand what SHOW CREATE shows on the source, in syntax that both servers understand. Then skip the statement with `tailrace skip`.',
  ),
  TR_TABLE_OLD_TEMPORAL: entry(
    exitCodes.stopped,
    'A table of the source stores dates and times in a format that MySQL 5.6.4 and MariaDB 10.1 replaced.',
    'Run ALTER TABLE … FORCE on the source, then seed the replica from a copy taken after that.',
  ),
  TR_STATEMENT_REPLICA: entry(
    exitCodes.stopped,
    'Without a binary log the replica cannot commit CREATE TABLE … SELECT or EXCHANGE PARTITION atomically with its GTID.',
    'Enable the binary log of the replica. Or do by hand what the statement does, then skip it with `tailrace skip`.',
  ),
  TR_SKIP_REFUSED: entry(
    exitCodes.refused,
    '`tailrace skip` cannot skip this transaction.',
    'See the reason shown. Nothing was changed.',
  ),
  TR_SKIP_NOTED: entry(
    exitCodes.refused,
    'Transactions of the source were skipped on this link with `tailrace skip`.',
    'List them with SELECT * FROM tailrace.skipped; on the replica. `tailrace verify` shows what differs.',
  ),
  TR_CHECKPOINT_INCOMPATIBLE: entry(
    exitCodes.refused,
    'The checkpoint on the replica was written by an incompatible version of tailrace.',
    'Use the version that wrote it. Or let that version catch up and stop, then drop its checkpoint.',
  ),
  TR_CHECKPOINT_UNREADABLE: entry(
    exitCodes.refused,
    'The checkpoint on the replica could not be read.',
    'Fix the reason that the replica gave. Do not delete the table.',
    'curable',
  ),
  TR_CHECKPOINT_STALE: entry(
    exitCodes.refused,
    'The replica was seeded or restored after its checkpoint was written, so the checkpoint belongs to other data.',
    'If the replica is at the position of its backup, delete the rows of this link in tailrace.checkpoint and tailrace.link on the replica, then start again.',
  ),
  TR_POSITION_CONFLICT: entry(
    exitCodes.refused,
    'The given position contradicts what is known about the replica.',
    'If the checkpoint is right, omit --from. If the replica was restored, first delete the rows of this link in tailrace.checkpoint and tailrace.link on the replica.',
  ),
  TR_POSITION_UNKNOWN: entry(
    exitCodes.refused,
    'The position of the replica is unknown: there are no GTIDs, no checkpoint and no native replication.',
    'Pass the position that was recorded when the replica was seeded: --from FILE:POSITION.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
