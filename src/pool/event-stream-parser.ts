import { StringDecoder } from 'node:string_decoder';

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  /** '' where none was sent so far. */
  readonly id: string;
}

/**
 * Server-sent events out of bytes (HTML Standard, section 9.2.6), as far as a daemon sends them. Throws a RangeError for an event of more
 * than `eventLengthMax` characters.
 */
export class EventStreamParser {
  readonly #decoder = new StringDecoder('utf8');
  readonly #eventLengthMax: number;
  #line = '';
  #length = 0;
  #event = '';
  #data: string[] = [];
  #id = '';
  #endedInReturn = false;

  constructor(eventLengthMax: number) {
    this.#eventLengthMax = eventLengthMax;
  }

  /** The events that these bytes complete. */
  push(bytes: Buffer): StreamEvent[] {
    const events: StreamEvent[] = [];
    let text = this.#decoder.write(bytes);
    if (this.#endedInReturn && text.startsWith('\n')) text = text.slice(1);
    if (text !== '') this.#endedInReturn = text.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    const last = lines.pop() ?? '';
    for (const [at, line] of lines.entries()) {
      const event = this.#take(at === 0 ? this.#line + line : line);
      if (at === 0) this.#line = '';
      if (event !== null) events.push(event);
    }
    this.#line += last;
    this.#require(this.#length + this.#line.length);
    return events;
  }

  #take(line: string): StreamEvent | null {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#length += value.length;
      this.#require(this.#length);
    }
    return null;
  }

  #end(): StreamEvent | null {
    const event = {
      event: this.#event === '' ? 'message' : this.#event,
      data: this.#data.join('\n'),
      id: this.#id,
    };
    const isEmpty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    this.#length = 0;
    return isEmpty ? null : event;
  }

  #require(length: number): void {
    if (length > this.#eventLengthMax)
      throw new RangeError(`an event has more than ${this.#eventLengthMax} characters`);
  }
}
