/** One event as a server sends it (HTML Standard, section 9.2). */
export interface ServerSentEvent {
  /** null: it has none. */
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** An event larger than this is none of ours. */
const charactersMax = 8 * 1_024 * 1_024;

/** Cuts a text that arrives in pieces into events. */
export class ServerSentEvents {
  #rest = '';

  /** Gives the events that are whole with this piece. Throws an Error if one does not end. */
  take(piece: string): ServerSentEvent[] {
    this.#rest += piece;
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop() ?? '';
    if (this.#rest.length > charactersMax) throw new Error('an event does not end');
    return blocks.map(readEvent).filter(({ data }) => data !== '');
  }
}

function readEvent(block: string): ServerSentEvent {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
  }
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? 'message',
    data: fields.get('data') ?? '',
  };
}
