import { createServer, type Server, type Socket } from 'node:net';
import type { GtidSet } from '../gtid/gtid-set.js';
import type { Hints } from '../hints/hints.js';
import { gtidReaderGreeting, gtidReaderLines } from './gtid-reader-lines.js';
import { GtidReaderSession } from './gtid-reader-session.js';
import type { HintsFeed } from './hints-feed.js';
import { listen } from './listen.js';
import { requireOpenProtocol } from './require-guarded-listen.js';

export interface GtidReaderSettings {
  /** Loopback only, or another address: the protocol has no token, and tells GTIDs. */
  readonly host: string;
  readonly port: number;
  /** ProxySQL may be on another machine: whoever allows that has to say so. */
  readonly isOpen: boolean;
  readonly connectionsMax: number;
  /** A set of GTIDs that takes more to tell is not told. */
  readonly greetingBytesMax: number;
  /** What may wait for a reader that takes nothing, beside its greeting. */
  readonly backlogBytesMax: number;
  /** A reader that has taken nothing for so long is cut off. */
  readonly stalledMsMax: number;
}

export const gtidReaderDefaults: GtidReaderSettings = {
  host: '127.0.0.1',
  port: 0,
  isOpen: false,
  connectionsMax: 64,
  greetingBytesMax: 16 * 1_024 * 1_024,
  backlogBytesMax: 1_024 * 1_024,
  stalledMsMax: 10_000,
};

const stallCheckMs = 1_000;

/**
 * Tells ProxySQL which transactions one replica has applied, as proxysql_mysqlbinlog does for a server that replicates by itself. What was
 * told cannot be taken back: when the replica turns out to lack some of it, or is not known any more, every connection is ended, upon which
 * ProxySQL asks again.
 */
export class GtidReaderServer {
  readonly #settings: GtidReaderSettings;
  readonly #feed: HintsFeed;
  readonly #replica: string;
  readonly #server: Server;
  readonly #sessions = new Set<GtidReaderSession>();
  /** What every session was told; null: nothing is known, and nobody is let in. */
  #told: GtidSet | null = null;
  /** The greeting that tells it; made when it is asked for. */
  #greeting: Buffer | null = null;
  #unsubscribe: (() => void) | null = null;
  #stallCheck: NodeJS.Timeout | null = null;
  #port = 0;

  /** `replica`: its id in the hints. Throws `TR_LISTEN_OPEN`. */
  constructor(feed: HintsFeed, replica: string, settings: GtidReaderSettings) {
    requireOpenProtocol(settings, 'GTID readers');
    this.#feed = feed;
    this.#replica = replica;
    this.#settings = settings;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
    this.#server.maxConnections = settings.connectionsMax;
  }

  get port(): number {
    return this.#port;
  }

  /** Readers that are connected. */
  get readers(): number {
    return this.#sessions.size;
  }

  /** Throws `TR_LISTEN_FAILED`. */
  async listen(): Promise<void> {
    this.#unsubscribe = this.#feed.subscribe((hints) => this.#take(hints));
    const hints = this.#feed.current();
    if (hints !== null) this.#take(hints);
    this.#stallCheck = setInterval(() => {
      for (const session of [...this.#sessions]) session.endIfStalled(this.#settings.stalledMsMax);
    }, stallCheckMs);
    this.#port = await listen(this.#server, this.#settings.host, this.#settings.port);
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    if (this.#stallCheck !== null) clearInterval(this.#stallCheck);
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#endSessions();
    await closed;
  }

  #take(hints: Hints): void {
    const executed = hints.replicas.find(({ id }) => id === this.#replica)?.gtidExecuted ?? null;
    const told = this.#told;
    if (executed === told) return;
    this.#told = executed;
    this.#greeting = null;
    if (executed === null || told === null || !executed.contains(told)) return this.#endSessions();
    if (this.#sessions.size === 0) return;
    const lines = gtidReaderLines(executed.subtract(told));
    if (lines === '') return;
    const bytes = Buffer.from(lines, 'latin1');
    for (const session of [...this.#sessions]) session.tell(bytes, this.#settings.backlogBytesMax);
  }

  #serve(socket: Socket): void {
    const greeting = this.#greet();
    if (greeting === null) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const session = new GtidReaderSession(socket, greeting, () => this.#sessions.delete(session));
    this.#sessions.add(session);
  }

  #greet(): Buffer | null {
    if (this.#told === null) return null;
    this.#greeting ??= Buffer.from(gtidReaderGreeting(this.#told), 'latin1');
    return this.#greeting.length <= this.#settings.greetingBytesMax ? this.#greeting : null;
  }

  #endSessions(): void {
    for (const session of [...this.#sessions]) session.end();
  }
}
