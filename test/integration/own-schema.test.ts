import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LinkSettings } from '../../src/link/link-settings.js';
import {
  catchUp,
  expectEqual,
  type LinkRun,
  sourceEnd,
  stopsWith,
  warningsOf,
} from '../support/engine-link.js';
import { type TestLab, useLab } from '../support/lab.js';
import { skip, toSkip } from '../support/skip-run.js';
import { sql, sqlValue } from '../support/sql.js';

const checkpointOf = (link: string): string =>
  `SELECT COUNT(*) FROM tailrace.checkpoint WHERE link = '${link}' AND epoch > 0`;

describe.each([{ gtid: true }, { gtid: false }])(
  'schema tailrace of the source, GTIDs on: $gtid',
  ({ gtid }) => {
    const useServers = useLab({
      gtid,
      ...(gtid ? {} : { sourceSettings: { 'enforce-gtid-consistency': 'OFF' } }),
    });
    let lab: TestLab;
    let changes: Partial<LinkSettings> = {};

    /** A schema as a replica of former times has it, which the source no longer needs. */
    const wasReplica = [
      'CREATE DATABASE IF NOT EXISTS tailrace',
      'CREATE TABLE tailrace.link (name VARCHAR(64) PRIMARY KEY, version INT)',
      'CREATE TABLE tailrace.checkpoint (link VARCHAR(64), lane INT, PRIMARY KEY (link, lane))',
      "INSERT INTO tailrace.link VALUES ('tested', 99)",
      "INSERT INTO tailrace.checkpoint VALUES ('tested', 0), ('tested', 1)",
    ];

    /** Applies; the checkpoint is as it was, and what was left out has been said once. */
    async function leftOut(...statements: readonly string[]): Promise<LinkRun> {
      await sql(lab.onSource, ...statements);
      const run = await catchUp(lab, changes);
      expect(Number(await sqlValue(lab.onReplica, checkpointOf('tested')))).toBeGreaterThan(0);
      expect(await sqlValue(lab.onReplica, "SELECT version FROM tailrace.link WHERE name = 'tested'")).toBe(
        1,
      );
      expect(warningsOf(run)).toMatchObject([{ msg: expect.stringContaining('schema tailrace') }]);
      await expectEqual(lab);
      return run;
    }

    beforeAll(async () => {
      lab = await useServers();
      changes = gtid ? {} : { from: await sourceEnd(lab) };
      await sql(lab.onSource, 'CREATE DATABASE d', 'CREATE TABLE d.k (v INT)', 'INSERT INTO d.k VALUES (1)');
      await catchUp(lab, changes);
    });

    test('a former replica is cleaned up, and rows beside it arrive once [P38]', async () => {
      const { report } = await leftOut(
        ...wasReplica,
        'INSERT INTO d.k VALUES (5)',
        'DROP DATABASE tailrace',
        'INSERT INTO d.k VALUES (2)',
      );
      expect(report.leftOut).toBe(6);
      await catchUp(lab, changes);
      await expectEqual(lab);
    });

    test('a dump of a former replica is loaded, in other spellings [P38]', async () => {
      await leftOut(
        'CREATE SCHEMA `tailrace`',
        'USE tailrace',
        'DROP TABLE IF EXISTS `link`, checkpoint',
        'CREATE TABLE link (name VARCHAR(64) PRIMARY KEY, version INT) /* a dump */',
        '/*!40000 ALTER TABLE `link` DISABLE KEYS */',
        "INSERT INTO link VALUES ('tested', 98)",
        'create table checkpoint SELECT 1 AS link, 2 AS lane',
        'ALTER TABLE checkpoint ADD COLUMN more INT',
        'CREATE INDEX i ON checkpoint (more)',
        'TRUNCATE checkpoint',
        'RENAME TABLE checkpoint TO old_checkpoint, tailrace.old_checkpoint TO `tailrace`.`checkpoint`',
        'CREATE VIEW both_of_them AS SELECT name FROM link',
        'CREATE TRIGGER t BEFORE INSERT ON link FOR EACH ROW SET NEW.version = 1',
        'DROP TRIGGER t',
        'DROP VIEW tailrace . both_of_them',
        "SET sql_mode = 'ANSI_QUOTES'",
        'ALTER TABLE "tailrace"."link" ADD COLUMN more INT',
        'SET sql_mode = DEFAULT',
        'CREATE TABLE d.beside (id INT PRIMARY KEY)',
        'DROP TABLE /* both */ tailrace.link, d.beside, `checkpoint`',
        'CREATE TABLE d.after_it SELECT 3 AS v',
        'ALTER DATABASE CHARACTER SET latin1',
        'USE d',
        'DROP SCHEMA IF EXISTS tailrace',
      );
    });

    test('one transaction, and one statement, that change both [P38]', async () => {
      await leftOut(
        ...wasReplica,
        'CREATE TABLE d.p (id INT PRIMARY KEY, v INT)',
        'INSERT INTO d.p VALUES (1, 1), (99, 1)',
        'BEGIN',
        'INSERT INTO d.k VALUES (10)',
        'UPDATE tailrace.link SET version = 97',
        'INSERT INTO d.k VALUES (11)',
        'UPDATE d.p, tailrace.link SET d.p.v = 2, tailrace.link.version = 96',
        'DELETE FROM tailrace.checkpoint',
        'UPDATE d.p SET v = v + 1',
        'COMMIT',
        'DROP DATABASE tailrace',
      );
    });

    test('a statement that moves a table out of the schema stops, and can be stepped over [P38]', async () => {
      await sql(lab.onSource, ...wasReplica, 'RENAME TABLE tailrace.link TO d.was_link');
      const error = await stopsWith(lab, changes);
      expect(error).toMatchObject({ code: 'TR_STATEMENT_OWN_SCHEMA' });
      await sql(lab.onReplica, 'SET sql_log_bin=0');
      await sql(
        lab.onReplica,
        'CREATE TABLE d.was_link (name VARCHAR(64) PRIMARY KEY, version INT)',
        "INSERT INTO d.was_link VALUES ('tested', 99)",
      );
      expect(await skip(lab, toSkip(error), '--yes')).toMatchObject({ code: 0 });
      await sql(lab.onReplica, 'SET sql_log_bin=1');
      await sql(lab.onSource, 'INSERT INTO d.k VALUES (20)', 'DROP DATABASE tailrace');
      await catchUp(lab, changes);
      await expectEqual(lab);
    });

    test('a heartbeat that the source keeps there for its replicas arrives, and goes [P38]', async () => {
      await sql(
        lab.onSource,
        'CREATE DATABASE tailrace',
        'CREATE TABLE tailrace.heartbeat (ts VARCHAR(26), server_id INT UNSIGNED PRIMARY KEY)',
        "INSERT INTO tailrace.heartbeat VALUES ('2026', 1)",
        "UPDATE tailrace.heartbeat SET ts = '2027'",
      );
      await catchUp(lab, changes);
      expect(await sqlValue(lab.onReplica, 'SELECT ts FROM tailrace.heartbeat')).toBe('2027');
      await leftOut('DROP DATABASE tailrace', 'INSERT INTO d.k VALUES (30)');
      const left = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'heartbeat'";
      expect(Number(await sqlValue(lab.onReplica, left))).toBe(0);
    });
  },
);
