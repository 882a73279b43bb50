import { connect } from 'node:net';
import { pino } from 'pino';
import type { AdminOrder, HintInputs, ReplicaInputs } from '../../src/hints/hint-inputs.js';
import type { Hints } from '../../src/hints/hints.js';
import { GtidWaiters } from '../../src/server/gtid-waiters.js';
import type { HintsFeed, TablesLag } from '../../src/server/hints-feed.js';
import { HintsServer, type HintsServerParts } from '../../src/server/hints-server.js';
import { serverDefaults, type ServerSettings } from '../../src/server/server-settings.js';
import { Decider, inputs } from './hint-inputs.js';

/** Hints that a test decides by hand. Its clock is the decider's. */
export class HandFeed implements HintsFeed {
  readonly decider = new Decider();
  readonly #listeners = new Set<(hints: Hints) => void>();
  #hints: Hints | null = null;

  get subscribers(): number {
    return this.#listeners.size;
  }

  readonly now = (): number => this.decider.nowMs;

  current(): Hints | null {
    return this.#hints;
  }

  subscribe(listener: (hints: Hints) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Decides after `ms`, and tells whoever listens. */
  decide(ms: number, replicas: readonly ReplicaInputs[]): Hints {
    return this.decideAll(ms, inputs(replicas));
  }

  decideAll(ms: number, given: HintInputs): Hints {
    const hints = this.decider.after(ms, given);
    this.#hints = hints;
    for (const listener of [...this.#listeners]) listener(hints);
    return hints;
  }
}

/** A lag endpoint on a free port of this machine, fed by hand. */
export class FedServer {
  readonly feed = new HandFeed();
  readonly orders = new Map<string, AdminOrder | null>();
  /** Lags of single tables, as `schema.table`; others count as the replica. */
  readonly tablesLag = new Map<string, TablesLag>();
  readonly waiters = new GtidWaiters(this.feed);
  readonly server: HintsServer;

  constructor(settings: Partial<ServerSettings> = {}, parts: Partial<HintsServerParts> = {}) {
    this.server = new HintsServer({
      ...parts,
      settings: { ...serverDefaults, ...settings },
      feed: this.feed,
      wait: this.waiters.wait,
      give: (id, order) => {
        if (!(this.feed.current()?.replicas.some((one) => one.id === id) ?? false)) return false;
        this.orders.set(id, order);
        return true;
      },
      readTablesLag: (_, [name]) => this.tablesLag.get(name?.join('.') ?? '') ?? null,
      now: this.feed.now,
      log: pino({ level: 'silent' }),
    });
  }

  static async start(
    settings: Partial<ServerSettings> = {},
    parts: Partial<HintsServerParts> = {},
  ): Promise<FedServer> {
    const fed = new FedServer(settings, parts);
    await fed.server.listen();
    return fed;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.server.port}${path}`;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url(path), init);
  }

  /** Status and body of an answer. */
  async ask(
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  json(method: string, path: string, body: unknown, token?: string) {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    return this.ask(path, { method, headers, body: JSON.stringify(body) });
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/**
 * Sends bytes, and gives all that comes back until the other side closes. `endMs`: give up after so long, but not before what has arrived
 * meanwhile was read: a process that was held up finds its timers due first.
 */
export function exchangeBytes(port: number, bytes: string | Buffer, endMs = 5_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => setImmediate(() => setImmediate(end)), endMs);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.on('error', end);
    socket.on('close', end);
  });
}
