import { getEventListeners } from 'node:events';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { ReplicaPool, Work } from '../../src/pool/replica-pool.js';
import { useLab } from '../support/lab.js';
import {
  addressOf,
  held,
  idOf,
  killConnection,
  level,
  replicateNatively,
  running,
  served,
  usePools,
} from '../support/pool-lab.js';
import { insertRow, serverOf } from '../support/pool-work.js';
import { sql, sqlValue } from '../support/sql.js';
import { patienceMs, waitFor } from '../support/wait-for.js';

const lab = useLab({ replicas: 2 });
const newPool = usePools();
const readersAtOnce = 4;

beforeAll(async () => {
  await replicateNatively(await lab());
});
beforeEach(async () => {
  const { replicas, source } = await lab();
  for (const replica of replicas) await level(replica, source);
});

/** Reads as fast as they come until `stop`; what goes wrong is kept. */
class Readers {
  readonly errors: unknown[] = [];
  #isRunning = true;
  #done = 0;
  readonly #ended: Promise<unknown>;

  constructor(pool: ReplicaPool) {
    const one = async (): Promise<void> => {
      while (this.#isRunning) {
        await pool
          .read((db) => db.query('SELECT COUNT(*) FROM t'))
          .catch((error: unknown) => this.errors.push(error));
        this.#done += 1;
      }
    };
    this.#ended = Promise.all(Array.from({ length: readersAtOnce }, one));
  }

  /** Each of them has gone on, several times. */
  async goOn(): Promise<void> {
    const target = this.#done + readersAtOnce * 5;
    await waitFor(() => this.#done >= target, { what: 'reads to go on' });
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#ended;
  }
}

const reads = (pool: ReplicaPool, server: LabServer): number => pool.counters.readsByNode[idOf(server)] ?? 0;

/** Waits until a server has answered reads again. */
async function isReadAgain(pool: ReplicaPool, server: LabServer): Promise<void> {
  const before = reads(pool, server);
  await waitFor(() => reads(pool, server) > before + 5, { what: `${server.role} to be read again` });
}

describe('under reads', () => {
  test('a replica is killed and started again: no read fails, and it is read again by itself [P24]', async () => {
    const { replicas, source } = await lab();
    const [killed, other] = replicas;
    const pool = newPool(await lab());
    const told: string[] = [];
    pool.on('node', ({ node, up }) => told.push(`${node} ${up}`));
    await served(pool);
    // Else the source would have to help while it is the only one.
    const hasAllWeight = (): boolean =>
      pool.explain().nodes.find(({ id }) => id === idOf(other!))?.weight === 100;
    await waitFor(hasAllWeight, { what: 'all weight of the other replica' });
    const readers = new Readers(pool);
    await isReadAgain(pool, killed!);
    await killed!.kill();
    await waitFor(() => told.includes(`${idOf(killed!)} false`), { what: 'the replica to be missed' });
    const whileDown = reads(pool, killed!);
    await readers.goOn();
    expect(reads(pool, killed!)).toBe(whileDown);
    expect(pool.explain().nodes.find(({ id }) => id === idOf(killed!))?.circuit).toBe('open');
    await killed!.restart();
    await isReadAgain(pool, killed!);
    await readers.stop();
    expect(readers.errors).toEqual([]);
    expect(told).toContain(`${idOf(killed!)} true`);
    expect(reads(pool, other!)).toBeGreaterThan(0);
    expect(reads(pool, source)).toBe(0);
  });

  test('a replica stands still: reads that wait for it are done elsewhere, and it is read again by itself [P24]', async () => {
    const [stopped] = (await lab()).replicas;
    const pool = newPool(await lab());
    await served(pool);
    const readers = new Readers(pool);
    await isReadAgain(pool, stopped!);
    process.kill(stopped!.pid, 'SIGSTOP');
    try {
      await waitFor(() => pool.counters.readsRetried > 0, { what: 'a read that is done again' });
      await readers.goOn();
    } finally {
      process.kill(stopped!.pid, 'SIGCONT');
    }
    await isReadAgain(pool, stopped!);
    await readers.stop();
    expect(readers.errors).toEqual([]);
  });

  test('a long statement is no server that stands still', async () => {
    // Longer than it may be silent, and long enough for a look at it behind that; whoever is that silent to a ping, too, stands still.
    const pool = newPool(await lab(), { silenceMsMax: 4_000 });
    await pool.read((db) => db.query('DO SLEEP(8)'));
    expect(pool.counters).toMatchObject({ readsRetried: 0, checkoutsFailed: 0 });
  });

  test('all replicas are gone: the source answers so many at a time as it may, and the others wait [P25]', async () => {
    const { replicas, source } = await lab();
    const pool = newPool(await lab(), { sourceReads: { inFlightMax: 2 } });
    const refusing = newPool(await lab(), { sourceReads: { inFlightMax: 1, beyond: 'refuse' } });
    await Promise.all([pool.ready(), refusing.ready()]);
    for (const replica of replicas) await replica.kill();
    let now = 0;
    let most = 0;
    const slow: Work<void> = async (db) => {
      most = Math.max(most, (now += 1));
      await db.query('DO SLEEP(0.02)');
      now -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => pool.read(slow)));
    expect(most).toBe(2);
    expect(pool.counters.sourceReads.spilled).toBe(20);
    expect(reads(pool, source)).toBe(20);

    await refusing.read((db) => db.query('DO 0'));
    const both = await Promise.allSettled([refusing.read(slow), refusing.read(slow)]);
    const refused = both.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'TR_POOL_SOURCE_SPARED' });
    for (const replica of replicas) await replica.restart();
    await isReadAgainBy(pool, replicas[0]!);
  });
});

