import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KeptSession, type SessionUse } from '../../src/apply/barrier/kept-session.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import type { ServerConnection } from '../../src/mysql/server-connection.js';

let server: LabServer;
let admin: ServerConnection;

beforeAll(async () => {
  server = await startLabServer({ role: 'replica' });
  admin = await server.connect({ multipleStatements: true });
  await admin.query('CREATE DATABASE a; CREATE DATABASE b; CREATE TABLE a.t (id INT PRIMARY KEY)');
});
afterAll(async () => {
  await admin?.close();
  await server?.stop();
});

const inA: SessionUse = { schema: 'a', settings: new Set(['sql_mode']), isPlain: true };

/** All that a statement could find in a session. */
async function stateOf(session: ServerConnection): Promise<unknown> {
  const [variables, userVariables, schema, locks, warnings] = [
    await session.query(
      `SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value FROM performance_schema.session_variables
       WHERE VARIABLE_NAME NOT IN ('timestamp', 'pseudo_thread_id', 'rand_seed1', 'rand_seed2', 'gtid_executed', 'original_commit_timestamp', 'statement_id')
       ORDER BY VARIABLE_NAME`,
    ),
    await session.query(
      `SELECT VARIABLE_NAME AS name FROM performance_schema.user_variables_by_thread WHERE THREAD_ID = PS_CURRENT_THREAD_ID()`,
    ),
    await session.query('SELECT DATABASE() AS name, LAST_INSERT_ID() AS id, IS_USED_LOCK("mine") AS held'),
    await session.query(
      `SELECT OBJECT_TYPE AS type FROM performance_schema.metadata_locks
       WHERE OWNER_THREAD_ID = PS_CURRENT_THREAD_ID() AND OBJECT_SCHEMA IN ('a', 'b')`,
    ),
    await session.query('SHOW WARNINGS'),
  ];
  return { variables, userVariables, schema, locks, warnings };
}

/** No session can have both. */
const ends: Readonly<Record<string, readonly string[]>> = {
  'a locked table': ['LOCK TABLES t WRITE'],
  'a GTID that is used up': [
    'COMMIT',
    "SET GTID_NEXT = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1'",
    'BEGIN',
    'COMMIT',
  ],
  'an open transaction': ['BEGIN', 'INSERT INTO t (id) VALUES (1)'],
};

/** Leaves in a session what a statement of any kind could leave. */
async function spoil(session: ServerConnection, end: readonly string[]): Promise<void> {
  const statements = [
    'SET SESSION sql_log_bin = 0',
    "SET sql_mode = 'ANSI', time_zone = '+03:00', foreign_key_checks = 0, unique_checks = 0, lc_time_names = 'de_DE'",
    "SET default_storage_engine = 'MyISAM', auto_increment_increment = 7, default_collation_for_utf8mb4 = utf8mb4_general_ci",
    'SET explicit_defaults_for_timestamp = 0, sql_require_primary_key = 1, innodb_strict_mode = 0, insert_id = 5',
    "SET timestamp = 1000, last_insert_id = 9, autocommit = 0, transaction_isolation = 'SERIALIZABLE'",
    'SET @left = 1, @tailrace = 2',
    'SET character_set_client = sjis, collation_connection = eucjpms_bin, collation_database = latin2_bin',
    "DO GET_LOCK('mine', 0)",
    'USE a',
    'CREATE TEMPORARY TABLE tmp (id INT PRIMARY KEY)',
    ...end,
  ];
  for (const statement of statements) await session.execute(statement);
}

test.each(Object.keys(ends))('behind %s, the session is as a login leaves it', async (end) => {
  const use = { ...inA, isPlain: false };
  const sessions = new KeptSession(server.address);
  const first = await sessions.take(use);
  await first.execute('USE a');
  const fresh = await stateOf(first);
  await spoil(first, ends[end] ?? []);
  sessions.giveBack(first, use);
  const second = await sessions.take(inA);
  expect(second.threadId).toBe(first.threadId);
  expect(await stateOf(second)).toEqual(fresh);
  await expect(second.query('SELECT * FROM tmp')).rejects.toMatchObject({ errno: 1146 });
  expect(await second.query('SELECT * FROM t')).toEqual([]);
  // Nothing holds the table any more.
  await admin.execute('ALTER TABLE a.t COMMENT = ?', [end]);
  await second.close();
});

test('a plain statement leaves the session to one with the same settings only', async () => {
  const sessions = new KeptSession(server.address);
  const first = await sessions.take(inA);
  await first.execute('USE a');
  await first.execute("SET sql_mode = 'ANSI'");
  const mode = async (session: ServerConnection): Promise<unknown> =>
    (await session.query('SELECT @@sql_mode AS mode'))[0]?.['mode'];
  sessions.giveBack(first, inA);
  const same = await sessions.take(inA);
  expect([same.threadId, await mode(same)]).toEqual([first.threadId, await mode(first)]);
  sessions.giveBack(same, inA);
  const more = await sessions.take({ ...inA, settings: new Set(['time_zone', 'sql_mode']) });
  expect([more.threadId, await mode(more)]).toEqual([first.threadId, await mode(first)]);
  sessions.giveBack(more, inA);
  const other = await sessions.take({ ...inA, settings: new Set(['time_zone']) });
  expect([other.threadId, await mode(other)]).toEqual([first.threadId, 'STRICT_ALL_TABLES']);
  await other.close();
});

test('the default schema is that of the statement, or the session is another', async () => {
  const sessions = new KeptSession(server.address);
  const first = await sessions.take(inA);
  await first.execute('USE a');
  sessions.giveBack(first, inA);
  const inB = { ...inA, schema: 'b' };
  const second = await sessions.take(inB);
  expect(second.threadId).toBe(first.threadId);
  expect(await second.query('SELECT DATABASE() AS name')).toEqual([{ name: 'b' }]);
  sessions.giveBack(second, inB);
  const nowhere = await sessions.take({ ...inA, schema: 'no such schema' });
  expect(nowhere.threadId).not.toBe(first.threadId);
  expect(await nowhere.query('SELECT DATABASE() AS name')).toEqual([{ name: null }]);
  await nowhere.close();
});

test('a session that was killed meanwhile is not used again', async () => {
  const sessions = new KeptSession(server.address);
  const first = await sessions.take(inA);
  await first.execute('USE a');
  sessions.giveBack(first, inA);
  const lost = new Promise((resolve) => first.onLost(resolve));
  await admin.execute(`KILL ${first.threadId}`);
  await lost;
  const second = await sessions.take(inA);
  expect(await second.query('SELECT DATABASE() AS name')).toEqual([{ name: null }]);
  sessions.giveBack(second, inA);
  await sessions.close();
  expect(second.usable).toBe(false);
});
