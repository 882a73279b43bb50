import { describe, expect, test } from '@jest/globals';
import type { TailraceError } from '../../src/errors/tailrace-error.js';
import { preflight } from '../../src/preflight/preflight.js';
import { catchUp, expectLevel, linkSettings, sourceEnd, stopsWith } from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { sql } from '../support/sql.js';

const lab = useLab({ sourceFlavour: 'mariadb', gtid: false });
const newLab = useLab({ sourceFlavour: 'mariadb118', gtid: false });
let cases = 0;

/** Applies statements through a link of its own and expects both servers to be the same. */
async function applied(servers: TestLab, ...statements: readonly string[]): Promise<void> {
  const from = await sourceEnd(servers);
  await sql(servers.onSource, ...statements);
  await expectLevel(servers, { name: `case ${++cases}`, from });
}

/** Applies statements in schema `d` through a link of its own, which must stop; then nothing is left of them. */
async function stopped(servers: TestLab, ...statements: readonly string[]): Promise<TailraceError> {
  const from = await sourceEnd(servers);
  await sql(servers.onSource, ...statements);
  try {
    return await stopsWith(servers, { name: `case ${++cases}`, from });
  } finally {
    for (const server of [servers.onSource, servers.onReplica]) {
      await sql(
        server,
        'SET SESSION sql_log_bin = 0',
        'DROP DATABASE IF EXISTS d',
        'SET SESSION sql_log_bin = 1',
      );
    }
    await sql(servers.onSource, 'SET SESSION sql_mode = DEFAULT');
  }
}

/** A column as the replica has it: its type, whether it takes NULL, its default and what else there is to it. */
async function column(servers: TestLab, table: string, name: string): Promise<unknown> {
  const [row] = await servers.onReplica.query(
    `SELECT COLUMN_TYPE AS type, IS_NULLABLE AS nullable, COLUMN_DEFAULT AS preset, EXTRA AS extra
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'kept' AND TABLE_NAME = ? AND COLUMN_NAME = ?`,
    [table, name],
  );
  return row;
}

async function rows(servers: TestLab, table: string): Promise<unknown[]> {
  return servers.onReplica.query(`SELECT * FROM kept.${table} ORDER BY id`);
}

