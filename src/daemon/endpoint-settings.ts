import type { ListenAddress } from './listen-address.js';

/** Where the lag endpoint listens, and what it asks for. */
export interface EndpointSettings {
  readonly http: ListenAddress;
  /** For HAProxy's agent checks; null: there is none. */
  readonly agent: ListenAddress | null;
  /** See `ServerSettings`. */
  readonly readToken: string | null;
  readonly adminToken: string | null;
}
