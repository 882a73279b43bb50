import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { adminOutlet } from './admin-outlet.js';
import { answerRefusal } from './answer.js';
import { requireToken } from './bearer-token.js';
import { checkOutlet } from './check-outlet.js';
import { dashboardFileOutlets, dashboardJsonOutlet } from './dashboard-outlet.js';
import type { DashboardSource } from './dashboard-source.js';
import { DashboardStream } from './dashboard-stream.js';
import { decodePiece } from './decode-piece.js';
import { liveOutlet, readyOutlet } from './health-outlets.js';
import type { GiveOrder, HintsFeed, ReadTablesLag, WaitForGtid } from './hints-feed.js';
import { HintsHub } from './hints-hub.js';
import { hintsOutlet } from './hints-outlet.js';
import { HttpRefusal } from './http-refusal.js';
import { listen } from './listen.js';
import { metricsOutlet, type MetricsText } from './metrics-outlet.js';
import type { Outlet } from './outlet.js';
import { announcedBytes } from './read-json-body.js';
import { requireGuardedListen } from './require-guarded-listen.js';
import type { ServerSettings, TlsTexts } from './server-settings.js';
import { readCheckPath, storeCheckOutlet, storeCheckPathOf, writeCheckPath } from './store-check-outlet.js';
import { StreamOutlet } from './stream-outlet.js';
import { tablesOutlet } from './tables-outlet.js';
import { waitOutlet } from './wait-outlet.js';

export interface HintsServerParts {
  readonly settings: ServerSettings;
  readonly feed: HintsFeed;
  readonly wait: WaitForGtid;
  readonly give: GiveOrder;
  /** Milliseconds since 1970, by the clock that the hints are stamped with. */
  readonly now: () => number;
  /** Left out: every table counts as the replica does. */
  readonly readTablesLag?: ReadTablesLag;
  /** Left out: there is no /metrics. */
  readonly metrics?: MetricsText;
  /** Left out: there is no dashboard. */
  readonly dashboard?: DashboardSource;
  readonly log: Logger;
}

const ofReplica = /^\/v1\/replicas\/([^/]{1,600})\/(check|admin)$/;
/** Longer than proxies keep a connection that they mean to use again. */
const keepAliveMs = 75_000;

/** So long a client that was refused may take to read why. */
const farewellMs = 1_000;

/** The lag endpoint over HTTP. Every request is in docs/http.md. */
export class HintsServer {
  readonly #parts: HintsServerParts;
  readonly #hub: HintsHub;
  readonly #stream: StreamOutlet;
  readonly #dashboard: DashboardStream | null;
  readonly #outlets: ReadonlyMap<string, Outlet>;
  readonly #server: Server;
  #port = 0;

