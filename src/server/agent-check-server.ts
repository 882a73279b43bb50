import { createServer, type Server, type Socket } from 'node:net';
import type { Hints, ReplicaHint } from '../hints/hints.js';
import type { HintsFeed } from './hints-feed.js';
import { listen } from './listen.js';
import { requireOpenProtocol } from './require-guarded-listen.js';

export interface AgentCheckSettings {
  /** Loopback only, or another address: the protocol has no token, and tells states and weights. */
  readonly host: string;
  readonly port: number;
  /** HAProxy may be on another machine: whoever allows that has to say so. */
  readonly isOpen: boolean;
  readonly connectionsMax: number;
  readonly lineBytesMax: number;
  readonly requestMsMax: number;
  readonly hintsAgeMsMax: number;
}

export const agentCheckDefaults: AgentCheckSettings = {
  host: '127.0.0.1',
  port: 0,
  isOpen: false,
  connectionsMax: 512,
  lineBytesMax: 256,
  requestMsMax: 2_000,
  hintsAgeMsMax: 10_000,
};

/**
 * HAProxy's agent checks (Configuration Manual, `agent-check` and `agent-send`): a connection sends the name of a replica and a newline, and is
 * answered with one line: `up ready 80%`, `drain`, `maint` or `ready down #reason`. The percentage is of the weight that the server has in
 * HAProxy's own configuration. Where nothing can be said, nothing is: HAProxy then keeps the state that it has.
 */
export class AgentCheckServer {
  readonly #settings: AgentCheckSettings;
  readonly #feed: HintsFeed;
  readonly #now: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  /** Throws `TR_LISTEN_OPEN`. */
  constructor(feed: HintsFeed, settings: AgentCheckSettings, now: () => number) {
    requireOpenProtocol(settings, 'agent checks');
    this.#feed = feed;
    this.#settings = settings;
    this.#now = now;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
    this.#server.maxConnections = settings.connectionsMax;
  }

  get port(): number {
    return this.#port;
  }

  /** Throws `TR_LISTEN_FAILED`. */
  async listen(): Promise<void> {
    this.#port = await listen(this.#server, this.#settings.host, this.#settings.port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    const { lineBytesMax, requestMsMax } = this.#settings;
    this.#sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), requestMsMax);
    let line = '';
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
    const take = (text: string): void => {
      line += text;
      const end = line.indexOf('\n');
      if (end === -1 && line.length <= lineBytesMax) return;
      socket.off('data', take);
      // Whatever else comes is read and dropped, so that the connection ends without a reset.
      socket.resume();
      const name = Buffer.from(line.slice(0, Math.max(0, end)), 'latin1')
        .toString('utf8')
        .trim();
      socket.end(end === -1 ? '' : this.#answer(name));
    };
    socket.on('data', take);
  }

  #answer(name: string): string {
    const hints = this.#feed.current();
    if (hints === null || this.#now() - hints.atMs > this.#settings.hintsAgeMsMax) return '';
    return agentAnswer(hints, name);
  }
}

/** The line for one replica. */
export function agentAnswer(hints: Hints, name: string): string {
  const replica = hints.replicas.find(({ id }) => id === name);
  return replica === undefined ? '' : `${words(replica)}\n`;
}

function words({ state, weight, fullWeight, reason }: ReplicaHint): string {
  switch (state) {
    case 'serving':
    case 'degraded':
      // 0 % would be taken for a drain.
      return `up ready ${Math.min(100, Math.max(1, Math.round((100 * weight) / fullWeight)))}%`;
    case 'drain':
      return 'drain';
    case 'maint':
      return 'maint';
    case 'ejected':
    case 'unknown':
      // Ready ends a drain or maintenance from before.
      return `ready down #${reason
        .replaceAll('µ', 'u')
        .replaceAll(/[^\x20-\x7e]/g, '?')
        .slice(0, 100)}`;
  }
}