/** Nobody reads meanwhile. */
async function isReadAgainBy(pool: ReplicaPool, server: LabServer): Promise<void> {
  const before = reads(pool, server);
  const again = async (): Promise<boolean> => {
    await pool.read((db) => db.query('DO 0'));
    return reads(pool, server) > before;
  };
  await waitFor(again, { what: `${server.role} to be read again` });
}

describe('a connection that is lost', () => {
  test('a read is done again on another one, so often as it may', async () => {
    const { source, replicas } = await lab();
    const pool = newPool(await lab(), { readRetriesMax: 1 });
    const kill = (thread: number, node: string): Promise<void> =>
      killConnection(
        [source, ...replicas].find((server) => idOf(server) === node)!,
        thread,
      );
    let calls = 0;
    const killed = (times: number) =>
      pool.read(async (db) => {
        calls += 1;
        if (calls <= times) await kill(db.threadId, await serverOf(db));
        await db.query('DO 0');
        return calls;
      });
    expect(await killed(1)).toBe(2);
    expect(pool.counters.readsRetried).toBe(1);
    calls = 0;
    await expect(killed(2)).rejects.toMatchObject({ fatal: true });
    expect(calls).toBe(2);
  });

  test('what the work itself throws is thrown once, and nothing is done again', async () => {
    const pool = newPool(await lab());
    let calls = 0;
    const failing = pool.read(async (db) => {
      calls += 1;
      await db.query('SELECT nonsense');
    });
    await expect(failing).rejects.toMatchObject({ code: 'ER_BAD_FIELD_ERROR' });
    expect(calls).toBe(1);
  });

  test('a write is never done twice [P24]', async () => {
    const { source, onSource } = await lab();
    const pool = newPool(await lab());
    const before = Number(await sqlValue(onSource, 'SELECT COUNT(*) FROM app.t'));
    let calls = 0;
    const lost = pool.write(async (db) => {
      calls += 1;
      await insertRow(db);
      await killConnection(source, db.threadId);
      await db.query('DO 0');
    });
    await expect(lost).rejects.toThrow();
    expect(calls).toBe(1);
    expect(Number(await sqlValue(onSource, 'SELECT COUNT(*) FROM app.t'))).toBe(before + 1);
  });

  test('a source that starts again is waited for by writes that have not begun', async () => {
    const { source } = await lab();
    // Starting takes a server its time, and the write waits for it.
    const pool = newPool(await lab(), { checkoutMsMax: 2 * patienceMs });
    await pool.ready();
    await source.kill();
    const writing = pool.write(insertRow);
    await waitFor(() => pool.counters.checkoutsFailed > 0, { what: 'an attempt that failed' });
    await source.restart();
    await writing;
  });
});