describe('what MariaDB means by its statements', () => {
  test('a bare TIMESTAMP column takes NULL and has no defaults, as its session says', async () => {
    const servers = await lab();
    await applied(
      servers,
      'CREATE DATABASE kept',
      'USE kept',
      'CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP, b TIMESTAMP, n INT)',
      'INSERT INTO t (id, n) VALUES (1, 1)',
      'UPDATE t SET n = 2',
      'ALTER TABLE t ADD COLUMN c TIMESTAMP',
      'INSERT INTO t (id, n) VALUES (2, 2)',
      'CREATE TABLE w (id INT PRIMARY KEY, a TIMESTAMP NOT NULL, n INT)',
      'SET SESSION explicit_defaults_for_timestamp = OFF',
      'CREATE TABLE o (id INT PRIMARY KEY, a TIMESTAMP)',
      'SET SESSION explicit_defaults_for_timestamp = ON',
    );
    for (const name of ['a', 'b', 'c']) {
      expect(await column(servers, 't', name)).toMatchObject({ nullable: 'YES', preset: null, extra: '' });
    }
    expect(await rows(servers, 't')).toEqual([
      { id: 1, a: null, b: null, n: 2, c: null },
      { id: 2, a: null, b: null, n: 2, c: null },
    ]);
    expect(await column(servers, 'w', 'a')).toMatchObject({ nullable: 'NO', preset: null, extra: '' });
    expect(await column(servers, 'o', 'a')).toMatchObject({ nullable: 'NO', preset: 'CURRENT_TIMESTAMP' });
  });

  test('fractions of seconds without room are cut off, or rounded under its mode', async () => {
    const servers = await lab();
    const late = '2024-12-31 23:59:59.9';
    await applied(
      servers,
      'CREATE TABLE f (id INT PRIMARY KEY, a DATETIME(6), b TIME(6), c TIMESTAMP(6) NULL, d DATETIME(6), s VARCHAR(40), n DECIMAL(30,6))',
      `INSERT INTO f VALUES (1, '${late}', '-10:00:00.999999', '2024-01-01 00:00:00.5', '${late}', '${late}', 20241231235959.9)`,
      'ALTER TABLE f MODIFY a DATETIME, MODIFY b TIME(3), MODIFY c TIMESTAMP NULL, MODIFY d DATE, MODIFY s DATETIME, MODIFY n DATETIME',
      `CREATE TABLE e (id INT PRIMARY KEY, k DATETIME DEFAULT '${late}', y TIME DEFAULT '10:00:00.7')`,
      "SET sql_mode = 'STRICT_TRANS_TABLES,TIME_ROUND_FRACTIONAL'",
      `CREATE TABLE r (id INT PRIMARY KEY, k DATETIME DEFAULT '${late}')`,
      'SET sql_mode = DEFAULT',
    );
    const text = 'DATE_FORMAT(%, "%Y-%m-%d %H:%i:%s")';
    const whole = (name: string): string => text.replace('%', () => name);
    expect(
      await servers.onReplica.query(
        `SELECT ${whole('a')} AS a, CAST(b AS CHAR) AS b, ${whole('c')} AS c, CAST(d AS CHAR) AS d, ${whole('s')} AS s, ${whole('n')} AS n FROM kept.f`,
      ),
    ).toEqual([
      {
        a: '2024-12-31 23:59:59',
        b: '-10:00:00.999',
        c: '2024-01-01 00:00:00',
        d: '2024-12-31',
        s: '2024-12-31 23:59:59',
        n: '2024-12-31 23:59:59',
      },
    ]);
    expect(await column(servers, 'e', 'k')).toMatchObject({ preset: '2024-12-31 23:59:59' });
    expect(await column(servers, 'e', 'y')).toMatchObject({ preset: '10:00:00' });
    expect(await column(servers, 'r', 'k')).toMatchObject({ preset: '2025-01-01 00:00:00' });
  });

  test('comments that it runs are run, and those that it does not run are not', async () => {
    const servers = await lab();
    await applied(
      servers,
      "CREATE TABLE c (id INT PRIMARY KEY, a INT /*!100201 NOT NULL DEFAULT 7 */, b VARCHAR(9) /*M!100201 DEFAULT 'x' */)",
      'ALTER TABLE c ADD COLUMN z INT DEFAULT 1 /*M!100201 , ADD UNIQUE (a) */',
      'INSERT INTO c (id) VALUES (1)',
      'CREATE TABLE k (id INT PRIMARY KEY, v VARCHAR(9) /*!80013 NOT NULL */ /*M!990000 NOT NULL */)',
      'ALTER TABLE k /*M!100301 ADD INDEX (v), */ ADD COLUMN q INT',
      '/*M!100301 ALTER TABLE c DROP COLUMN z */',
      "INSERT INTO c (id, a, b) VALUES (2, 3, '/*M! ')",
    );
    expect(await column(servers, 'c', 'a')).toMatchObject({ nullable: 'NO', preset: '7' });
    expect(await column(servers, 'k', 'v')).toMatchObject({ nullable: 'YES' });
    const indexes = await servers.onReplica.query(
      "SELECT TABLE_NAME AS t, INDEX_NAME AS i FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'kept' AND TABLE_NAME IN ('c', 'k') AND INDEX_NAME <> 'PRIMARY' ORDER BY t",
    );
    expect(indexes).toEqual([
      { t: 'c', i: 'a' },
      { t: 'k', i: 'v' },
    ]);
    expect(await rows(servers, 'c')).toEqual([
      { id: 1, a: 7, b: 'x' },
      { id: 2, a: 3, b: '/*M! ' },
    ]);
  });

  test('an ALTER that is logged in two phases is applied once, and one that failed not at all', async () => {
    const servers = await lab();
    const { onSource } = servers;
    const from = await sourceEnd(servers);
    await sql(
      onSource,
      'CREATE TABLE two (id INT PRIMARY KEY, v INT)',
      'INSERT INTO two VALUES (1, 1), (2, 1)',
      'SET SESSION binlog_alter_two_phase = ON',
      'ALTER TABLE two ADD INDEX (v)',
    );
    await expect(onSource.execute('ALTER TABLE two ADD UNIQUE (v)')).rejects.toThrow('Duplicate');
    await sql(onSource, 'INSERT INTO two VALUES (3, 3)');
    // Last in the log, so that only reading it through tells that all is done.
    await expect(onSource.execute('ALTER TABLE two ADD UNIQUE (v)')).rejects.toThrow('Duplicate');
    await sql(onSource, 'SET SESSION binlog_alter_two_phase = OFF');
    await expectLevel(servers, { name: 'two phases', from });
  });

  test('an empty default of a TEXT column is kept, whatever the mode', async () => {
    const servers = await lab();
    const from = await sourceEnd(servers);
    await sql(
      servers.onSource,
      "SET sql_mode = ''",
      "CREATE TABLE x (id INT PRIMARY KEY, t TEXT NOT NULL DEFAULT '', u TEXT DEFAULT 'a')",
      'SET sql_mode = DEFAULT',
      'INSERT INTO x (id) VALUES (1)',
    );
    await catchUp(servers, { name: 'defaults', from });
    await sql(
      servers.onReplica,
      "SET sql_mode = ''",
      'INSERT INTO kept.x (id) VALUES (2)',
      'SET sql_mode = DEFAULT',
    );
    expect(await rows(servers, 'x')).toEqual([
      { id: 1, t: '', u: 'a' },
      { id: 2, t: '', u: 'a' },
    ]);
    // MySQL writes such a default as an expression, so that the definitions never look the same.
    for (const server of [servers.onSource, servers.onReplica]) {
      await sql(server, 'SET SESSION sql_log_bin = 0', 'DROP TABLE kept.x', 'SET SESSION sql_log_bin = 1');
    }
  });

  test.each([
    ['EMPTY_STRING_IS_NULL', "ALTER TABLE t ADD COLUMN q VARCHAR(9) DEFAULT ''"],
    ['ORACLE', "ALTER TABLE t ADD COLUMN h VARCHAR(20) AS ('a'||s) STORED"],
    ['', 'ALTER TABLE t ADD COLUMN u CHAR(36) DEFAULT (UUID())'],
    ['', 'ALTER TABLE t MODIFY d BIGINT'],
    ['', 'ALTER TABLE t CHANGE d e INT'],
  ])('what the replica would do otherwise stops the link before it: %s %s [P4]', async (mode, statement) => {
    const error = await stopped(
      await lab(),
      'CREATE DATABASE d',
      'USE d',
      'CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(9), d TIME(6))',
      "INSERT INTO t VALUES (1, 'q', '10:00:00.9'), (2, NULL, '10:00:00.1')",
      `SET sql_mode = '${mode}'`,
      statement,
    );
    expect(error).toMatchObject({ code: 'TR_STATEMENT_DIALECT', what: expect.stringContaining(statement) });
  });

  test.each([
    ['inside of the log', 'ts TIMESTAMP NULL, tm TIME', "'2006-02-15 04:34:33', '04:34:33'"],
    ['with fractions', 'tm TIME(3), dt DATETIME(6)', "'04:34:33.5', '2006-02-15 04:34:33'"],
  ])('times in the old format stop the link with their names: %s [P4]', async (_, columns, values) => {
    const servers = await lab();
    await sql(servers.onSource, 'SET GLOBAL mysql56_temporal_format = OFF');
    let problems: readonly { readonly code: string; readonly what: string }[] = [];
    const error = await stopped(
      servers,
      'CREATE DATABASE d',
      `CREATE TABLE d.t (id INT PRIMARY KEY, ${columns})`,
      'SET GLOBAL mysql56_temporal_format = ON',
      `INSERT INTO d.t VALUES (1, ${values})`,
    ).finally(async () => {
      await sql(servers.onSource, 'SET GLOBAL mysql56_temporal_format = ON');
    });
    expect(error.code).toBe('TR_TABLE_OLD_TEMPORAL');
    expect(error.what).toContain('d.t');
    expect(error.what).toMatch(/\btm \(TIME\)/);
    await sql(
      servers.onSource,
      'SET SESSION sql_log_bin = 0',
      'SET GLOBAL mysql56_temporal_format = OFF',
      'CREATE DATABASE d',
      `CREATE TABLE d.t (id INT PRIMARY KEY, ${columns})`,
      'SET GLOBAL mysql56_temporal_format = ON',
    );
    problems = await preflight(linkSettings(servers), { handoffNative: false });
    await sql(servers.onSource, 'DROP DATABASE d', 'SET SESSION sql_log_bin = 1');
    expect(problems.filter(({ code }) => code === 'TR_TABLE_OLD_TEMPORAL').map(({ what }) => what)).toEqual([
      expect.stringContaining('d.t'),
    ]);
  });
});

