import { setTimeout as sleep } from 'node:timers/promises';
import { TailraceError } from '../../../src/errors/tailrace-error.js';
import { createPool } from '../../../src/pool/create-pool.js';
import type { ReplicaPool } from '../../../src/pool/replica-pool.js';
import { countError, errorNames } from './error-names.js';
import { type EndpointLab, isReadNow, poolOptions, replicaName } from './endpoint-lab.js';
import { LatencyHistogram } from './latency-histogram.js';

export const failoverKinds = [
  'kill a replica',
  'stall a replica',
  'kill the daemon',
  'stall the daemon',
] as const;
export type FailoverKind = (typeof failoverKinds)[number];

/** What an application saw of one failure, and how long it took until nothing went there, and until it was used again. */
export interface FailoverResult {
  readonly kind: FailoverKind;
  readonly reads: number;
  /** Errors of reads and writes that the application saw, by name. */
  readonly errors: Readonly<Record<string, number>>;
  readonly readsRetried: number;
  /** Checkouts that failed within the pool, which tried another server. */
  readonly checkoutsFailed: number;
  readonly medianMs: number;
  readonly slowestMs: number;
  /**
   * From the failure until the pool gives out no more connections to the replica, and until hints tell that it is not read; for a daemon
   * until the pool looks at the servers by itself.
   */
  readonly poolEjectMs: number;
  readonly hintsEjectMs: number | null;
  /** From the repair: from the start of the process, or from when it goes on, until it is used again. */
  readonly poolReturnMs: number;
  readonly hintsReturnMs: number | null;
}

const readers = 8;
const pauseMs = 2;
const failedMsDefault = 8_000;
const changeMsMax = 120_000;
const lookMs = 5;
const table = 'failover.t';

/** Fails one thing after the other while an application reads and writes. The replica that fails is the first one. */
export async function runFailover(
  lab: EndpointLab,
  note: (line: string) => void,
  failedMs = failedMsDefault,
): Promise<readonly FailoverResult[]> {
  const source = await lab.source.connect();
  await source.execute('CREATE DATABASE failover');
  await source.execute(`CREATE TABLE ${table} (id INT PRIMARY KEY, v INT NOT NULL)`);
  await source.execute(`INSERT INTO ${table} VALUES (1, 0)`);
  await source.close();
  await lab.haveAll();
  const results: FailoverResult[] = [];
  for (const kind of failoverKinds) {
    const result = await new FailoverRun(lab, kind).run(failedMs);
    note(failoverLine(result));
    results.push(result);
  }
  return results;
}

class FailoverRun {
  readonly #lab: EndpointLab;
  readonly #kind: FailoverKind;
  readonly #pool: ReplicaPool;
  readonly #delays = new LatencyHistogram();
  readonly #errors = new Map<string, number>();
  #isOver = false;

  constructor(lab: EndpointLab, kind: FailoverKind) {
    this.#lab = lab;
    this.#kind = kind;
    this.#pool = createPool(poolOptions(lab));
  }

