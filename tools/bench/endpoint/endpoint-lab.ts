import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import { type Hints, isRead } from '../../../src/hints/hints.js';
import { hintsFromJson } from '../../../src/hints/hints-json.js';
import { freePort } from '../../../src/lab/free-port.js';
import type { LabServer } from '../../../src/lab/lab-server.js';
import { startLabTopology } from '../../../src/lab/lab-topology.js';
import { readGtidExecuted } from '../../../src/mysql/gtid-executed.js';
import type { ReplicaPoolOptions } from '../../../src/pool/pool-options.js';
import { benchSchema } from '../workloads/workload.js';
import { markerTable } from '../workloads/follow-oltp.js';
import { DaemonProcess } from './daemon-process.js';

/**
 * Commits that do not wait for a disk that all servers share, as they would not in production. What was committed is with the operating
 * system: nothing is lost when a server is killed.
 */
const withoutDisk = { 'sync-binlog': 0, 'innodb-flush-log-at-trx-commit': 2 } as const;
const levelMsMax = 120_000;
const poolConnections = 20;

export interface EndpointLabOptions {
  readonly replicas: number;
  /** See `DaemonOptions`. */
  readonly core?: number | null;
  readonly log?: (line: string) => void;
}

/** A source, replicas named `r1`, `r2`, …, and a daemon that feeds them and answers. */
export class EndpointLab {
  readonly source: LabServer;
  readonly replicas: readonly LabServer[];
  readonly daemon: DaemonProcess;
  readonly #stop: () => Promise<void>;

  private constructor(
    servers: {
      readonly source: LabServer;
      readonly replicas: readonly LabServer[];
      readonly stop: () => Promise<void>;
    },
    daemon: DaemonProcess,
  ) {
    this.source = servers.source;
    this.replicas = servers.replicas;
    this.daemon = daemon;
    this.#stop = servers.stop;
  }

  /** Starts all of it, with the table for markers; resolves once every replica serves. */
  static async start({ replicas, core = null, log }: EndpointLabOptions): Promise<EndpointLab> {
    const servers = await startLabTopology({
      replicas,
      sourceSettings: withoutDisk,
      replicaSettings: withoutDisk,
      ...(log && { log }),
    });
    try {
      const onSource = await servers.source.connect();
      await onSource.execute(`CREATE DATABASE ${benchSchema}`);
      await onSource.execute(`CREATE TABLE ${benchSchema}.${markerTable} (id INT NOT NULL PRIMARY KEY)`);
      await onSource.close();
      const named = servers.replicas.map(({ address }, at) => ({ name: replicaName(at), address }));
      const port = await freePort();
      const daemon = await DaemonProcess.start({
        source: servers.source.address,
        replicas: named,
        port,
        core,
      });
      const lab = new EndpointLab(servers, daemon);
      await lab.allServe().catch(async (error: unknown) => {
        await daemon.stop();
        throw error;
      });
      return lab;
    } catch (error) {
      await servers.stop();
      throw error;
    }
  }

  /** What the daemon tells now; null: it does not answer. */
  async hints(): Promise<Hints | null> {
    try {
      const response = await fetch(`${this.daemon.url}/v1/hints`, { signal: AbortSignal.timeout(2_000) });
      return response.status === 200 ? hintsFromJson(await response.json()) : null;
    } catch {
      return null;
    }
  }

  /** Throws `TR_BENCH_CONTENDER_FAILED` when they do not all serve within two minutes. */
  async allServe(): Promise<void> {
    let told = 'nothing';
    for (let waited = 0; waited < levelMsMax; waited += 100) {
      const hints = await this.hints();
      if (hints?.replicas.every(({ state }) => state === 'serving') ?? false) return;
      told = hints?.replicas.map(({ id, reason }) => `${id}: ${reason}`).join('; ') ?? told;
      await sleep(100);
    }
    throw new TailraceError('TR_BENCH_CONTENDER_FAILED', {
      what: `The replicas did not serve within ${levelMsMax / 1_000} s.`,
      why: told,
    });
  }

  /** Waits until every replica has what the source has now; errors as those of `allServe`. */
  async haveAll(): Promise<void> {
    const source = await this.source.connect();
    const all = await readGtidExecuted(source);
    await source.close();
    for (let waited = 0; waited < levelMsMax; waited += 50) {
      const hints = await this.hints();
      if (hints?.replicas.every(({ gtidExecuted }) => gtidExecuted?.contains(all) === true) ?? false) return;
      await sleep(50);
    }
    throw new TailraceError('TR_BENCH_CONTENDER_FAILED', {
      what: 'The replicas did not get what the source has.',
    });
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    await this.#stop();
  }
}

/** How the daemon calls a replica; the first is number 0. */
export const replicaName = (at: number): string => `r${at + 1}`;

/** Whether a replica is read; false also where nothing is known of it. */
export function isReadNow(hints: Hints | null, name: string): boolean {
  const replica = hints?.replicas.find(({ id }) => id === name);
  return replica !== undefined && isRead(replica.state);
}

/** A pool of an application on the lab, which hears of hints from its daemon; every other option at its default. */
export function poolOptions({ source, replicas, daemon }: EndpointLab): ReplicaPoolOptions {
  const addressOf = ({ address: { host, port, user, password } }: LabServer) => ({
    host,
    port,
    user,
    password,
    connectionLimit: poolConnections,
  });
  return {
    source: { id: 'source', address: addressOf(source) },
    replicas: replicas.map((replica, at) => ({ id: replicaName(at), address: addressOf(replica) })),
    hints: { url: daemon.url },
  };
}
