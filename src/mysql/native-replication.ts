import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../errors/tailrace-error.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import { addressLabel } from './connection-failure.js';
import { quoteString } from './identifier.js';
import type { Row, ServerConnection } from './server-connection.js';
import { isMysqlAtLeast } from './server-version.js';
import { readServerVersion } from './server-facts.js';

/** Both threads must have run this long, without an error, to count as running. */
const steadyMs = 1_500;
const pollMs = 200;

/** One replication channel of MySQL's own, as SHOW REPLICA STATUS tells it. */
export interface NativeReplication {
  /** Empty for the default channel. */
  readonly channel: string;
  readonly sourceHost: string;
  readonly sourcePort: number;
  /** Empty until the channel has connected once, and on servers without UUIDs. */
  readonly sourceUuid: string;
  /** `connecting` is a receiver that tries again and again. */
  readonly io: 'running' | 'connecting' | 'stopped';
  readonly sql: 'running' | 'stopped';
  readonly autoPosition: boolean;
  /**
   * Where in the source's binary log the applier stands; null when it has not started yet. While parallel workers run it
   * may be some transactions behind what is applied: read it once the applier has stopped.
   */
  readonly executedPosition: BinlogPosition | null;
  readonly ioError: string | null;
  readonly sqlError: string | null;
}

/** Every configured channel; none when native replication is not configured. */
export async function readNativeChannels(connection: ServerConnection): Promise<NativeReplication[]> {
  const version = await readServerVersion(connection);
  const statement = isMysqlAtLeast(version, 8, 0, 22) ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS';
  const rows = await connection.query(statement);
  // Channels of Group Replication have no source of their own.
  return rows
    .map(channelOf)
    .filter((channel) => channel.sourceHost !== '' && channel.sourceHost !== '<NULL>');
}

/** The default channel, or the first one; null when native replication is not configured. */
export async function readNativeReplication(connection: ServerConnection): Promise<NativeReplication | null> {
  const channels = await readNativeChannels(connection);
  return channels.find((channel) => channel.channel === '') ?? channels[0] ?? null;
}

/** Stops receiver and applier of every channel; what the applier has begun it finishes first. */
export async function stopNativeReplication(connection: ServerConnection): Promise<void> {
  const words = await vocabulary(connection);
  await connection.execute(`STOP ${words.replica}`);
}

/**
 * Starts the default (or only) channel.
 *
 * @param options.position where it goes on; without it, by GTID auto-position. Relay logs are thrown away with it.
 * @throws TR_POSITION_UNKNOWN without a position on a channel that does not use auto-position: it would apply again what
 *   its relay log still holds.
 */
export async function startNativeReplication(
  connection: ServerConnection,
  options: { readonly position?: BinlogPosition } = {},
): Promise<void> {
  const channel = await readNativeReplication(connection);
  if (channel === null) throw notConfigured(connection);
  const words = await vocabulary(connection);
  const forChannel = channel.channel === '' ? '' : ` FOR CHANNEL ${quoteString(channel.channel)}`;
  const { position } = options;
  if (position !== undefined) {
    const autoPosition = words.hasAutoPosition ? `, ${words.source}_AUTO_POSITION = 0` : '';
    await connection.execute(
      `CHANGE ${words.change} TO ${words.source}_LOG_FILE = ${quoteString(position.file)}, ` +
        `${words.source}_LOG_POS = ${String(position.offset)}${autoPosition}${forChannel}`,
    );
  } else if (!channel.autoPosition) {
    throw new TailraceError('TR_POSITION_UNKNOWN', {
      what: `Native replication of ${addressLabel(connection.address)} does not use GTID auto-position, and no position was given.`,
    });
  }
  await connection.execute(`START ${words.replica}${forChannel}`);
}

/**
 * Waits until receiver and applier both run and stay so for a while. Errors: TR_NATIVE_FAILED with the server's own reason when
 * one of them stops, or does not come up in time.
 */
