import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../errors/tailrace-error.js';
import type { GtidSet } from '../gtid/gtid-set.js';
import { readGtidExecuted } from '../mysql/gtid-executed.js';
import type { ServerAddress } from '../mysql/server-address.js';
import { openConnection, type ServerConnection } from '../mysql/server-connection.js';

/** What a server says of itself; null: it did not. */
export interface ProbeReading {
  /** null: not tried yet. */
  readonly reachable: boolean | null;
  readonly threadsRunning: number | null;
  readonly connections: number | null;
  readonly connectionsMax: number | null;
  readonly writable: boolean | null;
  /** null: it has no GTIDs, or did not say. */
  readonly gtidExecuted: GtidSet | null;
}

const unknown: ProbeReading = {
  reachable: null,
  threadsRunning: null,
  connections: null,
  connectionsMax: null,
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
  readonly #address: ServerAddress;
  readonly #onReading: () => void;
  #connection: ServerConnection | null = null;
  #reading = unknown;
  #failures = 0;

  /** `onReading` is called behind every look. */
  constructor(address: ServerAddress, onReading: () => void) {
    this.#address = address;
    this.#onReading = onReading;
  }

  get reading(): ProbeReading {
    return this.#reading;
  }

  /** Resolves soon after `signal` is aborted; never rejects. */
  async watch(signal: AbortSignal): Promise<void> {
    const drop = (): void => this.#drop();
    signal.addEventListener('abort', drop, { once: true });
    while (!signal.aborted) {
      await this.#look(signal);
      if (signal.aborted) break;
      this.#onReading();
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
    signal.removeEventListener('abort', drop);
    this.#drop();
  }

  async #look(signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      this.#connection ??= await this.#open();
      if (signal.aborted) return;
      timer = setTimeout(() => this.#drop(), lookMsMax);
      this.#reading = await read(this.#connection);
      this.#failures = 0;
    } catch {
      // Why does not matter here: the link, which needs the server more, tells it.
      this.#drop();
      this.#failures += 1;
      if (this.#failures >= failuresMin) this.#reading = { ...unknown, reachable: false };
    } finally {
      clearTimeout(timer);
    }
  }

  /** A server that hangs right behind the login would keep us for ever: that has no limit of its own. */
  async #open(): Promise<ServerConnection> {
    const opening = openConnection(this.#address, { sessionLabel: 'probe', timeoutMs: lookMsMax });
    const decided = new AbortController();
    try {
      const opened = await Promise.race([opening, sleep(lookMsMax, null, { signal: decided.signal })]);
      if (opened !== null) return opened;
    } finally {
      decided.abort();
    }
    void opening.then(
      (late) => late.destroy(),
      () => undefined,
    );
    throw new TailraceError('TR_SERVER_UNREACHABLE', { what: 'a server did not answer in time' });
  }

  #drop(): void {
    this.#connection?.destroy();
    this.#connection = null;
  }
}

async function read(connection: ServerConnection): Promise<ProbeReading> {
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_running', 'Threads_connected')",
  );
  const more = await connection.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_connections', 'gtid_mode', 'read_only')",
  );
  const values = new Map([...rows, ...more].map((row) => [row.Variable_name.toLowerCase(), row.Value]));
  return {
    reachable: true,
    threadsRunning: numberOf(values.get('threads_running')),
    connections: numberOf(values.get('threads_connected')),
    connectionsMax: numberOf(values.get('max_connections')),
    writable: values.has('read_only') ? values.get('read_only') === 'OFF' : null,
    gtidExecuted: values.get('gtid_mode') === 'ON' ? await readGtidExecuted(connection) : null,
  };
}

function numberOf(text: string | undefined): number | null {
  const number = Number(text ?? NaN);
  return Number.isFinite(number) ? number : null;
}
