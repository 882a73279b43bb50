import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { TailraceError } from '../errors/tailrace-error.js';
import type { ServerAddress } from '../mysql/server-address.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import type { HeartbeatSettings } from './endpoint-settings.js';
import { type Heartbeat, HeartbeatTable } from './heartbeat-table.js';
import { TimedSession } from './timed-session.js';

/** A server that hangs is found out; one that is busy, or creates the table, is left its time. */
const writeMsMax = 10_000;
/** Until something that a server has refused is tried again. */
const retryMs = 10_000;

export interface HeartbeatWriterParts {
  readonly address: ServerAddress;
  readonly settings: HeartbeatSettings;
  /** What is to be written now; null: nothing can be said. */
  readonly read: (connection: ServerConnection) => Promise<Heartbeat | null>;
  readonly log: Logger;
}

/** Keeps the heartbeat row of one server, at whole multiples of the interval. Whatever goes wrong is logged once, and tried again. */
export class HeartbeatWriter {
  readonly #parts: HeartbeatWriterParts;
  readonly #session: TimedSession;
  readonly #table: HeartbeatTable;
  #writtenMicros: number | null = null;
  #told: string | null = null;

  constructor(parts: HeartbeatWriterParts) {
    this.#parts = parts;
    this.#session = new TimedSession(parts.address, 'heartbeat', writeMsMax);
    this.#table = new HeartbeatTable(parts.settings);
  }

  /** Resolves soon after `signal` is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const end = (): void => this.#session.end();
    signal.addEventListener('abort', end, { once: true });
    while (!signal.aborted) {
      const done = await this.#beat();
      if (signal.aborted) break;
      const waitMs = done ? this.#untilNextMs() : Math.max(retryMs, this.#parts.settings.intervalMs);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
    signal.removeEventListener('abort', end);
    end();
  }

  #untilNextMs(): number {
    const { intervalMs } = this.#parts.settings;
    return intervalMs - (Date.now() % intervalMs);
  }

  /** False: a server has refused it. */
  async #beat(): Promise<boolean> {
    try {
      await this.#session.run(async (connection, isNew) => {
        if (isNew) await this.#table.prepare(connection);
        const heartbeat = await this.#parts.read(connection);
        // What stands still is not written again: each write is a commit.
        if (heartbeat === null || (heartbeat.atMicros !== null && heartbeat.atMicros === this.#writtenMicros))
          return;
        await this.#table.write(connection, heartbeat);
        this.#writtenMicros = heartbeat.atMicros;
      });
      if (this.#told !== null) this.#parts.log.info('the heartbeat table is written again');
      this.#told = null;
      return true;
    } catch (error) {
      this.#writtenMicros = null;
      return this.#tell(error);
    }
  }

  /** A server that cannot be reached is told of by those who need it more. */
  #tell(error: unknown): boolean {
    const code = error instanceof TailraceError ? error.code : null;
    if (code === 'TR_SERVER_LOST' || code === 'TR_SERVER_UNREACHABLE') return true;
    const text = error instanceof TailraceError ? error.render() : String(error);
    if (text !== this.#told) this.#parts.log.error({ err: error }, 'the heartbeat table is not written');
    this.#told = text;
    return false;
  }
}
