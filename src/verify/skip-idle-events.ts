import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { ServerError } from '../mysql/server-error.js';

/** Events that stand between transactions and change nothing. */
const idleTypes = new Set(['Format_desc', 'Previous_gtids', 'Rotate', 'Stop', 'Heartbeat', 'Heartbeat_v2']);

/** A source that is restarted again and again without a single write leaves a few of them each time. */
const stepsMax = 100;

/** The first event of a binary log file stands behind its four magic bytes. */
const firstOffset = 4;

interface EventRow {
  readonly Event_type: string;
  readonly End_log_pos: string | number;
}

/**
 * The end of what has been applied at `position` if only events follow that change nothing: a checkpoint moves with transactions, and
 * the source's end also with each new file. Where the source does not show its events (no REPLICATION SLAVE, a file that is
 * gone) it stays where it is.
 */
export async function skipIdleEvents(
  source: ServerConnection,
  position: BinlogPosition,
): Promise<BinlogPosition> {
  let at = position;
  try {
    for (let step = 0; step < stepsMax; step += 1) {
      const next = await behindIdleEvent(source, at);
      if (next === null) return at;
      at = next;
    }
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
  }
  return at;
}

/** Null: a transaction follows, or nothing. */
async function behindIdleEvent(source: ServerConnection, at: BinlogPosition): Promise<BinlogPosition | null> {
  const [event] = await source.query<EventRow>(`SHOW BINLOG EVENTS IN ? FROM ${at.offset} LIMIT 1`, [
    at.file,
  ]);
  if (event !== undefined) {
    return idleTypes.has(event.Event_type) ? { file: at.file, offset: Number(event.End_log_pos) } : null;
  }
  const files = await source.query<{ Log_name: string }>('SHOW BINARY LOGS');
  const index = files.findIndex((row) => row.Log_name === at.file);
  const next = index === -1 ? undefined : files[index + 1];
  return next === undefined ? null : { file: next.Log_name, offset: firstOffset };
}
