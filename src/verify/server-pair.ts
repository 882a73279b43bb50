import type { ServerConnection } from '../mysql/server-connection.js';

/** A session on each of the two servers. */
export interface ServerPair {
  readonly source: ServerConnection;
  readonly replica: ServerConnection;
}

/** Runs a statement on each, side by side. */
export function onBoth<T>(pair: ServerPair, source: string, replica: string): Promise<[T[], T[]]> {
  return Promise.all([pair.source.query<T>(source), pair.replica.query<T>(replica)]);
}
