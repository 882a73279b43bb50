import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import type { HintInputs, ReplicaInputs } from '../../src/hints/hint-inputs.js';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';
import { gtidExecuted } from '../support/engine-link.js';
import { FedServer } from '../support/fed-server.js';
import { inputs, replica } from '../support/hint-inputs.js';
import { useLab } from '../support/lab.js';
import { idOf, usePools } from '../support/pool-lab.js';
import { insertRow, serverOf } from '../support/pool-work.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

/** Nothing replicates here: what hints claim of the replicas is never true. */
const lab = useLab({ replicas: 2 });
const newPool = usePools();
let fed: FedServer;
let feeding: NodeJS.Timeout;
/** What is decided again and again, as a daemon does. */
let claims: HintInputs;

beforeAll(async () => {
  const { source, replicas } = await lab();
  for (const server of [source, ...replicas])
    await sql(server, 'CREATE DATABASE app', 'CREATE TABLE app.t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)');
});
beforeEach(async () => {
  const { source, replicas } = await lab();
  claims = { ...inputs(replicas.map((one) => replica(idOf(one)))), source: isUp(idOf(source)) };
  fed = await FedServer.start();
  decide();
  feeding = setInterval(decide, 100);
});
afterEach(async () => {
  jest.restoreAllMocks();
  clearInterval(feeding);
  await fed.close();
});

const isUp = (id: string) => ({ id, reachable: true, writable: true });

function decide(): void {
  fed.feed.decider.nowMs = Date.now();
  fed.feed.decideAll(0, claims);
}

/** The same claim for every replica. */
async function claim(given: Partial<ReplicaInputs>): Promise<void> {
  const { replicas } = await lab();
  claims = { ...claims, replicas: replicas.map((one) => replica(idOf(one), given)) };
  decide();
}

async function hintedPool(options: Parameters<typeof newPool>[1] = {}): Promise<ReplicaPool> {
  const pool = newPool(await lab(), { hints: { url: fed.url('') }, ...options });
  await waitFor(() => pool.explain().origin === 'daemon', { what: 'hints' });
  return pool;
}

