import { describe, expect, test } from '@jest/globals';
import { describeDifference } from '../../src/verify/server-difference.js';
import { compareServers } from '../../src/verify/compare-servers.js';
import { openConnection } from '../../src/mysql/server-connection.js';
import { startLabServer } from '../../src/lab/start-lab-server.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import type { ServerFlavour } from '../../src/lab/server-flavour.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';
import { tailrace, urlOf } from '../support/tailrace-process.js';

/** What a DBA may have set for applications, and what cuts off, refuses or changes statements that rely on the defaults. */
const hostileEverywhere = [
  'autocommit = 0',
  "completion_type = 'CHAIN'",
  "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,NO_ZERO_DATE'",
  'sql_select_limit = 2',
  'max_join_size = 10',
  'sql_safe_updates = 1',
  'sql_auto_is_null = 1',
  'group_concat_max_len = 8',
  'lock_wait_timeout = 1',
  'innodb_lock_wait_timeout = 1',
  'net_read_timeout = 1',
  'net_write_timeout = 1',
  'wait_timeout = 2',
  'foreign_key_checks = 0',
  'unique_checks = 0',
  'sql_quote_show_create = 0',
  'sql_notes = 0',
  'max_sort_length = 64',
  'div_precision_increment = 0',
  "lc_time_names = 'de_DE'",
  "lc_messages = 'de_DE'",
  "time_zone = '-03:30'",
  'character_set_client = latin1',
  'character_set_connection = latin1',
  'character_set_results = latin1',
  "init_connect = 'SET NAMES latin1'",
];
const hostileNew = [
  "transaction_isolation = 'SERIALIZABLE'",
  'transaction_read_only = 1',
  'max_execution_time = 1',
  "session_track_system_variables = '*'",
  'session_track_schema = 1',
  'session_track_state_change = 1',
  "session_track_transaction_info = 'CHARACTERISTICS'",
  "session_track_gtids = 'ALL_GTIDS'",
  'information_schema_stats_expiry = 31536000',
  "terminology_use_previous = 'BEFORE_8_0_26'",
  'show_gipk_in_create_table_and_information_schema = 0',
  'big_tables = 1',
];
/** Only where the tables are made from what the source logs. */
const hostileOnReplica = [
  'sql_generate_invisible_primary_key = 1',
  'sql_require_primary_key = 1',
  'explicit_defaults_for_timestamp = 0',
  "character_set_server = 'latin1'",
  'auto_increment_increment = 7',
  'auto_increment_offset = 3',
  'innodb_strict_mode = 1',
  // No default of a session: an account without SUPER needs it for triggers.
  'log_bin_trust_function_creators = 1',
];

async function setGlobals(server: LabServer, settings: readonly string[]): Promise<void> {
  await sql(server, ...settings.map((setting) => `SET GLOBAL ${setting}`));
}

const lab = useLab();

