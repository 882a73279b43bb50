import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request on its way through the server. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** What stands behind the question mark. */
  readonly query: string;
  /** The replica that the path names; empty where it names none. */
  readonly replica: string;
}

/** Answers requests of one kind. Throws `HttpRefusal` for what it does not answer. */
export interface Outlet {
  readonly methods: readonly string[];
  /** Who may ask: anybody, whoever may read, or whoever may give orders. */
  readonly guard: 'open' | 'read' | 'admin';
  readonly answer: (exchange: Exchange) => Promise<void> | void;
}

/** A signal that is aborted when the client has gone away, or the answer is out. */
export function goneSignal({ response }: Exchange): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (response.destroyed) gone.abort();
  return gone.signal;
}
