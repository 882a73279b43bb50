import { hintDefaults, type HintSettings } from '../hints/hint-settings.js';
import { serverDefaults, serverLimits, type ServerLimits, type TlsTexts } from '../server/server-settings.js';
import type { ListenAddress } from './listen-address.js';

/** Where the lag endpoint listens, what it asks for, and how it decides. */
export interface EndpointSettings {
  readonly http: ListenAddress;
  /** For HAProxy's agent checks; null: there is none. */
  readonly agent: ListenAddress | null;
  /** Ports of protocols that know no token (`agent`, `gtidReader`) may be reached from other machines. */
  readonly openProtocols: boolean;
  /** See `ServerSettings`. */
  readonly tls: TlsTexts | null;
  /** null: what `tls` is stays as it is. */
  readonly rereadTls: RereadTls | null;
  readonly readToken: string | null;
  readonly adminToken: string | null;
  /** The `epoch` of hints, from 1 on: raised by one when another server has become the source. */
  readonly failoverEpoch: number;
  readonly throttleAboveMs: number;
  readonly limits: ServerLimits;
  /** Whether keys of rows that change often are shown: they may be personal data. */
  readonly hotKeys: boolean;
  readonly hints: HintSettings;
  /** null: no heartbeat table is written, and none is created. */
  readonly heartbeat: HeartbeatSettings | null;
  /** By the names of their links; for one that is not named here `replicaEndpointDefaults` hold. */
  readonly replicas: ReadonlyMap<string, ReplicaEndpointSettings>;
}

/** Reads the certificate and its key again; null: `tellWhy` was told why they cannot be used. */
export type RereadTls = (tellWhy: (why: string) => void) => TlsTexts | null;

/** What holds for one replica. */
export interface ReplicaEndpointSettings {
  /** Where it stands; null: not told. */
  readonly zone: string | null;
  /** Its share of reads against the others; above zero. */
  readonly weight: number;
  /** Where its ProxySQL GTID reader listens; null: there is none. */
  readonly gtidReader: ListenAddress | null;
}

/** A table as pt-heartbeat keeps it. */
export interface HeartbeatSettings {
  readonly schema: string;
  readonly table: string;
  /** On the source, from where it replicates; or on every replica, from the position that it has applied. */
  readonly writeOn: 'source' | 'replica';
  readonly intervalMs: number;
}

export const replicaEndpointDefaults: ReplicaEndpointSettings = { zone: null, weight: 100, gtidReader: null };

export const heartbeatIntervalMsDefault = 1_000;

/** What holds where nothing but an address is set. */
export const endpointDefaults: Omit<EndpointSettings, 'http'> = {
  agent: null,
  openProtocols: false,
  tls: null,
  rereadTls: null,
  readToken: null,
  adminToken: null,
  failoverEpoch: 1,
  throttleAboveMs: serverDefaults.throttleAboveMs,
  limits: serverLimits,
  hotKeys: true,
  hints: hintDefaults,
  heartbeat: null,
  replicas: new Map(),
};
