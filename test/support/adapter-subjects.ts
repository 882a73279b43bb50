import { asc, eq, sql as drizzleSql } from 'drizzle-orm';
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import knex from 'knex';
import { Kysely, MysqlDialect, sql as kyselySql } from 'kysely';
import { DataTypes, QueryTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { drizzleClient } from '../../src/pool/adapters/drizzle-client.js';
import { knexPool } from '../../src/pool/adapters/knex-pool.js';
import { kyselyPool } from '../../src/pool/adapters/kysely-pool.js';
import { sequelizeOptions } from '../../src/pool/adapters/sequelize-options.js';
import { typeormDriver } from '../../src/pool/adapters/typeorm-driver.js';
import type { ReplicaPool } from '../../src/pool/replica-pool.js';

export interface Item {
  readonly id: number;
  readonly name: string;
}

/** What the tests ask of a package, in its own words; within a transaction or not. */
export interface Queries {
  /** Inserts an item and gives its id. */
  insert(name: string): Promise<number>;
  /** By the package's builder of queries. */
  find(id: number): Promise<Item | null>;
  /** The rows of any statement. */
  raw(statement: string): Promise<readonly Record<string, unknown>[]>;
}

export interface Subject extends Queries {
  /** Commits when `work` resolves, and rolls back when it rejects. */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
  /** Reads rows one by one until `enough` says so; only packages that can have it, see `packagesThatStream`. */
  readonly stream?: (statement: string, enough: (rows: number) => boolean) => Promise<number>;
  close(): Promise<void>;
}

/** Those that give rows one by one; Sequelize gives all of them at once. */
export const packagesThatStream: readonly string[] = ['Knex', 'Kysely', 'Drizzle', 'TypeORM'];

/** Every package with an adapter, opened over a pool. */
export const subjects: Readonly<Record<string, (pool: ReplicaPool) => Promise<Subject>>> = {
  Knex: openKnex,
  Kysely: openKysely,
  Drizzle: openDrizzle,
  TypeORM: openTypeorm,
  Sequelize: openSequelize,
};

type Rows = readonly Record<string, unknown>[];

async function openKnex(pool: ReplicaPool): Promise<Subject> {
  const db = knex({ client: 'mysql2', connectionPool: knexPool(pool) });
  const queries = (on: knex.Knex): Queries => ({
    insert: async (name) => (await on('items').insert({ name }))[0]!,
    find: async (id) => (await on<Item>('items').where({ id }).first()) ?? null,
    raw: async (statement) => ((await on.raw(statement)) as [Rows])[0],
  });
  return Promise.resolve({
    ...queries(db),
    transaction: (work) => db.transaction((transaction) => work(queries(transaction))),
    stream: (statement, enough) => countUntil(db.raw(statement).stream(), enough),
    close: () => db.destroy(),
  });
}

interface Tables {
  items: { id: number; name: string };
}

async function openKysely(pool: ReplicaPool): Promise<Subject> {
  const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool: kyselyPool(pool) }) });
  const queries = (on: Kysely<Tables>): Queries => ({
    insert: async (name) =>
      Number((await on.insertInto('items').values({ id: 0, name }).executeTakeFirst()).insertId),
    find: async (id) =>
      (await on.selectFrom('items').selectAll().where('id', '=', id).executeTakeFirst()) ?? null,
    raw: async (statement) => (await kyselySql.raw<Record<string, unknown>>(statement).execute(on)).rows,
  });
  return Promise.resolve({
    ...queries(db),
    transaction: (work) => db.transaction().execute((transaction) => work(queries(transaction))),
    stream: (statement, enough) =>
      countUntil(
        db
          .selectFrom(kyselySql<{ n: number }>`(${kyselySql.raw(statement)})`.as('rows_'))
          .selectAll()
          .stream(),
        enough,
      ),
    close: () => db.destroy(),
  });
}

const items = mysqlTable('items', {
  id: int().primaryKey().autoincrement(),
  name: varchar({ length: 255 }).notNull(),
});

async function openDrizzle(pool: ReplicaPool): Promise<Subject> {
  const db = drizzle({ client: drizzleClient(pool) });
  const queries = (on: Pick<typeof db, 'insert' | 'select' | 'execute'>): Queries => ({
    insert: async (name) => (await on.insert(items).values({ name }))[0].insertId,
    find: async (id) => (await on.select().from(items).where(eq(items.id, id)))[0] ?? null,
    raw: async (statement) => (await on.execute(drizzleSql.raw(statement)))[0] as unknown as Rows,
  });
  return Promise.resolve({
    ...queries(db),
    transaction: (work) => db.transaction((transaction) => work(queries(transaction))),
    stream: (_statement, enough) =>
      countUntil(db.select().from(items).orderBy(asc(items.id)).prepare().iterator(), enough),
    close: () => Promise.resolve(),
  });
}

const itemEntity = new EntitySchema<Item>({
  name: 'Item',
  tableName: 'items',
  columns: { id: { type: Number, primary: true, generated: true }, name: { type: String } },
});

async function openTypeorm(pool: ReplicaPool): Promise<Subject> {
  const db = new DataSource({
    type: 'mysql',
    database: 'shop',
    driver: typeormDriver(pool),
    entities: [itemEntity],
  });
  await db.initialize();
  const queries = (on: DataSource['manager']): Queries => ({
    insert: async (name) => {
      const { identifiers } = await on.insert(itemEntity, { name });
      return (identifiers[0] as { id: number }).id;
    },
    find: (id) => on.findOneBy(itemEntity, { id }),
    raw: (statement) => on.query(statement),
  });
  return {
    ...queries(db.manager),
    transaction: (work) => db.transaction((manager) => work(queries(manager))),
    stream: async (statement, enough) => {
      const runner = db.createQueryRunner();
      try {
        return await countUntil(await runner.stream(statement), enough);
      } finally {
        await runner.release();
      }
    },
    close: () => db.destroy(),
  };
}

async function openSequelize(pool: ReplicaPool): Promise<Subject> {
  const db = new Sequelize({ ...sequelizeOptions(pool), logging: false, pool: { max: 20 } });
  const model = db.define('item', { name: DataTypes.STRING }, { timestamps: false });
  const queries = (transaction: Awaited<ReturnType<typeof db.transaction>> | null): Queries => ({
    insert: async (name) => (await model.create({ name }, { transaction })).get('id') as number,
    find: async (id) => (await model.findByPk(id, { transaction, raw: true })) as unknown as Item | null,
    raw: async (statement) => db.query(statement, { type: QueryTypes.SELECT, transaction }),
  });
  return Promise.resolve({
    ...queries(null),
    transaction: (work) => db.transaction((transaction) => work(queries(transaction))),
    close: () => db.close(),
  });
}

async function countUntil(rows: AsyncIterable<unknown>, enough: (rows: number) => boolean): Promise<number> {
  let count = 0;
  for await (const row of rows) {
    count += row === undefined ? 0 : 1;
    if (enough(count)) break;
  }
  return count;
}
