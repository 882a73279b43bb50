import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GtidKeyframe } from '../hints/gtid-keyframe.js';
import { hintsFromJson, keyframeFromJson } from '../hints/hints-json.js';
import { EventStreamParser, type StreamEvent } from './event-stream-parser.js';
import type { HintsMemory } from './hints-memory.js';
import type { HintsSettings } from './pool-settings.js';

/** A thousand replicas with long GTID sets take less. */
const eventLengthMax = 16 * 1_024 * 1_024;
/** A daemon says once a second that it is there. */
const silenceMsMax = 3_500;
const lookMs = 500;
const retryMsMin = 100;
const retryMsMax = 5_000;
/** A clock is taken to be right unless it is off by more than the second that a Date header counts in, and some. */
const skewMsIgnored = 1_500;

/** Listens to a daemon's hints for as long as the pool lives: whatever happens, it tries again, and the next daemon. */
export class HintsStream {
  readonly #settings: HintsSettings;
  readonly #memory: HintsMemory;
  readonly #onChange: () => void;
  readonly #ended = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lastId = '';
  #state = 'not connected yet';
  #failures = 0;
  /** Of the daemon that is listened to. */
  #keyframe: GtidKeyframe | null = null;

  /** `onChange` is called whenever hints were taken. */
  constructor(settings: HintsSettings, memory: HintsMemory, onChange: () => void) {
    this.#settings = settings;
    this.#memory = memory;
    this.#onChange = onChange;
  }

  /** In words, for people. */
  get state(): string {
    return this.#state;
  }

  start(): void {
    this.#running = this.#run();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { urls } = this.#settings;
    const { signal } = this.#ended;
    // Applications that start together shall not all choose the same one.
    let at = Math.floor(Math.random() * urls.length);
    while (!signal.aborted) {
      const url = urls[at]!;
      const reason = await this.#listen(url).catch((error: unknown) => (error as Error).message);
      if (signal.aborted) return;
      this.#state = `${url.origin}: ${reason}`;
      at = (at + 1) % urls.length;
      // Every daemon is tried once before anybody waits long.
      const rounds = Math.floor(this.#failures / urls.length);
      const waitMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(rounds, 10)) * (0.5 + Math.random());
      this.#failures += 1;
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Until it ends; gives why. */
  async #listen(url: URL): Promise<string> {
    const askedMs = Date.now();
    const response = await this.#open(url);
    const skewMs = clockSkewMs(response.headers.date, (askedMs + Date.now()) / 2);
    const parser = new EventStreamParser(eventLengthMax);
    this.#keyframe = null;
    const openedMs = performance.now();
    let heardMs = openedMs;
    let badLooks = 0;
    const watch = setInterval(() => {
      const nowMs = performance.now();
      const isSilent = nowMs - heardMs > silenceMsMax;
      // Twice in a row: a process that was held up finds its timers due, and what arrived meanwhile unread.
      badLooks = isSilent || this.#isOfNoUse(openedMs, nowMs) ? badLooks + 1 : 0;
      const reason = isSilent ? `it has been silent for ${silenceMsMax} ms` : 'its hints are too old';
      if (badLooks > 1) response.destroy(new Error(reason));
    }, lookMs);
    watch.unref();
    try {
      for await (const bytes of response) {
        heardMs = performance.now();
        for (const event of parser.push(bytes as Buffer)) this.#take(event, url.origin, skewMs);
      }
      return 'it ended the stream';
    } finally {
      clearInterval(watch);
      response.destroy();
    }
  }

  /** A daemon that stands still, or tells of an older source than is known, answers as any other: another one may know better. */
  #isOfNoUse(openedMs: number, nowMs: number): boolean {
    const { urls, ageMsMax } = this.#settings;
    return urls.length > 1 && nowMs - openedMs > ageMsMax && this.#memory.young(nowMs) === null;
  }

  #open(url: URL): Promise<IncomingMessage> {
    const { token } = this.#settings;
    const path = `${url.pathname.replace(/\/$/, '')}/v1/hints/stream?gtids=added`;
    const headers = {
      accept: 'text/event-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      // Another daemon counts its versions apart.
      ...(this.#memory.current?.from === url.origin ? { 'last-event-id': this.#lastId } : {}),
    };
    return new Promise((resolve, reject) => {
      const get = url.protocol === 'https:' ? getSecure : getPlain;
      const options = { headers, agent: false, signal: this.#ended.signal, timeout: silenceMsMax };
      const request = get(new URL(path, url), options, (response) => {
        request.setTimeout(0);
        if (response.statusCode === 200) return resolve(response);
        response.destroy();
        reject(new Error(`it answers with status ${response.statusCode}`));
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`it did not answer within ${silenceMsMax} ms`)));
    });
  }

  #take({ event, data, id }: StreamEvent, from: string, skewMs: number): void {
    if (event === 'hints') this.#takeHints(data, id, from, skewMs);
    else if (event === 'gtids') this.#keyframe = keyframeFromJson(JSON.parse(data));
    else if (event === 'alive') {
      const { version, at_ms: atMs } = JSON.parse(data) as { version?: unknown; at_ms?: unknown };
      if (typeof version === 'number' && typeof atMs === 'number')
        this.#memory.confirm(from, version, decidedAt(atMs, skewMs));
    }
  }

  #takeHints(data: string, id: string, from: string, skewMs: number): void {
    const hints = hintsFromJson(JSON.parse(data), this.#keyframe);
    const arriving = { hints, from, decidedMs: decidedAt(hints.atMs, skewMs) };
    this.#failures = 0;
    this.#state = `hints from ${from}`;
    if (!this.#memory.offer(arriving, performance.now())) return;
    this.#lastId = id;
    this.#onChange();
  }
}

/** A time of the daemon's clock as one of `performance.now()`; not in the future. */
function decidedAt(atMs: number, skewMs: number): number {
  return performance.now() - Math.max(0, Date.now() - skewMs - atMs);
}

/** How far our clock is ahead of the daemon's, as far as its Date header tells; 0 where it may as well be none. */
function clockSkewMs(date: string | undefined, nowMs: number): number {
  const headerMs = Date.parse(date ?? '');
  if (Number.isNaN(headerMs)) return 0;
  const skewMs = nowMs - (headerMs + 500);
  return Math.abs(skewMs) <= skewMsIgnored ? 0 : skewMs;
}
