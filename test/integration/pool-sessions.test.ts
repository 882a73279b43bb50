import { beforeAll, describe, expect, test } from '@jest/globals';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import type { Work } from '../../src/pool/replica-pool.js';
import { parseToken } from '../../src/pool/session-token.js';
import { gtidExecuted } from '../support/engine-link.js';
import { useLab } from '../support/lab.js';
import {
  addressOf,
  held,
  idOf,
  killConnection,
  replicateNatively,
  served,
  usePools,
} from '../support/pool-lab.js';
import { hasRow, insertRow, readsRow, threadOf } from '../support/pool-work.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const functions = { 'log-bin-trust-function-creators': 1 } as const;
const lab = useLab({ replicas: 2, sourceSettings: functions, replicaSettings: functions });
const newPool = usePools();

beforeAll(async () => {
  await replicateNatively(await lab());
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE PROCEDURE app.several() BEGIN INSERT INTO t (n) VALUES (1); SELECT 1; INSERT INTO t (n) VALUES (2); END',
    "CREATE PROCEDURE app.half() BEGIN INSERT INTO t (n) VALUES (1); SIGNAL SQLSTATE '45000'; END",
    'CREATE FUNCTION app.writes() RETURNS INT BEGIN INSERT INTO t (n) VALUES (1); RETURN 1; END',
  );
});

describe('a session', () => {
  test('reads what it wrote, from replicas, and another one with its token does so too [P23]', async () => {
    const { replicas } = await lab();
    // However long replication takes: it is replicas that are to answer.
    const patient = { waitMsMax: 60_000, checkoutMsMax: 60_000 };
    const pool = newPool(await lab(), patient);
    const other = newPool(await lab(), patient);
    await Promise.all([served(pool), served(other)]);
    await pool.runInSession(undefined, async () => {
      expect(pool.currentToken()).toBe('');
      for (let round = 0; round < 60; round += 1) {
        const id = await pool.write(insertRow);
        expect(await readsRow(pool, id)).toBe(true);
        expect(await other.runInSession(pool.currentToken()!, () => readsRow(other, id))).toBe(true);
      }
    });
    expect(pool.currentToken()).toBeNull();
    for (const { counters } of [pool, other]) {
      expect(counters.reads).toBe(60);
      expect(counters.errors).toEqual({});
      for (const replica of replicas) expect(counters.readsByNode[idOf(replica)]).toBeGreaterThan(5);
    }
  });

  test('goes to the source when no replica has its writes in time; a read without a session does not [P23]', async () => {
    const { replicas, source } = await lab();
    const pool = newPool(await lab());
    await served(pool);
    await held(replicas[0]!, () =>
      held(replicas[1]!, () =>
        pool.runInSession(undefined, async () => {
          const id = await pool.write(insertRow);
          expect(await readsRow(pool, id)).toBe(true);
          expect(await pool.read((db) => hasRow(db, id), { consistency: 'eventual' })).toBe(false);
        }),
      ),
    );
    expect(pool.counters.readsByNode[idOf(source)]).toBe(1);
    expect(pool.counters.sourceReads.session).toBe(1);
    expect(pool.counters.waitsInVain).toBeGreaterThan(0);
  });

  test('only the replica that has them is read, and the token says which they are', async () => {
    const { replicas } = await lab();
    const pool = newPool(await lab(), { waitMsMax: 200 });
    await served(pool);
    await held(replicas[0]!, () =>
      pool.runInSession(undefined, async () => {
        const id = await pool.write(insertRow);
        await waitFor(
          async () =>
            Number(await sqlValue(replicas[1]!, `SELECT COUNT(*) FROM app.t WHERE id = ${id}`)) === 1,
        );
        const known = pool.explain().nodes.find((node) => node.id === idOf(replicas[1]!));
        expect(known?.state).toBe('serving');
        for (let round = 0; round < 10; round += 1) expect(await readsRow(pool, id)).toBe(true);
        // One write has one GTID.
        expect(parseToken(pool.currentToken()!).gtids.count()).toBe(1);
      }),
    );
  });
});

