import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { ServerError } from '../../src/mysql/server-error.js';
import { linkSettings, makeLink } from '../support/engine-link.js';
import { expectAsWitnessed, useNativeWitness, type WitnessedLab } from '../support/native-witness.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const witnessed = useNativeWitness();
const rows = 2000;
const writers = 3;
/** What each writer still writes when the migration is done. */
const roundsAfterwards = 20;
/** ER_LOCK_DEADLOCK and ER_LOCK_WAIT_TIMEOUT. */
const lostAgainstOthers = new Set([1213, 1205]);
const triesMax = 100;

/** Fills a table, then runs `migrate` while writers change it and tailrace follows. */
async function underWrites(schema: string, migrate: (source: WitnessedLab) => Promise<void>): Promise<void> {
  const own = await witnessed();
  const { lab } = own;
  await sql(
    lab.source,
    `CREATE DATABASE ${schema}`,
    `USE ${schema}`,
    'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT, name VARCHAR(30), UNIQUE (name))',
    `INSERT INTO t (v, name) WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${rows}) SELECT /*+ SET_VAR(cte_max_recursion_depth=10000) */ n, CONCAT('name ', n) FROM s`,
  );
  const { link } = makeLink(linkSettings(lab));
  const stop = new AbortController();
  const following = link.run({ kind: 'forever' }, stop.signal);
  let over = false;
  const rounds = new Array<number>(writers).fill(0);
  const writing = Array.from({ length: writers }, async (_, writer) => {
    const connection = await lab.source.connect();
    for (let i = 0; !over; i += 1) {
      await write(connection, schema, writer, i);
      rounds[writer] = i + 1;
    }
    await connection.close();
  });
  try {
    await migrate(own);
    const wanted = rounds.map((done) => done + roundsAfterwards);
    await waitFor(() => rounds.every((done, writer) => done >= wanted[writer]!), { what: 'further writes' });
  } finally {
    over = true;
    await Promise.all(writing);
    stop.abort();
    await following;
  }
  await expectAsWitnessed(own);
  expect(await sqlValue(lab.onReplica, `SELECT COUNT(*) > ${rows} FROM ${schema}.t`)).toBe('1');
  expect(await sqlValue(lab.onReplica, `SELECT SUM(added) IS NOT NULL FROM ${schema}.t`)).toBe('1');
}

/** A refused statement is rolled back on the source; the writer goes on. */
async function write(source: ServerConnection, schema: string, writer: number, i: number): Promise<void> {
  const id = ((i * 37 + writer * 11) % rows) + 1;
  for (const statement of [
    `INSERT INTO ${schema}.t (v, name) VALUES (${i}, 'writer ${writer} ${i}')`,
    `UPDATE ${schema}.t SET v = v + 1, name = CONCAT('changed ', ${writer}, ' ', ${i}) WHERE id = ${id}`,
    `DELETE FROM ${schema}.t WHERE id = ${id + rows}`,
    `REPLACE INTO ${schema}.t (v, name) VALUES (${i}, 'name ${id}')`,
  ]) {
    await source.execute(statement).catch(() => undefined);
  }
  await sleep(2);
}

/** Copies a table in chunks along its key, and a chunk again that lost against a writer, as both tools do. */
async function copy(source: ServerConnection, to: string, columns: string): Promise<void> {
  for (let from = 0; from < rows; from += 500) {
    const chunk = `INSERT IGNORE INTO ${to} (${columns}) SELECT ${columns} FROM t FORCE INDEX (PRIMARY) WHERE id > ${from} AND id <= ${from + 500} LOCK IN SHARE MODE`;
    for (let tries = 1; ; tries += 1) {
      try {
        await source.execute(chunk);
        break;
      } catch (error) {
        if (!(error instanceof ServerError) || !lostAgainstOthers.has(error.errno) || tries === triesMax)
          throw error;
      }
    }
  }
}

