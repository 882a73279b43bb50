import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import type { ReplicaPool, Work } from '../../src/pool/replica-pool.js';
import { useLab } from '../support/lab.js';
import { addressOf, idOf, replicateNatively, served, usePools } from '../support/pool-lab.js';
import { insertRow, serverOf, threadOf } from '../support/pool-work.js';
import { sql, sqlValue } from '../support/sql.js';

const lab = useLab({ replicas: 2, replicaSettings: { 'log-bin-trust-function-creators': 1 } });
const newPool = usePools();

beforeAll(async () => {
  await replicateNatively(await lab());
  const { onSource } = await lab();
  await sql(
    onSource,
    'CREATE ROLE changed',
    'GRANT changed TO root',
    "CREATE PROCEDURE app.change_all() BEGIN SET ROLE ALL; SET @kept = 1; SET time_zone = '+05:00'; CREATE TEMPORARY TABLE app.tmp (i INT); END",
    'CREATE TABLE app.fired (n INT)',
    'CREATE TRIGGER app.fires BEFORE INSERT ON app.fired FOR EACH ROW SET @kept = NEW.n',
  );
});

/** One connection to each server, so that the next user gets what the one before had. */
async function narrowPool(): Promise<ReplicaPool> {
  const { source, replicas } = await lab();
  return newPool(await lab(), {
    source: { ...addressOf(source), connectionLimit: 1 },
    replicas: replicas.map((replica) => ({ ...addressOf(replica), connectionLimit: 1 })),
  });
}

/** All of a session that a statement of an application can change and another one's result can depend on. */
async function sessionOf(db: PoolConnection): Promise<unknown> {
  const [[state]] = await db.query<RowDataPacket[]>(
    `SELECT DATABASE(), CURRENT_ROLE(), @kept, LAST_INSERT_ID(), @@autocommit, @@time_zone, @@sql_mode, @@gtid_next,
       @@collation_connection, @@character_set_results, @@transaction_isolation, @@transaction_read_only, @@sql_select_limit,
       @@foreign_key_checks, @@session_track_gtids, @@sql_log_bin, IS_FREE_LOCK('pool'), @@pseudo_thread_id = CONNECTION_ID()`,
  );
  const [tables] = await db.query<RowDataPacket[]>('SHOW FULL TABLES FROM app');
  const temporary = await db.query('SELECT 1 FROM app.tmp').then(
    () => true,
    () => false,
  );
  return { state, tables: tables.length, temporary };
}

const changes: readonly (readonly [what: string, ...statements: string[]])[] = [
  ['autocommit', 'SET autocommit=0'],
  ['a transaction left open without autocommit', 'SET autocommit=0', 'INSERT INTO t (n) VALUES (1)'],
  ['the default database', 'USE mysql'],
  ['the time zone and sql_mode', "SET time_zone='+03:00', sql_mode='ANSI_QUOTES'"],
  ['a temporary table', 'CREATE TEMPORARY TABLE app.tmp (i INT)'],
  ['a user variable in a query', 'SELECT @kept := 5'],
  ['a user variable by a trigger', 'INSERT INTO fired VALUES (7)'],
  ['a user-level lock', "SELECT GET_LOCK('pool', 1)"],
  ['table locks', 'LOCK TABLES t WRITE'],
  ['the backup lock', 'LOCK INSTANCE FOR BACKUP'],
  ['a global read lock', 'FLUSH TABLES WITH READ LOCK'],
  ['the role', 'SET ROLE changed'],
  ['the character set', 'SET NAMES latin1'],
  ['the next GTID', "SET gtid_next='aaaaaaaa-0000-0000-0000-000000000000:5'"],
  ['the next transaction', 'SET TRANSACTION READ ONLY'],
  ['the isolation', 'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY'],
  ['the number that was inserted last', 'INSERT INTO t (n) VALUES (1)'],
  ['all of it by a procedure', 'CALL app.change_all()'],
  ['an XA transaction', "XA START 'left'", 'INSERT INTO t (n) VALUES (1)'],
  ['a handler', 'HANDLER t OPEN'],
  ['limits', 'SET sql_select_limit=1, foreign_key_checks=0, sql_log_bin=0'],
  ['tracking', 'SET session_track_gtids=OFF'],
  ['the text of a prepared statement', "PREPARE left_over FROM 'SELECT 1'", 'EXECUTE left_over'],
];

