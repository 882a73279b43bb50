import type { ServerResponse } from 'node:http';
import type { Hints } from '../hints/hints.js';
import { HttpRefusal } from './http-refusal.js';
import { type HintsHub, parseVersionName, versionName } from './hints-hub.js';
import { lastEventId } from './last-event-id.js';
import type { Outlet } from './outlet.js';
import { RequestQuery } from './request-query.js';

/** A listener that was told nothing in the last half of this learns how young the hints are, and we learn that it is still there. */
const aliveMs = 1_000;
/**
 * Between two rounds of events, at least; and so many times as long as the last round took: telling takes a tenth of the processor at
 * most, however many listen and whatever a write costs on this machine. With a quarter, a thousand listeners and 10,000 checks a second
 * filled a core, and one check in a hundred waited 40 ms.
 */
const roundMsMin = 2;
const restPerRound = 9;
/** Measured time holds what others took of the processor: on a machine that is busy, listeners still hear of news. */
const restMsMax = 250;
/** So many listeners are told at once; then requests get their turn: a thousand writes take 20 ms. With 32, one check in a hundred waited half as long again. */
const listenersAtOnce = 8;

interface Listener {
  readonly response: ServerResponse;
  /** The version it was told last; -1: none. */
  version: number;
  /** The keyframe that it was told last; -1: none; null: it wants whole sets. */
  keyframe: number | null;
  /** When it was told hints last; -Infinity: never. */
  toldMs: number;
  /** Since when it has not taken what was sent; null: it takes. */
  stalledSinceMs: number | null;
}

/**
 * `GET /v1/hints/stream`: server-sent events (HTML Standard, section 9.2).
 *
 * - `hints`: all hints, whenever they change; its id is their version. A listener that is slow misses some, and gets the newest.
 * - `change`: a state that changed, before the hints that it is part of. With `Last-Event-ID` those that were missed are sent first.
 * - `gap`: changes were missed that are no longer known.
 * - `gtids`: a keyframe; only with `gtids=added`, whose `hints` tell what was added to the keyframe in place of whole GTID sets.
 * - `alive`: once a second, the version and when it was decided; left out for those who were told hints half a second ago or later.
 */
export class StreamOutlet {
  readonly outlet: Outlet;
  readonly #hub: HintsHub;
  readonly #stalledMsMax: number;
  readonly #listeners = new Set<Listener>();
  readonly #alive: NodeJS.Timeout;
  #round: NodeJS.Timeout | null = null;
  /** Time that the last round took, without the turns that requests had in between. */
  #roundMs = 0;
  /** What the newest version looks like to a listener that misses no change; made once, for those who want whole sets and for the others. */
  readonly #made = new Map<boolean, { readonly version: number; readonly bytes: Buffer }>();
  readonly #unsubscribe: () => void;

