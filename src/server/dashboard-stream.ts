import type { ServerResponse } from 'node:http';
import type { DashboardSource } from './dashboard-source.js';
import { HttpRefusal } from './http-refusal.js';
import { lastEventId } from './last-event-id.js';
import type { Outlet } from './outlet.js';
import { RequestQuery } from './request-query.js';

/** Pages that are open at a time: people, not programs. */
const listenersMax = 64;

interface Listener {
  readonly response: ServerResponse;
  /** The frame that it was told last; -1: none. */
  seq: number;
  /** Since when it has not taken what was sent; null: it takes. */
  stalledSinceMs: number | null;
}

/**
 * `GET /v1/dashboard/stream`: server-sent events for the dashboard's page.
 *
 * - `history`: first, and again after frames were left out: all that was missed since `Last-Event-ID`, or everything there is;
 * - `frame`: once a second; its id is the daemon's start and the frame's number.
 */
export class DashboardStream {
  readonly outlet: Outlet;
  readonly #source: DashboardSource;
  readonly #stalledMsMax: number;
  readonly #listeners = new Set<Listener>();
  readonly #unsubscribe: () => void;

  constructor(source: DashboardSource, { stalledMsMax }: { readonly stalledMsMax: number }) {
    this.#source = source;
    this.#stalledMsMax = stalledMsMax;
    this.#unsubscribe = source.subscribe(() => this.#tellAll());
    this.outlet = {
      methods: ['GET'],
      guard: 'read',
      answer: ({ request, response, query }) => {
        const asked = new RequestQuery(query, ['last_event_id']);
        if (this.#listeners.size >= listenersMax)
          throw HttpRefusal.limit(`${listenersMax} dashboards are already open`);
        this.#open(response, lastEventId(request, asked));
      },
    };
  }

  close(): void {
    this.#unsubscribe();
    for (const { response } of this.#listeners) response.end();
    this.#listeners.clear();
  }

  #open(response: ServerResponse, lastId: string | null): void {
    response.shouldKeepAlive = false;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const listener: Listener = { response, seq: -1, stalledSinceMs: null };
    this.#listeners.add(listener);
    response.once('close', () => this.#listeners.delete(listener));
    response.on('drain', () => (listener.stalledSinceMs = null));
    this.#send(listener, `retry: 1000\n\n${this.#history(this.#seqOf(lastId))}`);
    this.#tell(listener);
  }

  /** The frame that an id names, if it is one of this daemon. */
  #seqOf(id: string | null): number | null {
    const match = /^(\d{1,15})-(\d{1,15})$/.exec(id ?? '');
    return match !== null && Number(match[1]) === this.#source.boot ? Number(match[2]) : null;
  }

  #history(after: number | null): string {
    return `event: history\ndata: ${this.#source.historyAfter(after)}\n\n`;
  }

  #tellAll(): void {
    const nowMs = performance.now();
    for (const listener of this.#listeners) {
      const { stalledSinceMs, response } = listener;
      if (stalledSinceMs === null) this.#tell(listener);
      else if (nowMs - stalledSinceMs > this.#stalledMsMax) response.destroy();
    }
  }

  #tell(listener: Listener): void {
    const newest = this.#source.newest();
    if (newest === null || newest.seq === listener.seq) return;
    const { seq, text } = newest;
    // A listener that was slow has missed samples and changes that no frame repeats.
    const missed = listener.seq !== -1 && seq !== listener.seq + 1 ? this.#history(listener.seq) : '';
    listener.seq = seq;
    this.#send(listener, `${missed}id: ${this.#source.boot}-${seq}\nevent: frame\ndata: ${text}\n\n`);
  }

  #send(listener: Listener, text: string): void {
    if (!listener.response.write(text)) listener.stalledSinceMs ??= performance.now();
  }
}
