import type { PoolOptions as DriverPoolOptions } from 'mysql2/promise';

/**
 * Where a server is and who the application is to it: `mysql://user:password@host:port/database`, or what mysql2 takes for a pool. The
 * limit of connections is `connectionLimit`, 10 unless told otherwise.
 */
export type NodeAddress = string | DriverPoolOptions;

/** One server of the pool. */
export interface NodeOptions {
  readonly address: NodeAddress;
  /** As the daemon calls it in its hints; `host:port` by default, which is also the daemon's default. */
  readonly id?: string;
  /** Where it stands. What hints say goes before. */
  readonly zone?: string;
  /** In percent of the weight that hints say, 100 by default. */
  readonly weight?: number;
}

/** Where routing hints come from: daemons of tailrace, any of which will do. */
export interface HintsOptions {
  /** `http://host:port`, `https://host:port`; the others are tried when one does not answer. */
  readonly urls: readonly string[];
  /** Sent as bearer token; never shown. */
  readonly token?: string;
  /** Older hints are not believed: the pool then looks at the servers itself. 5,000 by default. */
  readonly ageMsMax?: number;
}

/** Reads that go to the source although they need not by what was asked for: what keeps them from taking it down. */
export interface SourceReadOptions {
  /** Of all reads, at most, while any replica can be read; 0.5 by default. */
  readonly shareMax?: number;
  /** At a time, at most; half of the source's connections by default. */
  readonly inFlightMax?: number;
  /** Whether such a read waits for its turn (or for a replica), or is refused at once with `TR_POOL_SOURCE_SPARED`. `wait` by default. */
  readonly beyond?: 'wait' | 'refuse';
}

/** How the pool looks at servers while there are no hints to be believed. */
export interface ProbeOptions {
  /** Between two looks at one server, give or take a quarter; 1,000 by default. */
  readonly intervalMs?: number;
  /** For one look; 2,000 by default. */
  readonly timeoutMs?: number;
  /** `schema.table` in pt-heartbeat's format, in the server's time zone, read where servers have no GTIDs; none by default. */
  readonly heartbeatTable?: string;
}

export interface ReplicaPoolOptions {
  readonly source: NodeAddress | NodeOptions;
  readonly replicas: readonly (NodeAddress | NodeOptions)[];
  /** null: there is no daemon, and the pool looks at the servers itself. */
  readonly hints:
    HintsOptions | { readonly url: string; readonly token?: string; readonly ageMsMax?: number } | null;
  /** Where the application runs: near replicas are read first. */
  readonly zone?: string;
  /** How far zones are from each other, by names; 0 from itself and 1 from every other where nothing is said. */
  readonly zoneDistances?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly sourceReads?: SourceReadOptions;
  readonly probes?: ProbeOptions;

  /** The longest that a read waits on a replica for its session's writes; then it goes to the source. 50 by default. */
  readonly waitMsMax?: number;
  /** Of a replica's connections, so many wait for writes at a time; half of them by default. */
  readonly waitsPerNodeMax?: number;
  /** For connecting and logging in to one server; 1,000 by default. */
  readonly connectMsMax?: number;
  /** Until a connection is there, all attempts together; 5,000 by default. */
  readonly checkoutMsMax?: number;
  /** Checkouts that wait for a connection at a time; 10,000 by default. */
  readonly checkoutsWaitingMax?: number;
  /** A read whose connection was lost is done again so often; 2 by default. Writes never are. */
  readonly readRetriesMax?: number;
  /** A connection that was not used for so long is tried before it is given out; 1,000 by default. */
  readonly idleTrustMs?: number;
  /** A server that says nothing for so long although it was asked, and then nothing to a ping for as long again, is down. 1,000 by default. */
  readonly silenceMsMax?: number;
  /**
   * So long the reads of a session stay on the source after a write of which it could not be learnt which transaction it was (a lost
   * connection, a server without GTIDs). 600,000 by default.
   */
  readonly untrackedWriteMs?: number;
}