describe('an abort', () => {
  const enough = new Error('enough');
  let given: AbortController;
  beforeEach(() => {
    given = new AbortController();
  });

  /** Writes, and gives all that replicas have to have then. */
  async function written(source: LabServer): Promise<string> {
    await sql(source, 'INSERT INTO app.t (n) VALUES (1)');
    return String(await sqlValue(source, 'SELECT @@GLOBAL.gtid_executed'));
  }

  /** Nothing is lent, and nobody is blamed for what the application has given up. */
  function expectNoBlame(pool: ReplicaPool): void {
    expect(pool.counters).toMatchObject({ readsRetried: 0, checkoutsFailed: 0, checkedOutNow: 0 });
    const circuits = pool.explain().nodes.map(({ circuit }) => circuit);
    expect(new Set(circuits)).toEqual(new Set(['closed']));
  }

  test('ends waiting, and tears a read off its statement', async () => {
    const { replicas } = await lab();
    const pool = newPool(await lab());
    await served(pool);
    const reading = pool.read((db) => db.query('DO SLEEP(200)'), { signal: given.signal });
    const ended = expect(reading).rejects.toBe(enough);
    await waitFor(async () => (await running(replicas, 'DO SLEEP(200)')) === 1, { what: 'the read to run' });
    given.abort(enough);
    await ended;
    expectNoBlame(pool);
    await expect(pool.write(() => 0, { signal: given.signal })).rejects.toBe(enough);
  });

  test('ends a read while it waits on a replica for what it must see, and nothing of it runs', async () => {
    const { source, replicas } = await lab();
    const pool = newPool(await lab(), { waitMsMax: 60_000, checkoutMsMax: 60_000 });
    await served(pool);
    let calls = 0;
    const reading = await held(replicas[0]!, () =>
      held(replicas[1]!, async () => {
        const minGtid = await written(source);
        const all = pool.read(() => (calls += 1), { minGtid, signal: given.signal });
        const ended = expect(all).rejects.toBe(enough);
        const waits = 'SELECT WAIT_FOR_EXECUTED_GTID_SET';
        await waitFor(async () => (await running(replicas, waits)) === 1, { what: 'the replica to wait' });
        given.abort(enough);
        return { ended };
      }),
    );
    await reading.ended;
    expect(calls).toBe(0);
    expectNoBlame(pool);
  });

  test('ends a write while it is given a connection, and nothing of it runs [P24]', async () => {
    const { source } = await lab();
    const pool = newPool(await lab());
    await pool.ready();
    const onSource = () => pool.explain().nodes.find(({ id }) => id === idOf(source));
    let calls = 0;
    process.kill(source.pid, 'SIGSTOP');
    const writing = pool.write(() => (calls += 1), { signal: given.signal });
    const ended = expect(writing).rejects.toBe(enough);
    try {
      await waitFor(() => onSource()?.inFlight === 1, { what: 'the write to be given a connection' });
      given.abort(enough);
    } finally {
      process.kill(source.pid, 'SIGCONT');
    }
    await ended;
    expect(calls).toBe(0);
    await waitFor(() => onSource()?.inFlight === 0, { what: 'the connection to go back' });
    expectNoBlame(pool);
  });

  test('ends two thousand reads that wait for a replica that is behind, and nothing of them is left [P26]', async () => {
    const { source, replicas } = await lab();
    const [behind] = replicas;
    const pool = newPool(
      { ...(await lab()), replicas: [behind!] },
      {
        // None that waits on the source: what is looked at is one replica.
        source: { ...addressOf(source), connectionLimit: 1 },
        waitMsMax: 60_000,
        checkoutMsMax: 60_000,
        sourceReads: { inFlightMax: 0 },
      },
    );
    await pool.ready();
    await held(behind!, async () => {
      const minGtid = await written(source);
      const reads = Array.from({ length: 2_000 }, () =>
        pool.read(() => 0, { minGtid, signal: given.signal }),
      );
      const outcomes = Promise.allSettled(reads);
      const allWait = async (): Promise<boolean> =>
        pool.counters.waitingNow > 1_900 && (await running([behind!], 'SELECT WAIT_FOR')) > 0;
      await waitFor(allWait, { what: 'the reads to wait' });
      expect(getEventListeners(given.signal, 'abort')).toHaveLength(1);
      given.abort(enough);
      for (const outcome of await outcomes)
        expect(outcome).toMatchObject({ status: 'rejected', reason: enough });
    });
    expect(getEventListeners(given.signal, 'abort')).toHaveLength(0);
    expect(pool.counters.waitingNow).toBe(0);
    await waitFor(() => pool.explain().nodes.every(({ inFlight }) => inFlight === 0), {
      what: 'connections to go back',
    });
    expectNoBlame(pool);
  });
});