export async function watchNativeReplication(
  connection: ServerConnection,
  options: { readonly timeoutMs: number },
): Promise<NativeReplication> {
  const endMs = performance.now() + options.timeoutMs;
  let steadySinceMs: number | null = null;
  for (;;) {
    const state = await readNativeReplication(connection);
    if (state === null) throw notConfigured(connection);
    const stopped = state.io === 'stopped' || state.sql === 'stopped';
    if (stopped && (state.ioError ?? state.sqlError) !== null) throw failed(connection, state);
    const nowMs = performance.now();
    if (state.io === 'running' && state.sql === 'running') {
      steadySinceMs ??= nowMs;
      if (nowMs - steadySinceMs >= steadyMs) return state;
    } else {
      steadySinceMs = null;
    }
    if (nowMs >= endMs) throw failed(connection, state);
    await sleep(pollMs);
  }
}

/** The same statements have other names on older servers: until 8.0.22 replicas, until 8.0.23 sources. */
async function vocabulary(connection: ServerConnection): Promise<{
  readonly replica: string;
  readonly source: string;
  readonly change: string;
  readonly hasAutoPosition: boolean;
}> {
  const version = await readServerVersion(connection);
  const hasAutoPosition = isMysqlAtLeast(version, 5, 6);
  const replica = isMysqlAtLeast(version, 8, 0, 22) ? 'REPLICA' : 'SLAVE';
  return isMysqlAtLeast(version, 8, 0, 23)
    ? { replica, source: 'SOURCE', change: 'REPLICATION SOURCE', hasAutoPosition }
    : { replica, source: 'MASTER', change: 'MASTER', hasAutoPosition };
}

function channelOf(row: Row): NativeReplication {
  // One set of names: `Slave_IO_Running` is read as `Replica_IO_Running`, `Master_Host` as `Source_Host`.
  const renamed = Object.entries(row).map(([name, value]): [string, string] => [
    name.replaceAll('Slave', 'Replica').replaceAll('Master', 'Source'),
    value === null || value === undefined ? '' : String(value as string | number),
  ]);
  const status = new Map(renamed);
  const text = (name: string): string => status.get(name) ?? '';
  const file = text('Relay_Source_Log_File');
  const io = text('Replica_IO_Running');
  return {
    channel: text('Channel_Name'),
    sourceHost: text('Source_Host'),
    sourcePort: Number(text('Source_Port')),
    sourceUuid: text('Source_UUID'),
    io: io === 'Yes' ? 'running' : io === 'Connecting' ? 'connecting' : 'stopped',
    sql: text('Replica_SQL_Running') === 'Yes' ? 'running' : 'stopped',
    autoPosition: text('Auto_Position') === '1',
    executedPosition: file === '' ? null : { file, offset: Number(text('Exec_Source_Log_Pos')) },
    ioError: errorOf(text('Last_IO_Errno'), text('Last_IO_Error')),
    sqlError: errorOf(text('Last_SQL_Errno'), text('Last_SQL_Error')),
  };
}

function errorOf(errno: string, message: string): string | null {
  return errno === '' || errno === '0' ? null : `${errno}: ${message}`;
}

function notConfigured(connection: ServerConnection): TailraceError {
  return new TailraceError('TR_NATIVE_FAILED', {
    what: `Native replication is not configured on ${addressLabel(connection.address)}.`,
    cure: 'Configure it with CHANGE REPLICATION SOURCE TO …, or omit --handoff native.',
  });
}

function failed(connection: ServerConnection, state: NativeReplication): TailraceError {
  const reasons = [
    state.ioError === null ? null : `receiver ${state.io}, ${state.ioError}`,
    state.sqlError === null ? null : `applier ${state.sql}, ${state.sqlError}`,
  ].filter((reason) => reason !== null);
  return new TailraceError('TR_NATIVE_FAILED', {
    what: `Native replication of ${addressLabel(connection.address)} from ${state.sourceHost}:${String(state.sourcePort)} does not run.`,
    why:
      reasons.length > 0
        ? reasons.join('; ')
        : `receiver ${state.io}, applier ${state.sql}, no error was given`,
  });
}

/** Where native replication takes over: it finds the place by its GTIDs, or is told file and offset. */
export function handoffManner(channel: Pick<NativeReplication, 'autoPosition'>): 'gtid' | 'position' {
  return channel.autoPosition ? 'gtid' : 'position';
}