describe('a MariaDB whose own collations MySQL does not have', () => {
  const general = 'SET NAMES utf8mb4 COLLATE utf8mb4_general_ci';
  test.each([
    [['SET NAMES utf8mb4', 'CREATE DATABASE d'], 'default collation'],
    [
      [
        general,
        'CREATE DATABASE d CHARACTER SET latin1',
        'USE d',
        'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) CHARACTER SET utf8mb4, UNIQUE KEY (v))',
      ],
      'utf8mb4_uca1400_ai_ci',
    ],
    [
      [
        'CREATE DATABASE d COLLATE utf8mb4_bin',
        'USE d',
        'CREATE TABLE t (v VARCHAR(9) COLLATE utf8mb4_0900_ai_ci)',
      ],
      'utf8mb4_0900_ai_ci',
    ],
  ])('stops the link where a text would be compared otherwise: %s', async (statements, why) => {
    const error = await stopped(await newLab(), ...statements);
    expect(error).toMatchObject({ code: 'TR_STATEMENT_DIALECT', why: expect.stringContaining(why) });
  });

  test('is followed where every text has a collation of both', async () => {
    const servers = await newLab();
    await applied(
      servers,
      'CREATE DATABASE kept COLLATE utf8mb4_general_ci',
      'USE kept',
      "CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(20), e ENUM('a','b'), b VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
      "INSERT INTO p VALUES (1, 'ä', 'b', 'x')",
      'ALTER TABLE p ADD COLUMN w TEXT, ADD KEY (v)',
      'SET collation_connection = utf8mb4_general_ci',
      "CREATE VIEW v AS SELECT id FROM p WHERE v = 'ä'",
    );
    expect(
      await servers.onReplica.query(
        "SELECT DISTINCT COLLATION_NAME AS c FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'kept' AND COLLATION_NAME IS NOT NULL ORDER BY c",
      ),
    ).toEqual([{ c: 'utf8mb4_bin' }, { c: 'utf8mb4_general_ci' }]);
  });

  test('check says it beforehand, with the cure', async () => {
    const servers = await newLab();
    await sql(
      servers.onSource,
      'SET SESSION sql_log_bin = 0',
      'CREATE DATABASE d',
      'CREATE TABLE d.t (v VARCHAR(9))',
    );
    const problems = await preflight(linkSettings(servers), { handoffNative: false });
    await sql(servers.onSource, 'DROP DATABASE d', 'SET SESSION sql_log_bin = 1');
    const told = problems.filter(({ code }) => code === 'TR_SOURCE_COLLATION');
    expect(told).toEqual([
      expect.objectContaining({ severity: 'error', what: expect.stringContaining('collation_server') }),
      expect.objectContaining({ severity: 'error', what: expect.stringContaining('d') }),
      expect.objectContaining({ severity: 'warning', what: expect.stringContaining('d.t') }),
    ]);
  });
});
