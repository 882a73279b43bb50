import type { DashboardFrame, HistoryJson } from './dashboard-json.js';
import { ServerSentEvents } from './server-sent-events.js';

/** Relative to the page. */
const address = 'v1/dashboard/stream';
const retryMs = 1_000;
/** A connection on which nothing came for so long is given up: behind a proxy, or after a laptop's sleep, it may never end. */
const silenceMsMax = 6_000;

export interface FrameStreamEvents {
  readonly history: (history: HistoryJson) => void;
  readonly frame: (frame: DashboardFrame) => void;
  /** The daemon asks for another token than the one that it was given. */
  readonly refused: (reason: string) => void;
  /** null: it has none. */
  readonly token: () => string | null;
}

/**
 * Listens to the daemon's frames and goes on where it was when the connection is lost. Not an EventSource: that cannot send a token in a
 * header, and a token in an address ends up in logs.
 */
export class FrameStream {
  readonly #events: FrameStreamEvents;
  #lastId: string | null = null;
  #isRunning = false;

  constructor(events: FrameStreamEvents) {
    this.#events = events;
  }

  /** Goes on until a token is refused; may then be called again. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let isWelcome = true;
    while (isWelcome) {
      isWelcome = await this.#listen().catch(() => true);
      if (isWelcome) await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    this.#isRunning = false;
  }

  /** One connection; false when it needs another token. */
  async #listen(): Promise<boolean> {
    const end = new AbortController();
    let silence = setTimeout(() => end.abort(), silenceMsMax);
    try {
      const response = await fetch(address, {
        headers: this.#headers(),
        signal: end.signal,
        cache: 'no-store',
        credentials: 'same-origin',
      });
      if (response.status === 401 || response.status === 403) {
        this.#events.refused(await reasonOf(response));
        return false;
      }
      if (!response.ok || response.body === null) return true;
      const events = new ServerSentEvents();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return true;
        clearTimeout(silence);
        silence = setTimeout(() => end.abort(), silenceMsMax);
        for (const { id, event, data } of events.take(value)) {
          if (event === 'history') this.#events.history(JSON.parse(data) as HistoryJson);
          if (event === 'frame') this.#events.frame(JSON.parse(data) as DashboardFrame);
          this.#lastId = id ?? this.#lastId;
        }
      }
    } finally {
      clearTimeout(silence);
      end.abort();
    }
  }

  #headers(): Record<string, string> {
    const token = this.#events.token();
    return {
      accept: 'text/event-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(this.#lastId === null ? {} : { 'last-event-id': this.#lastId }),
    };
  }
}

async function reasonOf(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => null);
  const what = typeof answer === 'object' && answer !== null && 'what' in answer ? answer.what : null;
  return typeof what === 'string' ? what : 'This daemon requires a token.';
}
