import { GtidSet } from '../../gtid/gtid-set.js';
import { hintsFromJson } from '../../hints/hints-json.js';
import { sharedClockMs } from '../shared-clock.js';

export interface HintWatcherTask {
  readonly url: string;
  readonly replica: string;
  readonly sid: string;
}

export interface HintWatcherResult {
  /** By transaction number of the source: when the stream first said that the replica has it, shared clock, ms. */
  readonly toldMs: readonly (readonly [gno: number, ms: number])[];
  readonly events: number;
}

/** Listens to the stream as a client does, and notes when each transaction is told to be applied. */
export class HintWatcher {
  readonly #task: HintWatcherTask;
  readonly #toldMs: [number, number][] = [];
  #known = new GtidSet();
  #events = 0;
  #text = '';

  constructor(task: HintWatcherTask) {
    this.#task = task;
  }

  async run({
    ready,
    stop,
  }: {
    readonly ready: () => void;
    readonly stop: AbortSignal;
  }): Promise<HintWatcherResult> {
    try {
      const response = await fetch(`${this.#task.url}/v1/hints/stream`, { signal: stop });
      if (response.body === null) throw new Error('the stream has no body');
      const decoder = new TextDecoder();
      ready();
      for await (const bytes of response.body)
        this.#take(decoder.decode(bytes as Uint8Array, { stream: true }));
    } catch (error) {
      if (!stop.aborted) throw error;
    }
    return { toldMs: this.#toldMs, events: this.#events };
  }

  #take(text: string): void {
    const nowMs = sharedClockMs();
    this.#text += text;
    for (let end = this.#text.indexOf('\n\n'); end !== -1; end = this.#text.indexOf('\n\n')) {
      const event = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (event.includes('event: hints')) this.#note(event.slice(event.indexOf('data: ') + 6), nowMs);
    }
  }

  #note(json: string, nowMs: number): void {
    this.#events += 1;
    const { replica: name, sid } = this.#task;
    const executed = hintsFromJson(JSON.parse(json)).replicas.find(({ id }) => id === name)?.gtidExecuted;
    if (executed === null || executed === undefined) return;
    for (const interval of executed.subtract(this.#known).intervals()) {
      if (interval.sid !== sid || interval.tag !== '') continue;
      for (let gno = interval.first; gno <= interval.last; gno += 1) this.#toldMs.push([gno, nowMs]);
    }
    this.#known = executed;
  }
}