describe('a connection that is handed out is as new', () => {
  test.each(changes)('after %s was changed by a write [P33]', async (_what, ...statements) => {
    const pool = await narrowPool();
    const fresh = await pool.checkout('write').then(async (lent) => {
      const state = await sessionOf(lent.connection);
      await lent.destroy();
      return state;
    });
    await pool.write(async (db) => {
      for (const statement of statements) await db.query(statement);
    });
    expect(await pool.write(sessionOf)).toEqual(fresh);
    // It is whole: what is written is there when somebody else looks, and the pool knows its GTID.
    await pool.runInSession(undefined, async () => {
      const id = await pool.write(insertRow);
      expect(await sqlValue((await lab()).source, `SELECT COUNT(*) FROM app.t WHERE id = ${id}`)).toBe('1');
      expect(pool.currentToken()).not.toBe('');
    });
    expect(pool.counters).toMatchObject({ writesUntracked: 0, errors: {} });
  });

  test.each([
    ['query', 'SELECT @kept := 5'],
    ['query', "SELECT GET_LOCK('pool', 1)"],
    ['query', "SET time_zone = '+09:00'"],
    ['query', 'USE mysql'],
    ['query', 'CREATE TEMPORARY TABLE app.tmp (i INT)'],
    ['execute', 'SELECT @kept := 5'],
    ['execute', "SELECT GET_LOCK('pool', 1)"],
  ] as const)('on a replica, after a read that says, by %s, %s [P33]', async (method, statement) => {
    const pool = await narrowPool();
    await served(pool);
    const states = new Map<string, unknown>();
    const look: Work<readonly [string, unknown]> = async (db) => [await serverOf(db), await sessionOf(db)];
    while (states.size < 2) states.set(...(await pool.read(look)));
    const changed = await pool.read(async (db) => {
      await (method === 'query' ? db.query(statement) : db.execute(statement));
      return serverOf(db);
    });
    for (;;) {
      const [server, state] = await pool.read(look);
      if (server !== changed) continue;
      expect(state).toEqual(states.get(server));
      break;
    }
  });

  test('every row that a write reports is there, although an earlier user had switched autocommit off [P33]', async () => {
    const pool = await narrowPool();
    await pool.write((db) => db.query('SET autocommit=0'));
    const ids = [];
    for (let round = 0; round < 5; round += 1) ids.push(await pool.write(insertRow));
    const { source } = await lab();
    const there = `SELECT COUNT(*) FROM app.t WHERE id IN (${ids.join()})`;
    expect(await sqlValue(source, there)).toBe(String(ids.length));
  });

  test('plain reads, and transactions of them, keep their connection and their prepared statements [P33]', async () => {
    const { replicas, source } = await lab();
    const pool = await narrowPool();
    await served(pool);
    const prepared = async (): Promise<number> => {
      const counts = await Promise.all(
        [source, ...replicas].map((server) =>
          sqlValue(
            server,
            "SELECT SUM(variable_value) FROM performance_schema.global_status WHERE variable_name = 'Com_stmt_prepare'",
          ),
        ),
      );
      return counts.reduce<number>((sum, count) => sum + Number(count), 0);
    };
    const before = await prepared();
    const threads = new Set<number>();
    for (let round = 0; round < 40; round += 1) {
      const thread = await pool.read(async (db) => {
        await db.query('START TRANSACTION READ ONLY');
        await db.execute('SELECT n FROM t WHERE id = ?', [round]);
        await db.query('COMMIT');
        return threadOf(db);
      });
      threads.add(thread);
    }
    expect(threads.size).toBeLessThanOrEqual(2);
    expect((await prepared()) - before).toBeLessThanOrEqual(2);
  });

  test('a server that sets something up for each new connection gets a new connection for the next user [P33]', async () => {
    const { source, onSource } = await lab();
    await sql(onSource, "CREATE USER plain@'%' IDENTIFIED BY 'p'", 'GRANT ALL ON app.* TO plain@`%`');
    await sql(onSource, "SET GLOBAL init_connect = 'SET @kept = 3'");
    try {
      const own = { ...addressOf(source), user: 'plain', password: 'p', connectionLimit: 1 };
      const pool = newPool(await lab(), { source: own });
      const kept: Work<unknown> = async (db) => {
        const [[row]] = await db.query<RowDataPacket[]>('SELECT @kept AS kept');
        return row?.kept;
      };
      expect(await pool.write(kept)).toBe(3);
      await pool.write((db) => db.query('SET @kept = 4'));
      expect(await pool.write(kept)).toBe(3);
    } finally {
      await sql(onSource, "SET GLOBAL init_connect = ''");
    }
  });
});

describe('a read that one server refuses for want of a resource', () => {
  const prepares: Work<unknown> = (db) => db.execute('SELECT n AS only_here FROM t WHERE id = ?', [1]);

  test('is answered by another one [P33]', async () => {
    const { replicas } = await lab();
    const [full, other] = replicas;
    const pool = newPool(await lab());
    await served(pool);
    await sql(full!, 'SET GLOBAL max_prepared_stmt_count = 0');
    try {
      for (let round = 0; round < 30; round += 1) await pool.read(prepares);
    } finally {
      await sql(full!, 'SET GLOBAL max_prepared_stmt_count = 16382');
    }
    expect(pool.counters.errors).toEqual({});
    expect(pool.counters.readsRetried).toBeGreaterThan(0);
    expect(pool.counters.readsByNode[idOf(other!)]).toBe(30);
  });

  test('fails with what the first one said when every one refuses it [P33]', async () => {
    const { replicas, source } = await lab();
    const pool = newPool(await lab());
    await served(pool);
    const all = [source, ...replicas];
    await Promise.all(all.map((server) => sql(server, 'SET GLOBAL max_prepared_stmt_count = 0')));
    try {
      await expect(pool.read(prepares)).rejects.toMatchObject({ errno: 1461 });
    } finally {
      await Promise.all(all.map((server) => sql(server, 'SET GLOBAL max_prepared_stmt_count = 16382')));
    }
  });
});
