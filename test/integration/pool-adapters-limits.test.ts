import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { drizzle } from 'drizzle-orm/mysql2';
import { sql as drizzleSql } from 'drizzle-orm';
import { withReplicas } from 'drizzle-orm/mysql-core';
import knex from 'knex';
import { Kysely, MysqlDialect, sql as kyselySql } from 'kysely';
import { QueryTypes, Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';
import { drizzleClient } from '../../src/pool/adapters/drizzle-client.js';
import { knexPool } from '../../src/pool/adapters/knex-pool.js';
import { kyselyPool } from '../../src/pool/adapters/kysely-pool.js';
import { sequelizeOptions } from '../../src/pool/adapters/sequelize-options.js';
import { ConnectionHold } from '../../src/pool/adapters/connection-hold.js';
import { StatementPool } from '../../src/pool/adapters/statement-pool.js';
import { routeStatement } from '../../src/pool/statement-route.js';
import { StatementRunner } from '../../src/pool/adapters/statement-runner.js';
import { typeormDriver } from '../../src/pool/adapters/typeorm-driver.js';
import type { ReadOptions, ReplicaPool } from '../../src/pool/replica-pool.js';
import { type AdapterServers, untilReturned, useAdapterServers } from '../support/adapter-servers.js';
import { served } from '../support/pool-lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const prepare = useAdapterServers();
const whoami = 'SELECT name FROM whoami';

let servers: AdapterServers;
let pool: ReplicaPool;

beforeAll(async () => {
  servers = await prepare();
  pool = servers.pool();
  await served(pool);
});

afterAll(() => pool?.end());

type Rows = readonly Record<string, unknown>[];

describe('a read-only transaction runs on one replica, and changes nothing there [P30]', () => {
  const bad = 'SELECT name FROM whoami FOR UPDATE';
  const refused = { code: 'TR_POOL_READ_ONLY_TRANSACTION' };

  test('Knex', async () => {
    const db = knex({ client: 'mysql2', connectionPool: knexPool(pool) });
    await db.transaction(
      async (transaction) => {
        const answers = [await transaction.raw(whoami), await transaction.raw(whoami)] as [Rows][];
        const names = answers.map(([rows]) => rows[0]?.name);
        expect(names[0]).toMatch(/^replica/);
        expect(names[1]).toBe(names[0]);
        await expect(transaction.raw(bad)).rejects.toMatchObject(refused);
        await expect(transaction('items').insert({ name: 'no' })).rejects.toMatchObject(refused);
      },
      { readOnly: true },
    );
    await untilReturned(pool);
  });

  test('Kysely', async () => {
    const db = new Kysely<unknown>({ dialect: new MysqlDialect({ pool: kyselyPool(pool) }) });
    const transaction = db.transaction().setAccessMode('read only');
    await transaction.setIsolationLevel('repeatable read').execute(async (inside) => {
      const { rows } = await kyselySql<{ name: string }>`SELECT name FROM whoami`.execute(inside);
      expect(rows[0]?.name).toMatch(/^replica/);
      await expect(kyselySql.raw(bad).execute(inside)).rejects.toMatchObject(refused);
    });
    await untilReturned(pool);
  });

  test('Drizzle', async () => {
    const db = drizzle({ client: drizzleClient(pool) });
    const config = { accessMode: 'read only', isolationLevel: 'repeatable read' } as const;
    await db.transaction(async (inside) => {
      // It says of which level it is before it says that it only reads: the source has it then.
      expect((await inside.execute(drizzleSql.raw(whoami)))[0]).toEqual([{ name: 'source' }]);
    }, config);
    await db.transaction(
      async (inside) => {
        const [rows] = (await inside.execute(drizzleSql.raw(whoami))) as unknown as [Rows];
        expect(rows[0]?.name).toMatch(/^replica/);
        const failing = inside.execute(drizzleSql.raw(bad));
        await expect(failing).rejects.toMatchObject({ cause: refused });
      },
      // Its types ask for a level; without one it says of itself that it only reads, and nothing before.
      { accessMode: 'read only' } as typeof config,
    );
    await untilReturned(pool);
  });
});

describe('who asks for the source gets it', () => {
  test('TypeORM: query runners of the source, with its replication option', async () => {
    const server = { host: 'not-used' };
    const replication = { master: server, slaves: [server] };
    const db = new DataSource({ type: 'mysql', database: 'shop', driver: typeormDriver(pool), replication });
    await db.initialize();
    const select = db.createQueryBuilder().select('name').from('whoami', 'w');
    expect((await select.getRawOne<{ name: string }>())?.name).toMatch(/^replica/);
    expect(await db.query(whoami)).toEqual([{ name: 'source' }]);
    await db.destroy();
  });

  test('Sequelize: useMaster', async () => {
    const db = new Sequelize({ ...sequelizeOptions(pool), logging: false });
    const type = QueryTypes.SELECT as const;
    for (const useMaster of [true, false, true]) {
      const [row] = await db.query<{ name: string }>(whoami, { type, useMaster });
      expect(row?.name).toMatch(useMaster ? /^source/ : /^replica/);
    }
    await db.close();
  });

  test('Drizzle: the primary of withReplicas', async () => {
    const primary = drizzle({ client: drizzleClient(pool, { sourceOnly: true }) });
    const db = withReplicas(primary, [drizzle({ client: drizzleClient(pool) })]);
    const select = (from: typeof primary | typeof db) =>
      from.select({ name: drizzleSql<string>`name` }).from(drizzleSql`whoami`);
    expect((await select(db))[0]?.name).toMatch(/^replica/);
    expect((await select(db.$primary))[0]?.name).toBe('source');
  });

  test('any of them: how reads are to be answered is asked before each', async () => {
    let reads: ReadOptions = {};
    const db = new StatementPool(pool, { reads: () => reads }).promise();
    const name = async (): Promise<unknown> => ((await db.query(whoami))[0] as Rows)[0]?.name;
    expect(await name()).toMatch(/^replica/);
    reads = { consistency: 'strong' };
    expect(await name()).toBe('source');
  });
});

describe('a connection that is held', () => {
  test('keeps what was set in it for its user, and for nobody else [P30]', async () => {
    const db = new StatementPool(pool).promise();
    const connection = await db.getConnection();
    await connection.query('SET @mine = 7');
    expect((await connection.query('SELECT @mine AS mine, name FROM whoami'))[0]).toEqual([
      { mine: 7, name: 'source' },
    ]);
    connection.release();
    await untilReturned(pool);
    await expect(connection.query('SELECT 1')).rejects.toMatchObject({ code: 'TR_POOL_CONNECTION_RETURNED' });
    const others = Array.from({ length: 5 }, () => db.query('SELECT @mine AS mine'));
    for (const [rows] of await Promise.all(others)) expect(rows).toEqual([{ mine: null }]);
  });

  test('tells the session what was written on it, before anything is read [P30]', async () => {
    const db = new StatementPool(pool).promise();
    await servers.lagging(() =>
      pool.runInSession(undefined, async () => {
        const connection = await db.getConnection();
        await connection.query('SET @kept = 1');
        // No server reports what such a function has written: the pool asks, and that takes its time.
        const [[row]] = (await connection.query('SELECT bump() AS id')) as [{ id: number }[], unknown];
        connection.release();
        const [rows] = await db.query('SELECT id FROM bumps WHERE id = ?', [row!.id]);
        expect(rows).toEqual([{ id: row!.id }]);
      }),
    );
  });

  test('is rolled back when its user forgets to commit [P30]', async () => {
    const connection = await new StatementPool(pool).promise().getConnection();
    await connection.query('BEGIN');
    await connection.query("INSERT INTO items (name) VALUES ('forgotten')");
    connection.release();
    await untilReturned(pool);
    const count = "SELECT COUNT(*) FROM shop.items WHERE name = 'forgotten'";
    expect(Number(await sqlValue(servers.source, count))).toBe(0);
  });

  test('is not made up for when it is lost: no half of a transaction is done on another [P30]', async () => {
    const db = knex({ client: 'mysql2', connectionPool: knexPool(pool) });
    const failing = db.transaction(async (transaction) => {
      await transaction('items').insert({ name: 'half 1' });
      const [[row]] = (await transaction.raw('SELECT CONNECTION_ID() AS id')) as [{ id: number }[]];
      await sql(servers.source, `KILL ${row!.id}`);
      await expect(transaction('items').insert({ name: 'half 2' })).rejects.toThrow();
      await transaction('items').insert({ name: 'half 3' });
    });
    await expect(failing).rejects.toMatchObject({ code: 'TR_POOL_TRANSACTION_LOST' });
    const count = "SELECT COUNT(*) FROM shop.items WHERE name LIKE 'half%'";
    expect(Number(await sqlValue(servers.source, count))).toBe(0);
    await untilReturned(pool);
  });

  test('that is lost while it commits says so', async () => {
    const connection = await new StatementPool(pool).promise().getConnection();
    await connection.query('BEGIN');
    const [[row]] = (await connection.query('SELECT CONNECTION_ID() AS id')) as [{ id: number }[], unknown];
    await connection.query("INSERT INTO items (name) VALUES ('unknown')");
    // The source stands still from here to the end of the connection.
    const onSource = await servers.source.connect();
    await onSource.execute('FLUSH TABLES WITH READ LOCK');
    const committing = connection.query('COMMIT');
    const refused = expect(committing).rejects.toMatchObject({ code: 'TR_POOL_COMMIT_UNKNOWN' });
    const waits = `SELECT COUNT(*) FROM performance_schema.processlist WHERE id = ${row!.id} AND info = 'COMMIT'`;
    await waitFor(async () => Number(await sqlValue(servers.source, waits)) === 1, {
      what: 'COMMIT to wait',
    });
    await sql(onSource, `KILL ${row!.id}`);
    await onSource.close();
    await refused;
    await expect(connection.query('SELECT 1')).rejects.toMatchObject({ code: 'TR_POOL_TRANSACTION_LOST' });
    connection.release();
    await untilReturned(pool);
  });

  test('whose end is answered instead of its COMMIT says so, too [P30]', async () => {
    const checkout = await pool.checkout('write');
    const hold = new ConnectionHold(checkout, null, new StatementRunner({}));
    const run = (text: string) =>
      hold.run(routeStatement(text), { sql: text, values: undefined, options: {}, method: 'query' });
    const { connection, threadId } = checkout.connection;
    await run('BEGIN');
    await run("INSERT INTO items (name) VALUES ('too slow')");
    // The server says that it ends the connection and why, but nothing that it says from here on is read before COMMIT is asked
    // for, which is then sent behind the answer to this: the driver tells the console that it came out of turn.
    const { stream } = connection as unknown as { stream: NodeJS.ReadableStream };
    stream.pause();
    const limiting = checkout.connection.query('SET SESSION wait_timeout = 1');
    const left = `SELECT COUNT(*) FROM performance_schema.processlist WHERE id = ${threadId}`;
    await waitFor(async () => Number(await sqlValue(servers.source, left)) === 0, { what: 'its end' });
    const committing = run('COMMIT');
    const refused = expect(committing).rejects.toMatchObject({
      code: 'TR_POOL_COMMIT_UNKNOWN',
      cause: expect.objectContaining({ errno: 4031 }),
    });
    stream.resume();
    await Promise.all([limiting, refused]);
    await expect(run('SELECT 1')).rejects.toMatchObject({ code: 'TR_POOL_TRANSACTION_LOST' });
    await hold.end();
    await untilReturned(pool);
  });

  test('is not guessed: what the statement before has left is asked for within a transaction only', async () => {
    const db = new StatementPool(pool).promise();
    await db.query("INSERT INTO items (name) VALUES ('one')");
    for (const asking of [
      'SELECT LAST_INSERT_ID()',
      'SELECT FOUND_ROWS()',
      'INSERT INTO items (id) VALUES (LAST_INSERT_ID())',
    ]) {
      await expect(db.query(asking)).rejects.toMatchObject({ code: 'TR_POOL_NO_STATEMENT_BEFORE' });
    }
  });
});

describe('time that is over', () => {
  test('a timeout of Knex gives the connection back [P30]', async () => {
    const db = knex({ client: 'mysql2', connectionPool: knexPool(pool) });
    const slow = Array.from({ length: 8 }, () => db.raw('SELECT SLEEP(600) FROM whoami').timeout(100));
    for (const { status } of await Promise.allSettled(slow)) expect(status).toBe('rejected');
    await untilReturned(pool);
    await untilNothingSleeps();
  });

  test('a timeout of mysql2 gives the connection back', async () => {
    const db = new StatementPool(pool).promise();
    const slow = { sql: 'SELECT SLEEP(600) FROM whoami', timeout: 100 };
    await expect(db.query(slow)).rejects.toMatchObject({ code: 'PROTOCOL_SEQUENCE_TIMEOUT' });
    await untilReturned(pool);
    await untilNothingSleeps();
    expect((await db.query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }]);
  });

  test('an adapter that was ended takes nothing more, and leaves the pool to others', async () => {
    const db = new StatementPool(pool).promise();
    const running = db.query('SELECT SLEEP(0.2) AS slept FROM whoami');
    await db.end();
    expect((await running)[0]).toEqual([{ slept: 0 }]);
    await expect(db.query('SELECT 1')).rejects.toMatchObject({ code: 'TR_POOL_ENDED' });
    expect(await pool.read(async (connection) => (await connection.query('SELECT 1 AS one'))[0])).toEqual([
      { one: 1 },
    ]);
  });
});

/** The pool cuts connections that go back with something running on them; servers notice that in their own time. */
async function untilNothingSleeps(): Promise<void> {
  const sleeping = "SELECT COUNT(*) FROM performance_schema.processlist WHERE info LIKE 'SELECT SLEEP%'";
  await waitFor(async () => (await servers.countOnAll(sleeping)) === 0, {
    what: 'every slow statement to end',
  });
}