describe('what was written is known, however it was [P23]', () => {
  const swallow = (): undefined => undefined;
  const ways: Readonly<Record<string, Work<unknown>>> = {
    'one statement': (db) => db.query('INSERT INTO t (n) VALUES (1)'),
    'a prepared statement': (db) => db.execute('INSERT INTO t (n) VALUES (?)', [1]),
    'several statements, one after another': async (db) => {
      await db.query('INSERT INTO t (n) VALUES (1)');
      await db.query('UPDATE t SET n = 5 LIMIT 1');
      await db.query('SELECT 1');
    },
    'a transaction by hand': async (db) => {
      await db.beginTransaction();
      await db.query('INSERT INTO t (n) VALUES (1)');
      await db.commit();
    },
    'DDL, which commits what was open': async (db) => {
      await db.query('START TRANSACTION');
      await db.query('INSERT INTO t (n) VALUES (1)');
      await db.query(`CREATE TABLE u${Date.now()} (id INT PRIMARY KEY)`);
    },
    'several statements in one text': (db) =>
      db.query('INSERT INTO t (n) VALUES (1); INSERT INTO t (n) VALUES (2)'),
    'a procedure that writes twice and returns rows': (db) => db.query('CALL several()'),
    'a procedure that fails half way': (db) => db.query('CALL half()').catch(swallow),
    'statements of which the second fails': (db) =>
      db.query('INSERT INTO t (n) VALUES (1); INSERT INTO nowhere VALUES (1)').catch(swallow),
    'a function in a SELECT': (db) => db.query('SELECT writes()'),
    'statements that nobody waits for': async (db) => {
      void db.query('INSERT INTO t (n) VALUES (1)').catch(swallow);
      await Promise.resolve();
    },
    'after the application has switched the reporting off': async (db) => {
      await db.query('SET SESSION session_track_gtids = OFF');
      // Changes no row, which would make the want of a GTID seen.
      await db.query(`CREATE TABLE v${Date.now()} (id INT PRIMARY KEY)`);
    },
    'after the session was reset': async (db) => {
      await db.reset();
      await db.query('INSERT INTO app.t (n) VALUES (1)');
    },
  };

  test.each(Object.entries(ways))('%s', async (_way, work) => {
    const { onSource, source } = await lab();
    const { host, port, user, password } = source.address;
    const pool = newPool(await lab(), {
      source: { host, port, user, password, database: 'app', multipleStatements: true, connectionLimit: 1 },
    });
    await pool.runInSession(undefined, async () => {
      // The connection is not new, and its own setting up is over.
      await pool.write((db) => db.query('DO 0'));
      const before = GtidSet.parse(await gtidExecuted(onSource));
      await pool.write(work);
      const written = GtidSet.parse(await gtidExecuted(onSource)).subtract(before);
      expect(written.isEmpty()).toBe(false);
      expect(parseToken(pool.currentToken()!).gtids.contains(written)).toBe(true);
      // Whatever was done to that connection: the next write is known as well.
      const later = GtidSet.parse(await gtidExecuted(onSource));
      await pool.write(insertRow);
      const last = GtidSet.parse(await gtidExecuted(onSource)).subtract(later);
      expect(last.count()).toBe(1);
      expect(parseToken(pool.currentToken()!).gtids.contains(last)).toBe(true);
    });
  });

  test('a transaction that rejects is rolled back, and is in no token', async () => {
    const { onSource } = await lab();
    const pool = newPool(await lab());
    const before = await gtidExecuted(onSource);
    await pool.runInSession(undefined, async () => {
      const failing = pool.transaction(async (db) => {
        await insertRow(db);
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      const token = pool.currentToken()!;
      expect(
        parseToken(token).gtids.isEmpty() || GtidSet.parse(before).contains(parseToken(token).gtids),
      ).toBe(true);
      const id = await pool.transaction(insertRow, { isolation: 'READ COMMITTED' });
      expect(await readsRow(pool, id)).toBe(true);
    });
    expect(
      GtidSet.parse(await gtidExecuted(onSource))
        .subtract(GtidSet.parse(before))
        .count(),
    ).toBe(1);
  });

  test('a write whose connection is lost keeps the session on the source until it is known what became of it [P23]', async () => {
    const { onSource, source } = await lab();
    const pool = newPool(await lab(), { waitMsMax: 60_000, checkoutMsMax: 60_000 });
    await served(pool);
    await pool.runInSession(undefined, async () => {
      const before = await gtidExecuted(onSource);
      const lost = pool.write(async (db) => {
        await insertRow(db);
        await killConnection(source, db.threadId);
        await db.query('DO 0');
      });
      await expect(lost).rejects.toThrow();
      expect(pool.counters.writesUntracked).toBe(1);
      const carried = newPool(await lab());
      expect(parseToken(pool.currentToken()!).strongUntilMs).toBeGreaterThan(Date.now());
      await carried.runInSession(pool.currentToken()!, () => carried.read(threadOf));
      expect(carried.counters.readsByNode[idOf(source)]).toBe(1);

      await pool.read(threadOf);
      expect(pool.counters.readsByNode[idOf(source)]).toBe(1);
      const { gtids, strongUntilMs } = parseToken(pool.currentToken()!);
      expect(strongUntilMs).toBe(0);
      expect(
        gtids.contains(GtidSet.parse(await gtidExecuted(onSource)).subtract(GtidSet.parse(before))),
      ).toBe(true);
      await pool.read(threadOf);
      expect(pool.counters.readsByNode[idOf(source)]).toBe(1);
    });
  });

  test('a commit whose connection is lost says that its outcome is not known', async () => {
    const { source } = await lab();
    const pool = newPool(await lab());
    const lost = pool.transaction(async (db) => {
      await insertRow(db);
      await killConnection(source, db.threadId);
    });
    await expect(lost).rejects.toMatchObject({ code: 'TR_POOL_COMMIT_UNKNOWN' });
  });
});

describe('a connection that comes back', () => {
  test('has nothing open on it: what a read left in a transaction does not make the next one stale [P23]', async () => {
    const { replicas, source } = await lab();
    const [replica] = replicas;
    const pool = newPool(
      { ...(await lab()), replicas: [replica!] },
      {
        replicas: [{ ...addressOf(replica!), connectionLimit: 1 }],
        source: { ...addressOf(source), connectionLimit: 2 },
        waitMsMax: 60_000,
        checkoutMsMax: 60_000,
      },
    );
    await served(pool);
    await pool.runInSession(undefined, async () => {
      const first = await pool.read(async (db) => {
        await db.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
        await db.query('SELECT COUNT(*) FROM t');
        return db.threadId;
      });
      const id = await pool.write(insertRow);
      const found = await pool.read(async (db) => ({ found: await hasRow(db, id), thread: db.threadId }));
      expect(found).toEqual({ found: true, thread: first });
      await pool.write(async (db) => {
        await db.query('START TRANSACTION');
        await insertRow(db);
      });
    });
    const open =
      'SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> CONNECTION_ID()';
    await waitFor(async () => Number(await sqlValue(source, open)) === 0, {
      what: 'transactions to be rolled back',
    });
  });
});

describe('sessions refuse', () => {
  test('texts that are no tokens, and session consistency where there is no session', async () => {
    const pool = newPool(await lab());
    expect(() => pool.session('t1.nonsense!')).toThrow('TR_POOL_TOKEN');
    const asked = pool.read(threadOf, { consistency: 'session' });
    await expect(asked).rejects.toMatchObject({ code: 'TR_POOL_NO_SESSION' });
    expect(pool.counters.errors).toEqual({ TR_POOL_NO_SESSION: 1 });
  });
});