describe('schema changes by tools, under writes [P3]', () => {
  test('pt-online-schema-change: triggers, chunks, an atomic swap, and what it clears away', async () => {
    await underWrites('by_pt', async ({ lab }) => {
      const source = await lab.source.connect();
      await sql(
        source,
        'USE by_pt',
        "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', lock_wait_timeout = 60",
        'CREATE TABLE _t_new (id INT AUTO_INCREMENT PRIMARY KEY, v INT, name VARCHAR(30), UNIQUE (name))',
        'ALTER TABLE _t_new ADD COLUMN added INT NOT NULL DEFAULT 5, ADD KEY (v)',
        'CREATE TRIGGER pt_osc_del AFTER DELETE ON t FOR EACH ROW BEGIN DECLARE CONTINUE HANDLER FOR 1146 BEGIN END; DELETE IGNORE FROM _t_new WHERE _t_new.id <=> OLD.id; END',
        'CREATE TRIGGER pt_osc_upd AFTER UPDATE ON t FOR EACH ROW BEGIN DECLARE CONTINUE HANDLER FOR 1146 BEGIN END; DELETE IGNORE FROM _t_new WHERE !(OLD.id <=> NEW.id) AND _t_new.id <=> OLD.id; REPLACE INTO _t_new (id, v, name) VALUES (NEW.id, NEW.v, NEW.name); END',
        'CREATE TRIGGER pt_osc_ins AFTER INSERT ON t FOR EACH ROW BEGIN DECLARE CONTINUE HANDLER FOR 1146 BEGIN END; REPLACE INTO _t_new (id, v, name) VALUES (NEW.id, NEW.v, NEW.name); END',
      );
      await copy(source, '_t_new', 'id, v, name');
      await sql(
        source,
        'ANALYZE TABLE _t_new /* pt-online-schema-change */',
        'RENAME TABLE t TO _t_old, _t_new TO t',
        'DROP TRIGGER IF EXISTS pt_osc_del',
        'DROP TRIGGER IF EXISTS pt_osc_upd',
        'DROP TRIGGER IF EXISTS pt_osc_ins',
        'SET foreign_key_checks = 0',
        'DROP TABLE IF EXISTS _t_old',
      );
      await source.close();
    });
  });

  test('gh-ost: a sentry table, locks, a rename that waits, and the cut-over', async () => {
    await underWrites('by_ghost', async ({ lab }) => {
      const [locker, renamer] = [await lab.source.connect(), await lab.source.connect()];
      await sql(
        locker,
        'USE by_ghost',
        "CREATE /* gh-ost */ TABLE _t_ghc (id BIGINT AUTO_INCREMENT, last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, hint VARCHAR(64) CHARSET ascii NOT NULL, value VARCHAR(4096) CHARSET ascii NOT NULL, PRIMARY KEY (id), UNIQUE KEY hint_uidx (hint)) AUTO_INCREMENT = 256 COMMENT = 'gh-ost-changelog'",
        'CREATE /* gh-ost */ TABLE _t_gho LIKE t',
        'ALTER /* gh-ost */ TABLE _t_gho ADD COLUMN added INT NOT NULL DEFAULT 5, MODIFY v BIGINT',
        "INSERT /* gh-ost */ INTO _t_ghc (id, hint, value) VALUES (NULLIF(2, 0), 'state', 'GhostTableMigrated') ON DUPLICATE KEY UPDATE last_update = NOW(), value = VALUES(value)",
      );
      await copy(locker, '_t_gho', 'id, v, name');
      await sql(
        locker,
        "SELECT /* gh-ost */ GET_LOCK('gh-ost.1.lock', 0)",
        "CREATE /* gh-ost */ TABLE _t_del (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE = InnoDB COMMENT = 'ghost-cut-over-sentry'",
        'LOCK /* gh-ost */ TABLES t WRITE, _t_del WRITE, _t_gho WRITE',
        // What it would have applied from the binary log meanwhile.
        'REPLACE INTO _t_gho (id, v, name) SELECT id, v, name FROM t',
      );
      await renamer.execute('USE by_ghost');
      const renaming = renamer.execute('RENAME /* gh-ost */ TABLE t TO _t_del, _t_gho TO t');
      const waits = `SELECT COUNT(*) FROM performance_schema.processlist WHERE ID = ${renamer.threadId} AND STATE LIKE '%metadata lock%'`;
      await waitFor(async () => Number(await sqlValue(lab.onSource, waits)) === 1, {
        what: 'the rename that waits',
      });
      await sql(locker, 'DROP /* gh-ost */ TABLE _t_del', 'UNLOCK TABLES');
      await renaming;
      await sql(
        locker,
        'DROP /* gh-ost */ TABLE IF EXISTS _t_ghc',
        'DROP /* gh-ost */ TABLE IF EXISTS _t_del',
      );
      await locker.close();
      await renamer.close();
    });
  });
});
