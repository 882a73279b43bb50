/** What the lag endpoint lets others take. Units are in the names. */
export interface ServerLimits {
  readonly connectionsMax: number;
  readonly headerBytesMax: number;
  readonly bodyBytesMax: number;
  /** From the first byte of a request to its last. */
  readonly requestMsMax: number;
  /** Requests at a time that hold on for newer hints, listen to the stream, wait for transactions. */
  readonly pollsMax: number;
  readonly streamsMax: number;
  readonly waitsMax: number;
  /** The longest that a request may ask to be held on. */
  readonly holdMsMax: number;
  /** A listener that has taken nothing for so long is cut off. */
  readonly stalledMsMax: number;
  /** The longest that a drain or maintenance may be ordered for. */
  readonly orderMsMax: number;
  /** Hints that were decided longer ago than this are not answered with: who decides has stopped. */
  readonly hintsAgeMsMax: number;
}

/** A certificate with its chain, and its key; PEM texts. */
export interface TlsTexts {
  readonly certificate: string;
  readonly key: string;
}

/** How the lag endpoint listens. */
export interface ServerSettings extends ServerLimits {
  /** An address of this machine. What is not loopback needs `readToken` or `tls`. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** null: no TLS. */
  readonly tls: TlsTexts | null;
  /** Asked for with every request but /livez and /readyz; null: no token is needed to read. */
  readonly readToken: string | null;
  /** Asked for to drain a replica; null: nobody may. */
  readonly adminToken: string | null;
  /** Lag above which bulk writers are told to wait. */
  readonly throttleAboveMs: number;
}

export const serverLimits: ServerLimits = {
  connectionsMax: 4_096,
  headerBytesMax: 16 * 1_024,
  bodyBytesMax: 64 * 1_024,
  requestMsMax: 10_000,
  pollsMax: 1_024,
  streamsMax: 2_048,
  waitsMax: 4_096,
  holdMsMax: 60_000,
  stalledMsMax: 10_000,
  orderMsMax: 24 * 3_600_000,
  hintsAgeMsMax: 10_000,
};

export const serverDefaults: ServerSettings = {
  ...serverLimits,
  host: '127.0.0.1',
  port: 0,
  tls: null,
  readToken: null,
  adminToken: null,
  throttleAboveMs: 1_000,
};
