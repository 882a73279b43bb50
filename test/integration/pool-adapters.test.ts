import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';
import { type AdapterServers, untilReturned, useAdapterServers, user } from '../support/adapter-servers.js';
import { packagesThatStream, type Subject, subjects } from '../support/adapter-subjects.js';
import { served } from '../support/pool-lab.js';
import { sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const prepare = useAdapterServers();

describe.each(Object.entries(subjects))('%s', (name, open) => {
  let servers: AdapterServers;
  let pool: ReplicaPool;
  let db: Subject;

  beforeAll(async () => {
    servers = await prepare();
    pool = servers.pool();
    await served(pool);
    db = await open(pool);
  });

  afterAll(async () => {
    await pool?.end();
  });

  const where = async (statement: string): Promise<unknown> => (await db.raw(statement))[0]?.name;

  test('reads go to replicas, and changes to the source [P30]', async () => {
    const id = await db.insert('first');
    await servers.level();
    const before = pool.counters;
    expect(await db.find(id)).toEqual({ id, name: 'first' });
    expect(pool.counters.reads).toBe(before.reads + 1);
    expect(pool.counters.sourceReads).toEqual(before.sourceReads);
    expect(pool.counters.writes).toBe(before.writes);
    expect(await where('SELECT name FROM whoami')).toMatch(/^replica/);
    const onSource = `SELECT name FROM shop.items WHERE id = ${id}`;
    expect(await sqlValue(servers.source, onSource)).toBe('first');
  });

  test('a session reads what it has written, however far behind the replicas are [P30]', async () => {
    await servers.lagging(async () => {
      await pool.runInSession(undefined, async () => {
        const id = await db.insert('mine');
        expect(await db.find(id)).toEqual({ id, name: 'mine' });
        // The token goes on to the next request.
        const token = pool.currentToken() ?? '';
        expect(token).not.toBe('');
        expect(await pool.runInSession(token, () => db.find(id))).toEqual({ id, name: 'mine' });
        // Nobody else has a reason to go to the source.
        expect(await pool.runInSession(undefined, () => db.find(id))).toBeNull();
      });
    });
  });

  test('a transaction runs on the source from its beginning to its end [P30]', async () => {
    await servers.lagging(async () => {
      await pool.runInSession(undefined, async () => {
        const id = await db.transaction(async (inside) => {
          const written = await inside.insert('together');
          expect(await inside.find(written)).toEqual({ id: written, name: 'together' });
          expect((await inside.raw('SELECT name FROM whoami'))[0]?.name).toBe('source');
          // It is not there for others yet: the connection is one, and the transaction is open.
          expect(await db.find(written)).toBeNull();
          expect(Number((await inside.raw('SELECT LAST_INSERT_ID() AS id'))[0]?.id)).toBe(written);
          // After a statement that failed, the pool has to ask what was committed: the answer waits for that.
          await expect(inside.raw('SELECT nothing FROM nowhere')).rejects.toThrow(/nowhere/);
          return written;
        });
        expect(await db.find(id)).toEqual({ id, name: 'together' });
      });
    });
    await untilReturned(pool);
  });

  test('a transaction that fails leaves nothing, and no connection [P30]', async () => {
    let id = 0;
    const failing = db.transaction(async (inside) => {
      id = await inside.insert('never');
      await inside.raw('SELECT nothing FROM nowhere');
    });
    await expect(failing).rejects.toThrow(/nowhere/);
    const left = await sqlValue(servers.source, `SELECT COUNT(*) FROM shop.items WHERE id = ${id}`);
    expect(Number(left)).toBe(0);
    await untilReturned(pool);
  });

  test('locks, functions with side effects and several statements in one never go to a replica [P30]', async () => {
    for (const statement of [
      'SELECT name FROM whoami FOR UPDATE',
      'SELECT name FROM whoami FOR SHARE',
      'SELECT name FROM whoami LOCK IN SHARE MODE',
      'SELECT name, bump() FROM whoami',
      'SELECT name, shop.bump() FROM whoami',
      "SELECT name, GET_LOCK('a', 0) FROM whoami",
      'SELECT name FROM whoami /*!80000 FOR UPDATE */',
    ]) {
      expect([statement, await where(statement)]).toEqual([statement, 'source']);
    }
    const answers = await db.raw('SELECT name FROM whoami; SELECT name FROM whoami');
    expect(JSON.stringify(answers)).toContain('source');
    // What was locked by GET_LOCK went with its connection.
    await untilReturned(pool);
    expect(await where("SELECT 'free' AS name FROM whoami WHERE GET_LOCK('a', 5) = 1")).toBe('free');
  });

  test('errors give connections back, many at a time [P30]', async () => {
    const all = Array.from({ length: 60 }, (_, at) =>
      at % 3 === 0 ? db.raw('SELECT nothing FROM nowhere') : at % 3 === 1 ? db.find(at) : db.insert(`n${at}`),
    );
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(20);
    await untilReturned(pool);
  });

  const testOf = packagesThatStream.includes(name) ? test : null;
  testOf?.(
    'rows come one by one, and nothing stays behind when nobody wants more of them [P30]',
    async () => {
      await Promise.all(Array.from({ length: 40 }, (_, at) => db.insert(`row ${at}`)));
      await servers.level();
      const statement = 'SELECT a.id FROM items a CROSS JOIN items b';
      const before = pool.counters.reads;
      expect(await db.stream!(statement, () => false)).toBeGreaterThan(40);
      expect(await db.stream!(statement, (rows) => rows === 3)).toBe(3);
      expect(pool.counters.reads).toBeGreaterThanOrEqual(before + 2);
      await untilReturned(pool);
    },
  );

  test('nothing stays open behind it [P30]', async () => {
    await db.close();
    await pool.end();
    const open = `SELECT COUNT(*) FROM performance_schema.processlist WHERE user = '${user}'`;
    await waitFor(async () => (await servers.countOnAll(open)) === 0, { what: 'all connections to close' });
  });
});
