import type { RowDataPacket } from 'mysql2/promise';
import type { Consistency } from '../../../src/hints/route.js';
import { SeededRandom } from '../../lab/seeded-random.js';
import { createPool } from '../../../src/pool/create-pool.js';
import type { PoolCounters } from '../../../src/pool/pool-counters.js';
import type { ReplicaPool } from '../../../src/pool/replica-pool.js';
import { countError, errorNames } from './error-names.js';
import { type EndpointLab, poolOptions } from './endpoint-lab.js';
import { type DelayFigures, LatencyHistogram } from './latency-histogram.js';
import { RandomTrouble, type TroubleKind } from './random-trouble.js';

export interface PairsTask {
  readonly pairs: number;
  /** Applications that write and read at a time, each its own row. */
  readonly workers: number;
  readonly seed: number;
  /** `session` is what is promised; `strong` is what it is compared with; `eventual` proves that staleness would be seen. */
  readonly consistency: Consistency;
  /** null: all kinds. */
  readonly troubles: readonly TroubleKind[] | null;
}

export interface PairsResult {
  readonly consistency: Consistency;
  readonly seed: number;
  /** Writes that were acknowledged, each with the read behind it. */
  readonly pairs: number;
  /** Reads that did not see their write. */
  readonly stale: number;
  readonly seconds: number;
  readonly read: DelayFigures;
  readonly write: DelayFigures;
  /** Part of the reads that replicas answered, 0 to 1. */
  readonly replicaShare: number;
  readonly waits: number;
  readonly waitsInVain: number;
  /** Mean of those that waited. */
  readonly waitedMs: number;
  readonly readsRetried: number;
  readonly troubles: Readonly<Record<string, number>>;
  /** What the application saw, by name. */
  readonly readErrors: Readonly<Record<string, number>>;
  readonly writeErrors: Readonly<Record<string, number>>;
}

const schema = 'pairs';

/**
 * Writes a row and reads it back, again and again, while trouble is made. Every other read happens in another process of the application
 * (a pool of its own) that knows the session by its token only; every fourth write is a transaction of two statements.
 */
export class PairsRun {
  readonly #task: PairsTask;
  readonly #lab: EndpointLab;
  readonly #pools: readonly [here: ReplicaPool, there: ReplicaPool];
  readonly #reads = new LatencyHistogram();
  readonly #writes = new LatencyHistogram();
  readonly #readErrors = new Map<string, number>();
  readonly #writeErrors = new Map<string, number>();
  #started = 0;
  #stale = 0;

  constructor(lab: EndpointLab, task: PairsTask) {
    this.#lab = lab;
    this.#task = task;
    const options = poolOptions(lab);
    this.#pools = [createPool(options), createPool(options)];
  }

