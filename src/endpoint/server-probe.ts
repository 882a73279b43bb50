import { setTimeout as sleep } from 'node:timers/promises';
import type { GtidSet } from '../gtid/gtid-set.js';
import { readGtidExecuted } from '../mysql/gtid-executed.js';
import type { ServerAddress } from '../mysql/server-address.js';
import type { ServerConnection } from '../mysql/server-connection.js';
import { TimedSession } from './timed-session.js';

/** What a server says of itself; null: it did not. */
export interface ProbeReading {
  /** null: not tried yet. */
  readonly reachable: boolean | null;
  readonly threadsRunning: number | null;
  readonly connections: number | null;
  readonly connectionsMax: number | null;
  readonly serverId: number | null;
  /** Both tell whether it is the server that it was: after a restart, or in another's place, it may have less. */
  readonly serverUuid: string | null;
  readonly uptimeSeconds: number | null;
  readonly writable: boolean | null;
  /** null: it has no GTIDs, or did not say. */
  readonly gtidExecuted: GtidSet | null;
}

const unknown: ProbeReading = {
  reachable: null,
  threadsRunning: null,
  connections: null,
  connectionsMax: null,
  serverId: null,
  serverUuid: null,
  uptimeSeconds: null,
  writable: null,
  gtidExecuted: null,
};

const intervalMs = 1_000;
/** For connecting, and then for all answers of one look. */
const lookMsMax = 2_000;
/** So many looks in a row fail until a server counts as not answering: one lost packet is no outage. */
const failuresMin = 2;

/** Looks at a server once a second, on a connection of its own. */
export class ServerProbe {
  readonly #session: TimedSession;
  readonly #onReading: () => void;
  #reading = unknown;
  #failures = 0;

  /** `onReading` is called behind every look. */
  constructor(address: ServerAddress, onReading: () => void) {
    this.#session = new TimedSession(address, 'probe', lookMsMax);
    this.#onReading = onReading;
  }

  get reading(): ProbeReading {
    return this.#reading;
  }

  /** Resolves soon after `signal` is aborted; never rejects. */
  async watch(signal: AbortSignal): Promise<void> {
    const end = (): void => this.#session.end();
    signal.addEventListener('abort', end, { once: true });
    while (!signal.aborted) {
      await this.#look();
      if (signal.aborted) break;
      this.#onReading();
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
    signal.removeEventListener('abort', end);
    end();
  }

  async #look(): Promise<void> {
    try {
      this.#reading = await this.#session.run(read);
      this.#failures = 0;
    } catch {
      // Why does not matter here: the link, which needs the server more, tells it.
      this.#failures += 1;
      if (this.#failures >= failuresMin) this.#reading = { ...unknown, reachable: false };
    }
  }
}

async function read(connection: ServerConnection): Promise<ProbeReading> {
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_running', 'Threads_connected', 'Uptime')",
  );
  const more = await connection.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_connections', 'gtid_mode', 'read_only', 'server_id', 'server_uuid')",
  );
  const values = new Map([...rows, ...more].map((row) => [row.Variable_name.toLowerCase(), row.Value]));
  return {
    reachable: true,
    threadsRunning: numberOf(values.get('threads_running')),
    connections: numberOf(values.get('threads_connected')),
    connectionsMax: numberOf(values.get('max_connections')),
    serverId: numberOf(values.get('server_id')),
    serverUuid: values.get('server_uuid') ?? null,
    uptimeSeconds: numberOf(values.get('uptime')),
    writable: values.has('read_only') ? values.get('read_only') === 'OFF' : null,
    gtidExecuted: values.get('gtid_mode') === 'ON' ? await readGtidExecuted(connection) : null,
  };
}

function numberOf(text: string | undefined): number | null {
  const number = Number(text ?? NaN);
  return Number.isFinite(number) ? number : null;
}