describe('hints that are wrong', () => {
  test('replicas that hints say to have everything, and that were replaced by empty ones: no session reads them [P23]', async () => {
    const { source, onSource } = await lab();
    const pool = await hintedPool();
    await pool.runInSession(undefined, async () => {
      await pool.write(insertRow);
      await claim({ gtidExecuted: GtidSet.parse(await gtidExecuted(onSource)) });
      const isClaimed = (): boolean =>
        pool
          .explain()
          .next.candidates.some(
            ({ kind, tier, reason }) => kind === 'replica' && tier === 0 && !/transactions/.test(reason),
          );
      await waitFor(isClaimed, { what: 'the claim to arrive' });
      for (let round = 0; round < 5; round += 1) expect(await pool.read(serverOf)).toBe(idOf(source));
    });
    expect(pool.counters.sourceReads.session).toBe(5);
    // Without a session nobody asks for anything that they lack.
    expect(await pool.read(serverOf)).not.toBe(idOf(source));
  });

  test('the age of hints is added to the age of data, and a daemon that stands still is not believed for long', async () => {
    const { source } = await lab();
    await claim({ lagMicros: 0, lagAtMostMicros: 0 });
    // Its own looks find replicas that hold nothing of the source.
    const hints = { url: fed.url(''), ageMsMax: 8_000 };
    const pool = await hintedPool({ hints, probes: { intervalMs: 60_000, timeoutMs: 100 } });
    await waitFor(() => (pool.explain().hintsAgeMs ?? Infinity) < 500, { what: 'young hints' });
    expect(await pool.read(serverOf, { maxLagMs: 2_000 })).not.toBe(idOf(source));
    clearInterval(feeding);
    await waitFor(() => (pool.explain().hintsAgeMs ?? 0) > 2_000, { what: 'hints to grow old' });
    expect(pool.explain().origin).toBe('daemon');
    expect(await pool.read(serverOf, { maxLagMs: 2_000 })).toBe(idOf(source));
    await waitFor(() => pool.explain().origin === 'probes', { what: 'the daemon not to be believed' });
    const states = pool.explain().nodes.filter(({ kind }) => kind === 'replica');
    expect(states.map(({ lagMicros }) => lagMicros)).toEqual([null, null]);
  });

  test('after a failover writes go to the new source, and what is said of the old one is refused [P24]', async () => {
    const { source, replicas } = await lab();
    const [promoted, other] = replicas.map(idOf);
    const old = claims;
    const pool = await hintedPool();
    expect(await pool.write(serverOf)).toBe(idOf(source));
    claims = {
      epoch: 2,
      source: isUp(promoted!),
      replicas: [replica(other!), replica(idOf(source), { reachable: false })],
    };
    await waitFor(() => pool.explain().epoch === 2, { what: 'the failover' });
    expect(await pool.write(serverOf)).toBe(promoted);
    expect(await pool.read(serverOf, { consistency: 'strong' })).toBe(promoted);
    expect(await pool.read(serverOf)).toBe(other);

    // It decides no more, and claims to have decided last; whichever is listened to first, the other one is heard.
    const late = await FedServer.start();
    late.feed.decider.nowMs = Date.now() + 2_000;
    late.feed.decideAll(0, old);
    for (const urls of [
      [fed.url(''), late.url('')],
      [late.url(''), fed.url('')],
    ]) {
      const random = jest.spyOn(Math, 'random').mockReturnValue(0);
      const both = await hintedPool({ hints: { urls, ageMsMax: 2_000 } });
      random.mockRestore();
      await waitFor(() => both.explain().epoch === 2, { what: 'hints of either daemon' });
      expect(await both.write(serverOf)).toBe(promoted);
    }
    await late.close();
  });

  test('hints that name other servers are no hints: the pool looks by itself, and says so', async () => {
    claims = { ...claims, replicas: [replica('somebody-else')] };
    decide();
    const pool = newPool(await lab(), { hints: { url: fed.url('') } });
    await pool.ready();
    expect(pool.explain()).toMatchObject({ origin: 'probes' });
    await waitFor(() => /name none of this pool's replicas but somebody-else/.test(pool.explain().hints));
  });

  test('a token opens the daemon, and is shown nowhere', async () => {
    const guarded = await FedServer.start({ readToken: 'a-token-to-read' });
    guarded.feed.decider.nowMs = Date.now();
    guarded.feed.decideAll(0, claims);
    const url = guarded.url('');
    const [shut, open] = ['another-token', 'a-token-to-read'].map(async (token) =>
      // Its hints are decided only once.
      newPool(await lab(), { hints: { url, token, ageMsMax: 600_000 } }),
    ) as [Promise<ReplicaPool>, Promise<ReplicaPool>];
    await waitFor(async () => (await open).explain().origin === 'daemon', { what: 'hints' });
    await waitFor(async () => (await shut).explain().hints.endsWith('it answers with status 401'));
    expect(JSON.stringify([(await shut).explain(), (await open).explain()])).not.toMatch(
      /token-to-read|another-token/,
    );
    await guarded.close();
  });
});

describe('a source without GTIDs', () => {
  test('after a write the session stays on the source: nothing tells when a replica has it [P23]', async () => {
    const { source, onSource } = await lab();
    // Step by step, as the server asks for.
    for (const mode of ['ON_PERMISSIVE', 'OFF_PERMISSIVE', 'OFF'])
      await sql(onSource, `SET GLOBAL gtid_mode = ${mode}`);
    try {
      const pool = await hintedPool();
      await pool.runInSession(undefined, async () => {
        expect(await pool.read(serverOf)).not.toBe(idOf(source));
        await pool.write(insertRow);
        expect(await pool.read(serverOf)).toBe(idOf(source));
        const token = pool.currentToken()!;
        expect(await pool.runInSession(token, () => pool.read(serverOf))).toBe(idOf(source));
      });
      expect(pool.counters.writesUntracked).toBe(1);
    } finally {
      for (const mode of ['OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'])
        await sql(onSource, `SET GLOBAL gtid_mode = ${mode}`);
    }
    expect(await sqlValue(onSource, 'SELECT @@GLOBAL.gtid_mode')).toBe('ON');
  });
});
