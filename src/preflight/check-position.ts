import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { NativeReplication } from '../mysql/native-replication.js';
import { readBinlogEnd } from '../mysql/binlog-end.js';
import { readsFrom } from './check-native.js';
import type { Problem } from './problem.js';
import { ifPermitted, type ServerFacts } from '../mysql/server-facts.js';

/** Where the source writes now; null when it may not be asked, or writes no binary log. */
export function readSourceEnd(source: ServerFacts): Promise<BinlogPosition | null> {
  return ifPermitted(readBinlogEnd(source.connection));
}

/** Where native replication stands, if it reads from this source. */
export function nativePosition(
  source: ServerFacts,
  channels: readonly NativeReplication[],
): BinlogPosition | null {
  return channels.find((channel) => readsFrom(channel, source))?.executedPosition ?? null;
}

/** For a link that goes by GTIDs: a position is not looked at. */
export function checkUnusedPosition(from: BinlogPosition | null): Problem[] {
  if (from === null) return [];
  return [
    {
      severity: 'warning',
      code: 'TR_POSITION_CONFLICT',
      what: `--from ${from.file}:${String(from.offset)} is not used.`,
      why: 'Source and replica both have GTIDs, so gtid_executed of the replica gives its position.',
      cure: "Omit it. If gtid_executed lacks transactions of a restored backup, set it on the replica: RESET BINARY LOGS AND GTIDS; SET GLOBAL gtid_purged = '…'; with the GTID set that the backup recorded.",
    },
  ];
}

/** For a link that goes by file and offset: whether its start is known, and whether the source still has it. */
export async function checkPosition(
  source: ServerFacts,
  replica: ServerFacts,
  start: BinlogPosition | null,
): Promise<Problem[]> {
  if (start === null) {
    return [
      {
        severity: 'error',
        code: 'TR_POSITION_UNKNOWN',
        what: `The position of the ${replica.label} in the binary log of the ${source.label} is unknown.`,
        why: 'Without GTIDs on both servers, only a checkpoint of this link or the settings of native replication give it, and there is neither.',
        cure: 'Pass the position that was recorded when the replica was seeded: --from FILE:POSITION (mysqldump --source-data and backup tools record it).',
      },
    ];
  }
  // That it writes none is a problem of its own, and nothing can be asked of it then.
  if (source.variable('log_bin') === 'OFF') return [];
  const files = await ifPermitted(
    source.connection.query<{ Log_name: string; File_size: string }>('SHOW BINARY LOGS'),
  );
  if (files === null || files.length === 0) return [];
  const file = files.find((row) => row.Log_name === start.file);
  if (file === undefined) {
    return [
      {
        severity: 'error',
        code: 'TR_STREAM_PURGED',
        what: `The ${source.label} no longer has ${start.file}. The position of the ${replica.label} there is ${String(start.offset)}.`,
        why: `Its oldest binary log file is ${files[0]?.Log_name ?? ''}, its newest ${files.at(-1)?.Log_name ?? ''}.`,
        cure: 'Reseed the replica from a newer backup, or pass the right position with --from FILE:POSITION.',
      },
    ];
  }
  if (Number(file.File_size) >= start.offset) return [];
  return [
    {
      severity: 'error',
      code: 'TR_STREAM_SOURCE_CHANGED',
      what: `The ${replica.label} is at ${start.file}:${String(start.offset)}, but that file of the ${source.label} has only ${file.File_size} bytes.`,
      why: 'The binary log history of the source was reset, or it is another server.',
      cure: 'Point the link at the right source. After RESET BINARY LOGS AND GTIDS, reseed the replica.',
    },
  ];
}
