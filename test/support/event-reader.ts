import { get, type IncomingMessage } from 'node:http';
import { patienceMs } from './wait-for.js';

export interface ReadEvent {
  readonly kind: string;
  readonly id: string;
  readonly data: string;
}

/** Reads server-sent events as a browser does, as far as tests need it. */
export class EventReader {
  /** Every event that came, by kind, in order. */
  readonly kinds: string[] = [];
  readonly #response: IncomingMessage;
  readonly #unread: ReadEvent[] = [];
  #wake: () => void = () => undefined;
  #text = '';

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#take(text));
    response.on('error', () => undefined);
  }

  static open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, (response) => {
        if (response.statusCode === 200) resolve(new EventReader(response));
        else reject(new Error(`the stream answers ${response.statusCode}`));
      }).on('error', reject);
    });
  }

  /** The next event of a kind that was not read yet; others are passed over. Fails when it does not come at all. */
  async next(kind: string): Promise<ReadEvent> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const event = this.#unread.shift();
      if (event?.kind === kind) return event;
      if (event !== undefined) continue;
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Error(`no ${kind} came within ${patienceMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  count(kind: string): number {
    return this.kinds.filter((one) => one === kind).length;
  }

  close(): void {
    this.#response.destroy();
  }

  #take(text: string): void {
    const parts = (this.#text + text).split('\n\n');
    this.#text = parts.pop() ?? '';
    for (const part of parts) {
      const fields = new Map(part.split('\n').map((line) => splitLine(line)));
      if (!fields.has('data')) continue;
      const event = {
        kind: fields.get('event') ?? 'message',
        id: fields.get('id') ?? '',
        data: fields.get('data') ?? '',
      };
      this.kinds.push(event.kind);
      this.#unread.push(event);
    }
    this.#wake();
  }
}

function splitLine(line: string): [name: string, value: string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}