  /** Errors: TR_BENCH_CONTENDER_FAILED when what was broken does not come back. */
  async run(): Promise<PairsResult> {
    const { workers, seed, troubles } = this.#task;
    await this.#prepare();
    const trouble = new RandomTrouble(this.#lab, new SeededRandom(seed, 'trouble'), troubles ?? undefined);
    try {
      await Promise.all(this.#pools.map((pool) => pool.ready()));
      const startMs = performance.now();
      trouble.start();
      await Promise.all(Array.from({ length: workers }, (_, worker) => this.#work(worker)));
      const seconds = (performance.now() - startMs) / 1_000;
      await trouble.end();
      await this.#lab.allServe();
      return this.#result(seconds, trouble);
    } finally {
      await trouble.end().catch(() => undefined);
      await Promise.all(this.#pools.map((pool) => pool.end()));
    }
  }

  async #prepare(): Promise<void> {
    const source = await this.#lab.source.connect();
    await source.execute(`CREATE DATABASE IF NOT EXISTS ${schema}`);
    await source.execute(`CREATE TABLE IF NOT EXISTS ${schema}.pair (id INT PRIMARY KEY, v INT NOT NULL)`);
    await source.execute(`TRUNCATE ${schema}.pair`);
    const rows = Array.from({ length: this.#task.workers }, (_, id) => `(${id}, 0)`);
    await source.execute(`INSERT INTO ${schema}.pair VALUES ${rows.join(',')}`);
    await source.close();
    await this.#lab.haveAll();
  }

  async #work(worker: number): Promise<void> {
    const random = new SeededRandom(this.#task.seed, `worker ${worker}`);
    for (let value = 1; this.#started < this.#task.pairs; value += 1) {
      this.#started += 1;
      await this.#pair(worker, value, random);
    }
  }

  async #pair(id: number, value: number, random: SeededRandom): Promise<void> {
    const [here, there] = this.#pools;
    const session = here.session();
    const startMs = performance.now();
    try {
      await session.run(() => write(here, id, value, random.below(4) === 0));
    } catch (error) {
      return countError(this.#writeErrors, error);
    }
    const writtenMs = performance.now();
    this.#writes.add(writtenMs - startMs);
    try {
      const { consistency } = this.#task;
      const read = (pool: ReplicaPool) => (): Promise<number> => readValue(pool, id, consistency);
      const seen = random.chance(0.5)
        ? await session.run(read(here))
        : await there.runInSession(session.token, read(there));
      this.#reads.add(performance.now() - writtenMs);
      if (seen < value) this.#stale += 1;
    } catch (error) {
      countError(this.#readErrors, error);
    }
  }

  #result(seconds: number, { counts }: RandomTrouble): PairsResult {
    const { consistency, seed } = this.#task;
    const counters = this.#pools.map((pool) => pool.counters);
    const sum = (of: (counters: PoolCounters) => number): number =>
      counters.reduce((total, one) => total + of(one), 0);
    const reads = sum((one) => one.reads);
    const bySource = sum(({ sourceReads: { strong, session, spilled } }) => strong + session + spilled);
    const waits = sum((one) => one.waits);
    return {
      consistency,
      seed,
      pairs: this.#reads.count,
      stale: this.#stale,
      seconds,
      read: this.#reads.figures(),
      write: this.#writes.figures(),
      replicaShare: reads === 0 ? 0 : 1 - bySource / reads,
      waits,
      waitsInVain: sum((one) => one.waitsInVain),
      waitedMs: waits === 0 ? 0 : sum((one) => one.waitedMs) / waits,
      readsRetried: sum((one) => one.readsRetried),
      troubles: Object.fromEntries(counts),
      readErrors: errorNames(this.#readErrors),
      writeErrors: errorNames(this.#writeErrors),
    };
  }
}

async function write(pool: ReplicaPool, id: number, value: number, inTransaction: boolean): Promise<void> {
  const statement = `UPDATE ${schema}.pair SET v=${value} WHERE id=${id}`;
  if (!inTransaction) return void (await pool.write((connection) => connection.query(statement)));
  await pool.transaction(async (connection) => {
    await connection.query(`SELECT v FROM ${schema}.pair WHERE id=${id} FOR UPDATE`);
    await connection.query(statement);
  });
}

async function readValue(pool: ReplicaPool, id: number, consistency: Consistency): Promise<number> {
  const statement = `SELECT v FROM ${schema}.pair WHERE id=${id}`;
  const [rows] = await pool.read((connection) => connection.query<RowDataPacket[]>(statement), {
    consistency,
  });
  return Number(rows[0]?.v ?? -1);
}

export function pairsLine(result: PairsResult): string {
  const { pairs, stale, seconds, replicaShare, read, write, waits, waitedMs, troubles } = result;
  return [
    `${pairs} pairs in ${seconds.toFixed(0)} s, ${stale} stale, ${(100 * replicaShare).toFixed(1)} % of the reads by replicas`,
    `read ${read.medianMs.toFixed(2)} ms (99th ${read.p99Ms.toFixed(1)}), write ${write.medianMs.toFixed(2)} ms`,
    `${waits} waits of ${waitedMs.toFixed(1)} ms`,
    `errors ${JSON.stringify(result.readErrors)} ${JSON.stringify(result.writeErrors)}, trouble ${JSON.stringify(troubles)}`,
  ].join('; ');
}