describe('servers whose defaults suit nobody who relies on them', () => {
  test('a catch-up, check and verify do what they do elsewhere [P36]', async () => {
    const { source, replica, onSource } = await lab();
    const account = [
      'SET sql_log_bin = 0',
      "CREATE USER plain@'%' IDENTIFIED BY 'secret'",
      "GRANT ALL ON *.* TO plain@'%' WITH GRANT OPTION",
      // With it init_connect would not be run.
      "REVOKE CONNECTION_ADMIN, SUPER ON *.* FROM plain@'%'",
    ];
    await sql(source, ...account);
    await sql(replica, ...account);
    await setGlobals(source, [...hostileEverywhere, ...hostileNew]);
    await setGlobals(replica, [...hostileEverywhere, ...hostileNew, ...hostileOnReplica]);
    const url = (server: LabServer) => urlOf({ ...server.address, user: 'plain', password: 'secret' });
    const args = ['--source', url(source), '--replica', url(replica)];

    await sql(
      onSource,
      'CREATE DATABASE d',
      'USE d',
      'CREATE TABLE `漢` (id INT PRIMARY KEY, `ä "quoted"` VARCHAR(20))',
      'CREATE TABLE b (id INT PRIMARY KEY, v INT, at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)',
      'CREATE TABLE c (id INT PRIMARY KEY, b INT, FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE)',
      'CREATE TABLE bag (v INT, w VARCHAR(10))',
      'CREATE TABLE plain (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT)',
      'CREATE TABLE mine (id INT PRIMARY KEY) ENGINE=MyISAM',
      'CREATE VIEW bs AS SELECT id, v FROM b',
      "CREATE PROCEDURE p() SELECT CONCAT('a\\\\b', 1/3)",
      'CREATE TRIGGER t BEFORE INSERT ON plain FOR EACH ROW SET NEW.v = CONCAT(NEW.v, 1/3)',
      "INSERT INTO `漢` VALUES (1, 'ä漢\\\\')",
      'INSERT INTO b (id, v) VALUES (1, 1), (2, 2), (3, 3), (4, 4)',
      'INSERT INTO c VALUES (1, 1), (2, 2), (3, 3)',
      "INSERT INTO bag VALUES (1, 'x'), (1, 'x'), (2, 'y')",
      "INSERT INTO plain (v) VALUES ('a'), ('b')",
      'INSERT INTO mine VALUES (1), (2)',
      'DELETE FROM b WHERE id = 1',
      'ALTER TABLE plain ADD w INT DEFAULT 7, ADD KEY (w)',
      'CREATE TABLE copy AS SELECT * FROM b',
      'TRUNCATE TABLE mine',
    );
    const caughtUp = await tailrace(['catchup', ...args]);
    expect({ code: caughtUp.code, stderr: caughtUp.code === 0 ? '' : caughtUp.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    // The second one reads the schema, the checkpoint and the GTIDs that the first one left.
    await sql(onSource, 'INSERT INTO d.plain (v) VALUES (REPEAT("long ", 2000))', 'UPDATE d.b SET v = v + 1');
    expect(await tailrace(['catchup', ...args])).toMatchObject({ code: 0 });
    const [a, b] = await Promise.all([source.connect(), replica.connect()]);
    try {
      expect((await compareServers(a, b)).map(describeDifference)).toEqual([]);
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
    const check = await tailrace(['check', ...args]);
    expect(check.stdout).not.toContain('  error');
    expect(check.code).toBe(0);
    expect(await tailrace(['verify', ...args])).toMatchObject({ code: 0 });

    // The last of many tables, that a list which is cut off would leave out.
    await sql(replica, 'SET sql_log_bin = 0', 'UPDATE d.`漢` SET `ä "quoted"` = \'other\'');
    const verified = await tailrace(['verify', '--replica-wait', '0', ...args]);
    expect(verified.code).toBe(1);
    expect(verified.stdout + verified.stderr).toContain('漢');
  });
});

describe.each<ServerFlavour>(['mysql', 'mysql56', 'mariadb'])('a session of ours on %s', (flavour) => {
  test('has every setting that it relies on, whatever the defaults are [P36]', async () => {
    const server = await startLabServer({ flavour, role: 'source', serverId: 9 });
    try {
      const variables = [
        ...['autocommit', 'sql_mode', 'sql_select_limit', 'sql_safe_updates', 'sql_big_selects', 'sql_notes'],
        ...['group_concat_max_len', 'character_set_client', 'collation_connection', 'wait_timeout'],
      ];
      const read = async (): Promise<unknown> => {
        const connection = await openConnection(server.address);
        try {
          const rows = await connection.query<{ Variable_name: string; Value: string }>(
            `SHOW SESSION VARIABLES WHERE Variable_name IN ('${variables.join("','")}')`,
          );
          return Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
        } finally {
          await connection.close();
        }
      };
      const before = await read();
      await setGlobals(server, hostileEverywhere);
      if (flavour === 'mysql') await setGlobals(server, hostileNew);
      expect(await read()).toEqual(before);
      expect(before).toMatchObject({
        autocommit: 'ON',
        sql_big_selects: 'ON',
        character_set_client: 'utf8mb4',
      });
      expect(await sqlValue(server, 'SELECT COUNT(*) FROM information_schema.COLUMNS')).not.toBe('0');
    } finally {
      await server.stop();
    }
  });
});
