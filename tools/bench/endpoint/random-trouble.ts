import { setTimeout as sleep } from 'node:timers/promises';
import type { LabServer } from '../../../src/lab/lab-server.js';
import type { SeededRandom } from '../../lab/seeded-random.js';
import type { EndpointLab } from './endpoint-lab.js';

/**
 * - `locked`: a global read lock on a replica, which reads pass and its link does not;
 * - `stopped`: a replica's process is stopped, its connections stay open;
 * - `cut`: every connection to a replica is ended, its link's, too;
 * - `killed`: a replica's process is killed and started again;
 * - `daemon stopped`, `daemon killed`: the same for the daemon, and with it for all links.
 */
export const troubleKinds = [
  'locked',
  'stopped',
  'cut',
  'killed',
  'daemon stopped',
  'daemon killed',
] as const;
export type TroubleKind = (typeof troubleKinds)[number];

/** How often each comes, and how long it lasts, ms. */
const recipes: Readonly<
  Record<TroubleKind, { readonly weight: number; readonly lastsMs: readonly [number, number] }>
> = {
  locked: { weight: 6, lastsMs: [100, 1_500] },
  stopped: { weight: 3, lastsMs: [100, 2_500] },
  cut: { weight: 2, lastsMs: [0, 0] },
  killed: { weight: 1, lastsMs: [300, 2_000] },
  'daemon stopped': { weight: 1, lastsMs: [200, 3_000] },
  'daemon killed': { weight: 1, lastsMs: [200, 2_000] },
};
const pauseMs = [100, 600] as const;
const lockWaitSeconds = 2;

/** Makes trouble, one after the other in an order that the seed decides, and mends what it broke. */
export class RandomTrouble {
  readonly counts = new Map<TroubleKind, number>();
  readonly #lab: EndpointLab;
  readonly #random: SeededRandom;
  readonly #kinds: readonly TroubleKind[];
  readonly #ended = new AbortController();
  #going: Promise<void> = Promise.resolve();

  constructor(lab: EndpointLab, random: SeededRandom, kinds: readonly TroubleKind[] = troubleKinds) {
    this.#lab = lab;
    this.#random = random;
    this.#kinds = kinds;
  }

  start(): void {
    this.#going = this.#go();
    this.#going.catch(() => undefined);
  }

  /** Resolves once everything runs again. Rejects with what could not be mended. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#going;
  }

  async #go(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const kind = this.#pick();
      const replica = this.#lab.replicas[this.#random.below(this.#lab.replicas.length)]!;
      const lastsMs = this.#random.between(...recipes[kind].lastsMs);
      await this.#make(kind, replica, lastsMs);
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      await this.#wait(this.#random.between(...pauseMs));
    }
  }

  #pick(): TroubleKind {
    const total = this.#kinds.reduce((sum, kind) => sum + recipes[kind].weight, 0);
    let left = this.#random.below(total);
    return this.#kinds.find((kind) => (left -= recipes[kind].weight) < 0)!;
  }

  async #make(kind: TroubleKind, replica: LabServer, lastsMs: number): Promise<void> {
    const { daemon } = this.#lab;
    switch (kind) {
      case 'locked':
        return this.#lock(replica, lastsMs);
      case 'stopped':
        return this.#stop(replica.pid, lastsMs);
      case 'cut':
        return cutConnections(replica);
      case 'killed':
        await replica.kill();
        await this.#wait(lastsMs);
        return replica.restart();
      case 'daemon stopped':
        return this.#stop(daemon.pid, lastsMs);
      case 'daemon killed':
        await daemon.kill();
        await this.#wait(lastsMs);
        return daemon.start();
    }
  }

  async #lock(replica: LabServer, lastsMs: number): Promise<void> {
    const connection = await replica.connect();
    try {
      await connection.execute(`SET SESSION lock_wait_timeout=${lockWaitSeconds}`);
      // A link in the middle of an epoch may keep it from being given: then there was no trouble this time.
      await connection.execute('FLUSH TABLES WITH READ LOCK').catch(() => undefined);
      await this.#wait(lastsMs);
    } finally {
      // The lock ends with its session.
      await connection.close();
    }
  }

  async #stop(pid: number, lastsMs: number): Promise<void> {
    process.kill(pid, 'SIGSTOP');
    await this.#wait(lastsMs);
    process.kill(pid, 'SIGCONT');
  }

  #wait(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#ended.signal }).catch(() => undefined);
  }
}

async function cutConnections(replica: LabServer): Promise<void> {
  const connection = await replica.connect();
  try {
    const sessions = await connection.query<{ id: string }>(
      "SELECT id FROM performance_schema.processlist WHERE id<>CONNECTION_ID() AND user NOT IN ('event_scheduler', 'system user')",
    );
    // One that has ended meanwhile is none to be ended.
    for (const { id } of sessions) await connection.execute(`KILL ${id}`).catch(() => undefined);
  } finally {
    await connection.close();
  }
}