  /** Throws `TR_LISTEN_OPEN`. */
  constructor(parts: HintsServerParts) {
    const { settings, feed, wait, give, now } = parts;
    requireGuardedListen(settings);
    this.#parts = parts;
    this.#hub = new HintsHub(feed);
    this.#stream = new StreamOutlet(this.#hub, settings);
    const { dashboard } = parts;
    this.#dashboard = dashboard === undefined ? null : new DashboardStream(dashboard, settings);
    const { readTablesLag = () => null } = parts;
    const stores = storeCheckOutlet(this.#hub, settings, now);
    this.#outlets = new Map([
      ['/livez', liveOutlet],
      ['/readyz', readyOutlet(this.#hub, settings, now)],
      ['/v1/hints', hintsOutlet(this.#hub, settings)],
      ['/v1/hints/stream', this.#stream.outlet],
      ['/v1/wait', waitOutlet(wait, settings)],
      ['/v1/replicas/{id}/check', checkOutlet(this.#hub, settings, now, readTablesLag)],
      ['/v1/tables', tablesOutlet(this.#hub, settings, now, readTablesLag)],
      ['/v1/replicas/{id}/admin', adminOutlet(give, settings, now)],
      [writeCheckPath, stores],
      [readCheckPath, stores],
      ...(parts.metrics === undefined ? [] : [['/metrics', metricsOutlet(parts.metrics)] as const]),
      ...this.#dashboardOutlets(),
    ]);
    this.#server = newServer(settings);
    this.#server.on('request', (request, response) => this.#handle(request, response));
    // A client that asks before it sends is told to go on only where its body may be read.
    this.#server.on('checkContinue', (request, response) => {
      if (announcedBytes(request) <= settings.bodyBytesMax) response.writeContinue();
      this.#handle(request, response);
    });
    this.#server.on('clientError', refuseBytes);
  }

  /** The port that it listens on; 0 before. */
  get port(): number {
    return this.#port;
  }

  /** What it answers, by path; pieces of a path that vary are in braces. */
  get outlets(): ReadonlyMap<string, Pick<Outlet, 'methods' | 'guard'>> {
    return this.#outlets;
  }

  /** Listeners of the stream. */
  get listeners(): number {
    return this.#stream.listeners;
  }

  /** Throws `TR_LISTEN_FAILED`. */
  async listen(): Promise<void> {
    const { host, port } = this.#parts.settings;
    this.#port = await listen(this.#server, host, port);
  }

  /** Another certificate for connections from now on. Without TLS from the start there is none. */
  renewCertificate({ certificate, key }: TlsTexts): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext({ cert: certificate, key });
  }

  /** Ends streams and connections, and lets go of the port. */
  async close(): Promise<void> {
    this.#stream.close();
    this.#dashboard?.close();
    this.#hub.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    try {
      const url = request.url ?? '/';
      const mark = url.indexOf('?');
      const path = mark === -1 ? url : url.slice(0, mark);
      const { outlet, replica } = this.#find(path);
      this.#admit(outlet, request);
      const query = mark === -1 ? '' : url.slice(mark + 1);
      // Most answers are out at once: a promise for each of them would be for nothing.
      outlet
        .answer({ request, response, path, query, replica })
        ?.catch((error: unknown) => this.#refuse(response, error));
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (!(error instanceof HttpRefusal)) this.#logDefect(error);
    answerRefusal(response, error);
  }

  #dashboardOutlets(): readonly (readonly [string, Outlet])[] {
    const { dashboard } = this.#parts;
    if (dashboard === undefined || this.#dashboard === null) return [];
    return [
      ...dashboardFileOutlets(),
      ['/v1/dashboard', dashboardJsonOutlet(dashboard)],
      ['/v1/dashboard/stream', this.#dashboard.outlet],
    ];
  }

  #find(path: string): { readonly outlet: Outlet; readonly replica: string } {
    const [, id = '', kind = ''] = ofReplica.exec(path) ?? [];
    const name = id === '' ? storeCheckPathOf(path) : `/v1/replicas/{id}/${kind}`;
    const outlet = this.#outlets.get(name);
    if (outlet === undefined) throw HttpRefusal.missing('There is nothing at this path.');
    return { outlet, replica: decodePiece(id) };
  }

  #admit(outlet: Outlet, request: IncomingMessage): void {
    if (!outlet.methods.includes(request.method ?? '')) {
      const allow = outlet.methods.join(', ');
      throw new HttpRefusal(
        405,
        'TR_REQUEST_INVALID',
        { what: `This path only supports ${allow}.` },
        { allow },
      );
    }
    const { readToken, adminToken } = this.#parts.settings;
    if (outlet.guard === 'read' && readToken !== null) requireToken(request, [readToken, adminToken]);
    if (outlet.guard !== 'admin') return;
    if (adminToken === null)
      throw new HttpRefusal(403, 'TR_REQUEST_TOKEN', {
        what: 'Orders require an admin token, and none is configured.',
      });
    requireToken(request, [adminToken]);
  }

  /** A client that goes away in the middle of its request is no defect. */
  #logDefect(error: unknown): void {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    this.#parts.log.error({ error: (error as Error).stack ?? String(error) }, 'a request ran into a defect');
  }
}

function newServer(settings: ServerSettings): Server {
  const options = {
    maxHeaderSize: settings.headerBytesMax,
    headersTimeout: settings.requestMsMax,
    requestTimeout: settings.requestMsMax,
    keepAliveTimeout: keepAliveMs,
    // How often the two limits above are looked at.
    connectionsCheckingInterval: Math.min(1_000, settings.requestMsMax),
    noDelay: true,
  };
  const { tls } = settings;
  const server =
    tls === null
      ? createServer(options)
      : createTlsServer({ ...options, cert: tls.certificate, key: tls.key });
  server.maxConnections = settings.connectionsMax;
  return server;
}

/** What arrived is no HTTP, is too large or too slow: said in one line, and closed. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  if (!socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  // Whoever neither reads nor closes would keep its descriptor.
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(timer));
}