describe('end', () => {
  const connections = async (server: LabServer): Promise<number> =>
    Number(
      await sqlValue(
        server,
        "SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_DB = 'app' AND TYPE = 'FOREGROUND'",
      ),
    );

  test('waits for what runs, refuses the rest, and leaves no connection, whatever the servers do [P26]', async () => {
    const { source, replicas } = await lab();
    const [stopped, other] = replicas;
    const pool = newPool(await lab());
    await served(pool);
    const writing = pool.write((db) => db.query('DO SLEEP(0.3)'));
    await Promise.all(Array.from({ length: 8 }, () => pool.read((db) => db.query('DO SLEEP(0.01)'))));
    for (const server of [source, ...replicas]) expect(await connections(server)).toBeGreaterThan(0);
    process.kill(stopped!.pid, 'SIGSTOP');
    try {
      const ending = pool.end({ timeoutMs: 60_000 });
      await expect(pool.read((db) => db.query('DO 0'))).rejects.toMatchObject({ code: 'TR_POOL_ENDED' });
      await writing;
      await ending;
      expect(pool.end()).toBe(ending);
    } finally {
      process.kill(stopped!.pid, 'SIGCONT');
    }
    for (const server of [source, stopped!, other!])
      await waitFor(async () => (await connections(server)) === 0, { what: 'connections to be gone' });
  });

  test('waits for what runs, also where no checkout may wait for a connection', async () => {
    const pool = newPool(await lab(), { checkoutsWaitingMax: 0 });
    await pool.ready();
    let isDone = false;
    let goOn = (): void => undefined;
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    const reading = pool.read(async (db) => {
      await mayGoOn;
      await db.query('DO SLEEP(0.2)');
      isDone = true;
    });
    await waitFor(() => pool.counters.checkedOutNow === 1, { what: 'the read to have its connection' });
    const ending = pool.end({ timeoutMs: 60_000 });
    goOn();
    await ending;
    expect(isDone).toBe(true);
    await reading;
  });

  test('does not wait longer than it is told to', async () => {
    const pool = newPool(await lab());
    const reading = pool.read((db) => db.query('DO SLEEP(30)'));
    const failed = expect(reading).rejects.toThrow();
    await waitFor(() => pool.counters.checkedOutNow === 1);
    await pool.end({ timeoutMs: 100 });
    await failed;
  });
});