  /** `failedMs`: how long it stays so once nobody uses it any more. */
  async run(failedMs: number): Promise<FailoverResult> {
    await this.#lab.allServe();
    await this.#pool.ready();
    const working = [...Array.from({ length: readers }, () => this.#read()), this.#write()];
    try {
      await this.#until(() => this.#isInUse());
      const repair = await this.#fail();
      const ejected = await this.#timesUntil(false);
      await sleep(failedMs);
      await repair();
      const returned = await this.#timesUntil(true);
      this.#isOver = true;
      await Promise.all(working);
      const { medianMs, maxMs, count } = this.#delays.figures();
      const { readsRetried, checkoutsFailed } = this.#pool.counters;
      return {
        kind: this.#kind,
        reads: count,
        errors: errorNames(this.#errors),
        readsRetried,
        checkoutsFailed,
        medianMs,
        slowestMs: maxMs,
        poolEjectMs: ejected.pool,
        hintsEjectMs: ejected.hints,
        poolReturnMs: returned.pool,
        hintsReturnMs: returned.hints,
      };
    } finally {
      this.#isOver = true;
      await Promise.all(working);
      await this.#pool.end();
    }
  }

  get #ofReplica(): boolean {
    return this.#kind === 'kill a replica' || this.#kind === 'stall a replica';
  }

  /** Breaks it; gives what mends it. */
  async #fail(): Promise<() => Promise<void>> {
    const { daemon, replicas } = this.#lab;
    const replica = replicas[0]!;
    switch (this.#kind) {
      case 'kill a replica':
        await replica.kill();
        return () => replica.restart();
      case 'kill the daemon':
        await daemon.kill();
        return () => daemon.start();
      case 'stall a replica':
      case 'stall the daemon': {
        const { pid } = this.#ofReplica ? replica : daemon;
        process.kill(pid, 'SIGSTOP');
        return () => {
          process.kill(pid, 'SIGCONT');
          return Promise.resolve();
        };
      }
    }
  }

  /** The pool would use what fails: the replica for the next read, or the daemon for routing. */
  #isInUse(): boolean {
    const { origin, next, nodes } = this.#pool.explain();
    if (!this.#ofReplica) return origin === 'daemon';
    const node = nodes.find(({ id }) => id === replicaName(0));
    return node?.circuit === 'closed' && next.candidates.some(({ id }) => id === replicaName(0));
  }

  async #isHinted(): Promise<boolean> {
    return isReadNow(await this.#lab.hints(), replicaName(0));
  }

  /** How long it takes from now until the pool, and hints, use it or do not; null where hints tell nothing of it. */
  async #timesUntil(isUsed: boolean): Promise<{ readonly pool: number; readonly hints: number | null }> {
    const [pool, hints] = await Promise.all([
      this.#until(() => this.#isInUse() === isUsed),
      this.#ofReplica ? this.#until(async () => (await this.#isHinted()) === isUsed) : null,
    ]);
    return { pool, hints };
  }

  async #until(condition: () => boolean | Promise<boolean>): Promise<number> {
    const startMs = performance.now();
    while (!(await condition())) {
      if (performance.now() - startMs > changeMsMax)
        throw new TailraceError('TR_BENCH_CONTENDER_FAILED', {
          what: `Nothing changed within ${changeMsMax / 1_000} s: ${this.#kind}.`,
          why: this.#pool.explain().next.sentence,
        });
      await sleep(lookMs);
    }
    return performance.now() - startMs;
  }

  async #read(): Promise<void> {
    while (!this.#isOver) {
      const startMs = performance.now();
      await this.#pool
        .read((connection) => connection.query(`SELECT v FROM ${table} WHERE id=1`))
        .catch((error: unknown) => countError(this.#errors, error));
      this.#delays.add(performance.now() - startMs);
      await sleep(pauseMs);
    }
  }

  async #write(): Promise<void> {
    while (!this.#isOver) {
      await this.#pool
        .write((connection) => connection.query(`UPDATE ${table} SET v=v+1 WHERE id=1`))
        .catch((error: unknown) => countError(this.#errors, error));
      await sleep(10 * pauseMs);
    }
  }
}

export function failoverLine(result: FailoverResult): string {
  const { kind, reads, errors, readsRetried, checkoutsFailed, medianMs, slowestMs } = result;
  return [
    `${kind}: ${reads} reads, errors ${JSON.stringify(errors)}, ${readsRetried} reads done again, ${checkoutsFailed} checkouts made up for`,
    `median ${medianMs.toFixed(2)} ms, slowest ${slowestMs.toFixed(0)} ms`,
    `ejected by the pool after ${shownMs(result.poolEjectMs)}, by hints after ${shownMs(result.hintsEjectMs)}`,
    `back in the pool after ${shownMs(result.poolReturnMs)}, in hints after ${shownMs(result.hintsReturnMs)}`,
  ].join('; ');
}

/** Milliseconds for people. */
export const shownMs = (ms: number | null): string => (ms === null ? '–' : `${Math.round(ms)} ms`);
