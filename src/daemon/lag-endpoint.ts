import type { Logger } from 'pino';
import { hintDefaults } from '../hints/hint-settings.js';
import type { LinkLag } from '../link/link-lag.js';
import type { LinkProgress } from '../link/link-progress.js';
import type { LinkSettings } from '../link/link-settings.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { agentCheckDefaults, AgentCheckServer } from '../server/agent-check-server.js';
import { GtidWaiters } from '../server/gtid-waiters.js';
import { HintsServer } from '../server/hints-server.js';
import { serverDefaults } from '../server/server-settings.js';
import { HintsBoard } from './hints-board.js';
import type { EndpointSettings } from './endpoint-settings.js';
import { Metrics } from './metrics.js';
import { ServerProbe } from './server-probe.js';
import { WatchedReplica } from './watched-replica.js';

/** The lag endpoint of one process: it watches a source and the replicas of its links, decides, and answers. */
export class LagEndpoint {
  readonly #replicas: readonly WatchedReplica[];
  readonly #source: ServerProbe;
  readonly #board: HintsBoard;
  readonly #server: HintsServer;
  readonly #agent: AgentCheckServer | null;
  readonly #ended = new AbortController();
  #watching: Promise<unknown> = Promise.resolve();

  /** `links`: at least one; all have one source. Throws `TR_LISTEN_OPEN`. */
  constructor(links: readonly [LinkSettings, ...LinkSettings[]], settings: EndpointSettings, log: Logger) {
    const { http, agent, readToken, adminToken } = settings;
    const onEpoch = (): void => this.#board.soon();
    const onLook = onEpoch;
    this.#replicas = links.map((link) => new WatchedReplica(link, { onEpoch, onLook }));
    this.#source = new ServerProbe(links[0].source, onLook);
    this.#board = new HintsBoard({
      sourceId: addressLabel(links[0].source),
      source: this.#source,
      replicas: this.#replicas,
      settings: hintDefaults,
      log,
    });
    this.#server = new HintsServer({
      settings: { ...serverDefaults, ...http, readToken, adminToken },
      feed: this.#board,
      wait: new GtidWaiters(this.#board).wait,
      give: (id, order) => this.#board.give(id, order),
      now: Date.now,
      metrics: new Metrics(this.#replicas, this.#board),
      log,
    });
    this.#agent =
      agent === null
        ? null
        : new AgentCheckServer(this.#board, { ...agentCheckDefaults, ...agent }, Date.now);
  }

  get port(): number {
    return this.#server.port;
  }

  /** The port of agent checks; null: there is none. */
  get agentPort(): number | null {
    return this.#agent?.port ?? null;
  }

  /** What the link of this name tells its lag to. */
  lagOf(name: string): LinkLag | undefined {
    return this.#find(name)?.lag;
  }

  /** A link of this name was started, and tells what it has done. */
  follow(name: string, progress: () => LinkProgress): void {
    const replica = this.#find(name);
    if (replica !== undefined) replica.progress = progress;
  }

  /** Its data is known to be wrong: it is not to be read until a link has mended it. */
  blame(name: string, fault: string): void {
    const replica = this.#find(name);
    if (replica !== undefined) replica.fault = fault;
    this.#board.soon();
  }

  /** Once `signal` is aborted servers are looked at no more. Throws `TR_LISTEN_FAILED`. */
  async start(signal: AbortSignal): Promise<void> {
    // Something is decided before anybody can ask.
    this.#board.start();
    await this.#server.listen();
    await this.#agent?.listen();
    const probes = [this.#source, ...this.#replicas.map(({ probe }) => probe)];
    const end = AbortSignal.any([signal, this.#ended.signal]);
    this.#watching = Promise.all(probes.map((probe) => probe.watch(end)));
  }

  /** Ends all of it; takes two seconds at most, and works also where `start` did not. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#board.close();
    await Promise.all([this.#server.close(), this.#agent?.close()]);
    await this.#watching;
  }

  #find(name: string): WatchedReplica | undefined {
    return this.#replicas.find(({ id }) => id === name);
  }
}
