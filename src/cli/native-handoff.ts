import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkReport } from '../link/link-progress.js';
import type { LinkSettings } from '../link/link-settings.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import {
  handoffManner,
  type NativeReplication,
  readNativeReplication,
  startNativeReplication,
  stopNativeReplication,
  watchNativeReplication,
} from '../mysql/native-replication.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';
import type { HandoffOutcome } from './catchup-summary.js';
import { formatBinlogPosition } from './progress-line.js';

const watchTimeoutMs = 30_000;

/**
 * MySQL's own replication of one replica, stopped for the time of a catch-up and started again behind it. Each step opens
 * its own connection: hours may lie between them.
 */
export class NativeHandoff {
  readonly #settings: LinkSettings;
  readonly #channel: NativeReplication;

  private constructor(settings: LinkSettings, channel: NativeReplication) {
    this.#settings = settings;
    this.#channel = channel;
  }

  /** Stops native replication. Preflight has said that it is configured, and from this source. */
  static async begin(settings: LinkSettings): Promise<NativeHandoff> {
    return onReplica(settings, async (connection) => {
      const before = await readNativeReplication(connection);
      if (before === null) {
        throw new TailraceError('TR_NATIVE_FAILED', {
          what: `Native replication is not configured on ${settings.name}: there is nothing to hand over to.`,
          cure: 'Configure it with CHANGE REPLICATION SOURCE TO …, or omit --handoff native.',
        });
      }
      await stopNativeReplication(connection);
      return new NativeHandoff(settings, (await readNativeReplication(connection)) ?? before);
    });
  }

  /** Starts native replication where the catch-up ended, and watches until it runs. */
  async finish(report: LinkReport): Promise<HandoffOutcome> {
    const position = handoffManner(this.#channel) === 'gtid' ? null : report.position;
    return onReplica(this.#settings, async (connection) => {
      await startNativeReplication(connection, position === null ? {} : { position });
      await watchNativeReplication(connection, { timeoutMs: watchTimeoutMs });
      return { by: position === null ? 'gtid' : 'position', running: true };
    });
  }

  /** The error that ended the catch-up, together with the state that native replication was left in. */
  explain(error: unknown, applied: BinlogPosition | null): unknown {
    if (!(error instanceof TailraceError)) return error;
    return new TailraceError(error.code, {
      what: error.what,
      ...(error.why === undefined ? {} : { why: error.why }),
      cure: `${error.cure}\n${this.stateLeft(applied)}`,
      cause: error,
    });
  }

  /** What to know, and to type, when the catch-up ended before it was level. */
  stateLeft(applied: BinlogPosition | null): string {
    const { autoPosition, channel, executedPosition } = this.#channel;
    const forChannel = channel === '' ? '' : ` FOR CHANNEL '${channel}'`;
    const position = applied ?? executedPosition;
    const change =
      autoPosition || position === null
        ? ''
        : `CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE = '${position.file}', ` +
          `SOURCE_LOG_POS = ${position.offset}${forChannel}; `;
    const where = position === null ? '' : ` at ${formatBinlogPosition(position)} of the source`;
    return (
      `        Native replication was left stopped${where}.\n` +
      '        Run the same command again: it continues from the checkpoint and starts native replication when it has caught up.\n' +
      `        To go back to native replication without it: ${change}START REPLICA${forChannel};`
    );
  }
}

async function onReplica<T>(
  settings: LinkSettings,
  work: (connection: ServerConnection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(settings.replica, { sessionLabel: 'handoff' });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