  constructor(hub: HintsHub, settings: { readonly streamsMax: number; readonly stalledMsMax: number }) {
    this.#hub = hub;
    this.#stalledMsMax = settings.stalledMsMax;
    this.#unsubscribe = hub.onChange(() => this.#soon());
    this.#alive = setInterval(() => this.#tellAlive(), aliveMs);
    this.#alive.unref();
    this.outlet = {
      methods: ['GET'],
      guard: 'read',
      answer: ({ request, response, query }) => {
        const asked = new RequestQuery(query, ['last_event_id', 'gtids']);
        const isShort = asked.text('gtids') === 'added';
        if (!isShort && asked.text('gtids') !== null)
          throw HttpRefusal.invalid('Parameter gtids can only be "added".');
        if (this.#listeners.size >= settings.streamsMax)
          throw HttpRefusal.limit(`${settings.streamsMax} listeners are already connected`);
        this.#open(response, lastEventId(request, asked), isShort);
      },
    };
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  close(): void {
    clearInterval(this.#alive);
    if (this.#round !== null) clearTimeout(this.#round);
    this.#unsubscribe();
    for (const { response } of this.#listeners) response.end();
    this.#listeners.clear();
  }

  #open(response: ServerResponse, lastId: string | null, isShort: boolean): void {
    // The stream ends with its connection: an event is then one write, not three.
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const keyframe = isShort ? -1 : null;
    const listener: Listener = { response, version: -1, keyframe, toldMs: -Infinity, stalledSinceMs: null };
    this.#listeners.add(listener);
    response.once('close', () => this.#listeners.delete(listener));
    response.on('drain', () => {
      listener.stalledSinceMs = null;
      this.#soon();
    });
    // A second is soon enough to come back, and late enough not to run a starting daemon over.
    this.#send(listener, 'retry: 1000\n\n');
    const last = lastId === null ? null : parseVersionName(lastId);
    if (last !== null) this.#resume(listener, last);
    this.#tell(listener);
  }

  /** Versions grow over epochs and restarts, so that the version alone says what was missed. */
  #resume(listener: Listener, last: { readonly epoch: number; readonly version: number }): void {
    const hints = this.#hub.current;
    const missed = this.#hub.changesAfter(last.version);
    if (missed === null) this.#send(listener, 'event: gap\ndata: {}\n\n');
    listener.version = last.version;
    if (hints === null || hints.epoch < last.epoch) listener.version = -1;
  }

  #soon(): void {
    if (this.#round !== null || this.#listeners.size === 0) return;
    this.#round = setTimeout(
      () => {
        this.#inTurns(
          [...this.#listeners],
          (listener) => this.#tell(listener),
          (ms) => this.#endRound(ms),
        );
      },
      roundMsMin + Math.min(restMsMax, restPerRound * this.#roundMs),
    );
    this.#round.unref();
  }

  /** What was decided while the round went on is for the next one: those who were told first have yet to hear of it. */
  #endRound(ms: number): void {
    this.#round = null;
    this.#roundMs = ms;
    const version = this.#hub.current?.version;
    if (version === undefined) return;
    for (const listener of this.#listeners)
      if (listener.version !== version && listener.stalledSinceMs === null) return this.#soon();
  }

  /** Some listeners at once, and then it is the turn of requests. `end` is told what it took, without their turns. */
  #inTurns(
    listeners: readonly Listener[],
    tell: (listener: Listener) => void,
    end: (ms: number) => void,
    first = 0,
    msBefore = 0,
  ): void {
    const startMs = performance.now();
    const next = Math.min(first + listenersAtOnce, listeners.length);
    for (let at = first; at < next; at += 1) {
      const listener = listeners[at]!;
      // One that has gone meanwhile must not be written to.
      if (this.#listeners.has(listener)) tell(listener);
    }
    // node:http gives to the kernel in ticks behind this one, which is nearly all of the work: a tick asked for now comes after those.
    process.nextTick(() => {
      const ms = msBefore + performance.now() - startMs;
      if (next < listeners.length) setImmediate(() => this.#inTurns(listeners, tell, end, next, ms));
      else end(ms);
    });
  }

  /** Tells one listener what is new for it, unless it still has to take what it was told before. */
  #tell(listener: Listener): void {
    const hints = this.#hub.current;
    if (hints === null || hints.version === listener.version || listener.stalledSinceMs !== null) return;
    const changes = listener.version === -1 ? [] : (this.#hub.changesAfter(listener.version) ?? []);
    listener.version = hints.version;
    listener.toldMs = performance.now();
    if (changes.length > 0)
      this.#send(listener, changes.map(({ text }) => `event: change\ndata: ${text}\n\n`).join(''));
    if (listener.keyframe !== null) this.#tellKeyframe(listener, hints);
    this.#send(listener, this.#event(hints, listener.keyframe !== null));
  }

  #tellKeyframe(listener: Listener, hints: Hints): void {
    const { keyframe } = this.#hub.shortJson(hints);
    if (keyframe.number === listener.keyframe) return;
    listener.keyframe = keyframe.number;
    this.#send(listener, `event: gtids\ndata: ${JSON.stringify(keyframe.toJson())}\n\n`);
  }

  #event(hints: Hints, isShort: boolean): Buffer {
    const made = this.#made.get(isShort);
    if (made?.version === hints.version) return made.bytes;
    const json = isShort ? this.#hub.shortJson(hints).json : this.#hub.json(hints);
    const bytes = Buffer.from(`id: ${versionName(hints)}\nevent: hints\ndata: ${json}\n\n`);
    this.#made.set(isShort, { version: hints.version, bytes });
    return bytes;
  }

  #tellAlive(): void {
    const hints = this.#hub.current;
    const text = hints === null ? '{}' : JSON.stringify({ version: hints.version, at_ms: hints.atMs });
    const event = Buffer.from(`event: alive\ndata: ${text}\n\n`);
    const nowMs = performance.now();
    const tell = (listener: Listener): void => {
      const { stalledSinceMs, response } = listener;
      if (stalledSinceMs === null) {
        if (nowMs - listener.toldMs > aliveMs / 2) this.#send(listener, event);
      } else if (nowMs - stalledSinceMs > this.#stalledMsMax) response.destroy();
    };
    this.#inTurns([...this.#listeners], tell, () => undefined);
  }

  #send(listener: Listener, bytes: string | Buffer): void {
    if (!listener.response.write(bytes)) listener.stalledSinceMs ??= performance.now();
  }
}
