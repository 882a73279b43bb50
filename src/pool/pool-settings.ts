import type { PoolOptions as DriverPoolOptions } from 'mysql2';

export interface NodeSettings {
  readonly id: string;
  readonly zone: string | null;
  readonly weight: number;
  readonly connectionsMax: number;
  readonly driver: DriverPoolOptions;
}

export interface HintsSettings {
  readonly urls: readonly URL[];
  readonly token: string | null;
  readonly ageMsMax: number;
}

/** The options of a pool with everything decided. Units are in the names. */
export interface PoolSettings {
  readonly source: NodeSettings;
  readonly replicas: readonly NodeSettings[];
  readonly hints: HintsSettings | null;
  readonly zone: string | null;
  readonly zoneDistances: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly sourceReads: {
    readonly shareMax: number;
    readonly inFlightMax: number;
    readonly beyond: 'wait' | 'refuse';
  };
  readonly probes: {
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly heartbeatTable: string | null;
  };
  readonly waitMsMax: number;
  readonly waitsPerNodeMax: number | null;
  readonly connectMsMax: number;
  readonly checkoutMsMax: number;
  readonly checkoutsWaitingMax: number;
  readonly readRetriesMax: number;
  readonly idleTrustMs: number;
  readonly silenceMsMax: number;
  readonly untrackedWriteMs: number;
}
