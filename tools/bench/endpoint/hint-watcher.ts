import { GtidSet } from '../../../src/gtid/gtid-set.js';
import { hintsFromJson } from '../../../src/hints/hints-json.js';
import { EventStreamParser } from '../../../src/pool/event-stream-parser.js';
import { sharedClockMs } from '../shared-clock.js';

/** Of an event: hints of a few replicas have some kilobytes. */
const eventLengthMax = 1024 * 1024;

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
  readonly #parser = new EventStreamParser(eventLengthMax);
  #known = new GtidSet();
  #events = 0;

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
      ready();
      for await (const bytes of response.body) this.#take(Buffer.from(bytes as Uint8Array));
    } catch (error) {
      if (!stop.aborted) throw error;
    }
    return { toldMs: this.#toldMs, events: this.#events };
  }

  #take(bytes: Buffer): void {
    const nowMs = sharedClockMs();
    for (const { event, data } of this.#parser.push(bytes)) if (event === 'hints') this.#note(data, nowMs);
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
