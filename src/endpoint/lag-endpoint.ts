import type { Logger } from 'pino';
import type { LinkActivity } from '../link/link-activity.js';
import type { LinkLag } from '../lag/link-lag.js';
import type { LinkProgress } from '../link/link-progress.js';
import type { LinkSettings } from '../link/link-settings.js';
import { addressLabel } from '../mysql/connection-failure.js';
import { agentCheckDefaults, AgentCheckServer } from '../server/agent-check-server.js';
import type { GtidReaderServer } from '../server/gtid-reader-server.js';
import { GtidWaiters } from '../server/gtid-waiters.js';
import { HintsServer } from '../server/hints-server.js';
import type { TlsTexts } from '../server/server-settings.js';
import { CertificateRenewal } from './certificate-renewal.js';
import { DashboardFeed } from './dashboard-feed.js';
import { gtidReaders } from './gtid-readers.js';
import type { HeartbeatWriter } from './heartbeat-writer.js';
import { heartbeatWriters } from './heartbeat-writers.js';
import { HintsBoard } from './hints-board.js';
import { type EndpointSettings, replicaEndpointDefaults } from './endpoint-settings.js';
import { Metrics } from './metrics.js';
import { ServerProbe } from './server-probe.js';
import { WatchedReplica } from './watched-replica.js';

/** How often files are looked at that are replaced once in weeks. */
const certificateMs = 60_000;

/** The lag endpoint of one process: it watches a source and the replicas of its links, decides, and answers. */
export class LagEndpoint {
  readonly #replicas: readonly WatchedReplica[];
  readonly #source: ServerProbe;
  readonly #board: HintsBoard;
  readonly #dashboard: DashboardFeed;
  readonly #server: HintsServer;
  readonly #renewal: CertificateRenewal | null;
  readonly #agent: AgentCheckServer | null;
  readonly #gtidReaders: ReadonlyMap<string, GtidReaderServer>;
  readonly #heartbeats: readonly HeartbeatWriter[];
  readonly #ended = new AbortController();
  #watching: Promise<unknown> = Promise.resolve();

  /** `links`: at least one; all have one source. Throws `TR_LISTEN_OPEN`. */
  constructor(links: readonly [LinkSettings, ...LinkSettings[]], settings: EndpointSettings, log: Logger) {
    const { http, agent, openProtocols, tls, readToken, adminToken } = settings;
    const { throttleAboveMs, limits, hints } = settings;
    const onEpoch = (): void => this.#board.soon();
    const onLook = onEpoch;
    this.#replicas = links.map((link) => {
      const own = settings.replicas.get(link.name) ?? replicaEndpointDefaults;
      return new WatchedReplica(link, own, { onEpoch, onLook, hotKeys: settings.hotKeys });
    });
    this.#source = new ServerProbe(links[0].source, onLook);
    this.#board = new HintsBoard({
      epoch: settings.failoverEpoch,
      sourceId: addressLabel(links[0].source),
      source: this.#source,
      replicas: this.#replicas,
      settings: hints,
      log,
    });
    this.#dashboard = new DashboardFeed(this.#replicas, this.#board);
    this.#server = new HintsServer({
      settings: { ...limits, ...http, tls, readToken, adminToken, throttleAboveMs },
      feed: this.#board,
      wait: new GtidWaiters(this.#board).wait,
      give: (id, order) => this.#board.give(id, order),
      readTablesLag: (id, tables) => this.#find(id)?.tablesLag(tables, hints.ejectUntilMs) ?? null,
      now: Date.now,
      metrics: new Metrics(this.#replicas, this.#board),
      dashboard: this.#dashboard,
      log,
    });
    const { rereadTls } = settings;
    const apply = (renewed: TlsTexts): void => this.#server.renewCertificate(renewed);
    this.#renewal =
      tls === null || rereadTls === null
        ? null
        : new CertificateRenewal({ tls, reread: rereadTls, apply, log, everyMs: certificateMs });
    this.#agent =
      agent === null
        ? null
        : new AgentCheckServer(
            this.#board,
            { ...agentCheckDefaults, ...agent, isOpen: openProtocols },
            Date.now,
          );
    this.#gtidReaders = gtidReaders(this.#board, settings);
    const { heartbeat } = settings;
    const watched = { links, source: this.#source, replicas: this.#replicas, log };
    this.#heartbeats = heartbeat === null ? [] : heartbeatWriters({ ...watched, settings: heartbeat });
  }

  get port(): number {
    return this.#server.port;
  }

  /** The port of agent checks; null: there is none. */
  get agentPort(): number | null {
    return this.#agent?.port ?? null;
  }

  /** The ports of ProxySQL's GTID readers, by the names of their links. */
  get gtidReaderPorts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#gtidReaders].map(([name, { port }]) => [name, port]));
  }

  /** What the link of this name tells its lag to. */
  lagOf(name: string): LinkLag | undefined {
    return this.#find(name)?.lag;
  }

  /** What the link of this name tells its work to. */
  activityOf(name: string): LinkActivity | undefined {
    return this.#find(name)?.activity;
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
    this.#dashboard.start();
    this.#board.start();
    await this.#server.listen();
    this.#renewal?.start();
    await this.#agent?.listen();
    for (const reader of this.#gtidReaders.values()) await reader.listen();
    const probes = [this.#source, ...this.#replicas.map(({ probe }) => probe)];
    const end = AbortSignal.any([signal, this.#ended.signal]);
    const beating = this.#heartbeats.map((heartbeat) => heartbeat.run(end));
    this.#watching = Promise.all([...probes.map((probe) => probe.watch(end)), ...beating]);
  }

  /** Ends all of it; takes two seconds at most, and works also where `start` did not. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#renewal?.close();
    this.#board.close();
    this.#dashboard.close();
    const readers = [...this.#gtidReaders.values()].map((reader) => reader.close());
    await Promise.all([this.#server.close(), this.#agent?.close(), ...readers]);
    await this.#watching;
  }

  #find(name: string): WatchedReplica | undefined {
    return this.#replicas.find(({ id }) => id === name);
  }
}
