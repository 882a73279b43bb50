import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import { openConnection, type ServerConnection } from '../../src/mysql/server-connection.js';
import { sharedClockMs } from './shared-clock.js';
import { markerTable } from './workloads/follow-oltp.js';
import { benchSchema } from './workloads/workload.js';

/** As short as a timer gets; asking without a pause would take a core away from those who are measured. */
const pauseMs = 1;
const markersAtOnce = 5_000;

export interface MarkerWatcherTask {
  readonly replica: ServerAddress;
  readonly count: number;
}

/** By marker: when it was seen first, shared clock, ms; null for one that was not. */
export type SeenMs = readonly (number | null)[];

/** Watches until all are seen, or until `stop`: what is not visible by then is not waited for. */
export async function watchMarkers(
  { replica, count }: MarkerWatcherTask,
  { ready, stop }: { readonly ready: () => void; readonly stop: AbortSignal },
): Promise<SeenMs> {
  const connection = await openConnection(replica, { sessionLabel: 'bench watcher' });
  try {
    ready();
    return await new MarkerWatcher(connection).watch(count, stop);
  } finally {
    await connection.close();
  }
}

/**
 * Asks a replica again and again which markers it shows, and notes when each was seen first. Markers may appear in any
 * order: several lanes, or a replica that does not keep the commit order.
 */
class MarkerWatcher {
  readonly #connection: ServerConnection;
  readonly #seenMs = new Map<number, number>();
  /** All markers below are seen. */
  #allBelow = 0;

  constructor(connection: ServerConnection) {
    this.#connection = connection;
  }

  /** Watches until markers 0 to `count` - 1 are seen, or until `stop`. */
  async watch(count: number, stop: AbortSignal): Promise<SeenMs> {
    while (this.#allBelow < count && !stop.aborted) {
      await this.#ask();
      await sleep(pauseMs);
    }
    return Array.from({ length: count }, (_, marker) => this.#seenMs.get(marker) ?? null);
  }

  async #ask(): Promise<void> {
    const rows = await this.#connection.query<{ id: number }>(
      `SELECT id FROM ${benchSchema}.${markerTable} WHERE id>=${this.#allBelow} ORDER BY id LIMIT ${markersAtOnce}`,
    );
    const nowMs = sharedClockMs();
    for (const { id } of rows) {
      if (!this.#seenMs.has(id)) this.#seenMs.set(id, nowMs);
    }
    while (this.#seenMs.has(this.#allBelow)) this.#allBelow += 1;
  }
}
