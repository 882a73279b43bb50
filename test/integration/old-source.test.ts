import { beforeAll, describe, expect, test } from '@jest/globals';
import { partitionStrategies } from '../../src/plan/partition.js';
import type { BinlogPosition } from '../../src/binlog/binlog-position.js';
import {
  catchUp,
  expectEqual,
  expectLevel,
  gtidExecuted,
  sourceEnd,
  stopsWith,
  warningsOf,
} from '../support/engine-link.js';
import { permissiveSession, TypeTables } from '../support/engine-types.js';
import { useLab } from '../support/lab.js';
import { sql, sqlValue } from '../support/sql.js';

const lab = useLab({
  sourceFlavour: 'mysql56',
  sourceSettings: { 'innodb-file-format': 'Barracuda', 'innodb-log-file-size': '64M' },
  gtid: false,
});
const tables = new TypeTables('types', { old: true });
const combinations = partitionStrategies.flatMap((partition) =>
  [1, 4].map((lanes) => ({ partition, lanes })),
);
let from: BinlogPosition;

beforeAll(async () => {
  const servers = await lab();
  from = await sourceEnd(servers);
  await sql(servers.onSource, permissiveSession, ...tables.create());
});

describe('a MySQL 5.6 source', () => {
  test.each(combinations)(
    'every type is the same afterwards: partition $partition, $lanes lanes [P3]',
    async (settings) => {
      const { onSource } = await lab();
      await sql(onSource, ...tables.change(combinations.indexOf(settings)));
      const { report } = await expectLevel(await lab(), { ...settings, from });
      expect(report.gtidExecuted).toBe('');
    },
  );

  test('goes on from the checkpoint, whatever `from` says', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'CREATE DATABASE again',
      'CREATE TABLE again.t (id INT PRIMARY KEY)',
      'INSERT INTO again.t VALUES (1)',
    );
    const { report } = await catchUp(await lab(), { from });
    expect(report).toMatchObject({ transactions: 3, barriers: 2 });
    await expectEqual(await lab());
  });

  test('trap 1: cascades that it does not log are carried out by the replica [T1]', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'CREATE DATABASE family',
      'CREATE TABLE family.p (id INT PRIMARY KEY, v INT) ENGINE=InnoDB',
      'CREATE TABLE family.c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES family.p (id) ON DELETE CASCADE ON UPDATE CASCADE) ENGINE=InnoDB',
      'CREATE TABLE family.g (id INT PRIMARY KEY, c INT, FOREIGN KEY (c) REFERENCES family.c (id) ON DELETE SET NULL ON UPDATE CASCADE) ENGINE=InnoDB',
      'INSERT INTO family.p VALUES (1, 1), (2, 2), (3, 3), (4, 4)',
      'INSERT INTO family.c VALUES (10, 1), (11, 1), (20, 2), (30, 3), (40, 4)',
      'INSERT INTO family.g VALUES (100, 10), (101, 11), (200, 20), (300, 30), (400, 40)',
      'DELETE FROM family.p WHERE id = 1',
      'UPDATE family.p SET id = 22 WHERE id = 2',
      'INSERT INTO family.g VALUES (301, 30)',
      'DELETE FROM family.p WHERE id = 3',
      'UPDATE family.c SET id = 44 WHERE id = 40',
      'REPLACE INTO family.p VALUES (4, 5)',
    );
    await expectLevel(await lab(), { from });
  });

  test('MyISAM tables, and statements in an old dialect [T20]', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'CREATE DATABASE old DEFAULT CHARACTER SET latin1 COLLATE latin1_german1_ci',
      "SET SESSION sql_mode='ORACLE,NO_AUTO_CREATE_USER'",
      'CREATE TABLE old."quoted" (id INT(11) ZEROFILL AUTO_INCREMENT PRIMARY KEY, t TIMESTAMP, u TIMESTAMP NULL, name CHAR(20)) ENGINE=MyISAM',
      "INSERT INTO old.\"quoted\" (name) VALUES ('\u00e4'), ('b')",
      'UPDATE old."quoted" SET name = \'c\' WHERE id = 2',
      'ALTER TABLE old."quoted" ENGINE=InnoDB, ADD COLUMN y YEAR DEFAULT 1999',
      'INSERT INTO old."quoted" (name) VALUES (\'d\')',
      permissiveSession,
    );
    const { logged } = await catchUp(await lab(), { from });
    await expectEqual(await lab());
    expect(JSON.stringify(logged)).toContain('cannot roll back');
  });

  test('a DROP TABLE that failed there for one of several tables drops the others here, too', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'CREATE TABLE old.one (id INT PRIMARY KEY)',
      'CREATE TABLE old.two (id INT PRIMARY KEY)',
    );
    await expect(onSource.execute('DROP TABLE old.one, old.nowhere, old.two')).rejects.toThrow();
    await expectLevel(await lab(), { from });
  });

  test('trap 11: CREATE TABLE … SELECT, whose table and rows it logs in one transaction [T11]', async () => {
    const { onSource } = await lab();
    await sql(
      onSource,
      'CREATE TABLE old.numbers (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB',
      "INSERT INTO old.numbers VALUES (1, 'one'), (2, 'two')",
      'CREATE TABLE old.copied ENGINE=InnoDB SELECT id, UPPER(v) AS big FROM old.numbers',
      "INSERT INTO old.copied VALUES (3, 'THREE')",
    );
    await expectLevel(await lab(), { from });
  });

  test('what it reads and ignores is not obeyed by the replica: REFERENCES at a column, CHECK, DESC, comments of later versions [P4]', async () => {
    const { onSource, onReplica } = await lab();
    await sql(
      onSource,
      'CREATE DATABASE ignored',
      'USE ignored',
      'CREATE TABLE p (id INT PRIMARY KEY) ENGINE=InnoDB',
      'INSERT INTO p VALUES (1), (2)',
      'CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p (id) ON DELETE CASCADE, q INT CHECK (q > 0), CHECK (q < 9), KEY (q DESC)) ENGINE=InnoDB',
      'INSERT INTO c VALUES (1, 1, -5), (2, 2, 500)',
      'ALTER TABLE c ADD CHECK (q <> 7), ADD COLUMN z INT REFERENCES p (id) ON DELETE CASCADE',
      'ALTER TABLE c ADD COLUMN h INT /*!80023 INVISIBLE */ /*!80013 DEFAULT (1 + 1) */',
      'UPDATE c SET z = 2 WHERE id = 2',
      'DELETE FROM p',
    );
    await expectLevel(await lab(), { from });
    expect(await onReplica.query('SELECT * FROM ignored.c')).toEqual([
      { id: 1, p: 1, q: -5, z: null, h: null },
      { id: 2, p: 2, q: 500, z: 2, h: null },
    ]);
    const constraints =
      "SELECT COUNT(*) FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = 'ignored' AND CONSTRAINT_TYPE <> 'PRIMARY KEY'";
    expect(await sqlValue(onReplica, constraints)).toBe('0');
    await sql(onSource, 'USE old');
  });

  test('a statement that the replica no longer knows stops the link and says which', async () => {
    const { onSource, onReplica } = await lab();
    await sql(
      onSource,
      "CREATE USER app@'%' IDENTIFIED BY 'app-secret'",
      'CREATE TABLE old.after (id INT PRIMARY KEY)',
    );
    const error = await stopsWith(await lab(), { from });
    expect(error).toMatchObject({
      code: 'TR_STATEMENT_FAILED',
      what: expect.stringContaining('CREATE USER'),
    });
    expect(await sqlValue(onReplica, "SHOW TABLES FROM old LIKE 'after'")).toBeUndefined();
  });
});

describe('a MySQL 5.6 source with GTIDs', () => {
  const gtidLab = useLab({
    sourceFlavour: 'mysql56',
    sourceSettings: {
      'gtid-mode': 'ON',
      'enforce-gtid-consistency': true,
      'log-slave-updates': true,
      'explicit-defaults-for-timestamp': true,
    },
  });

  test('bare TIMESTAMP columns have the defaults that the server is set to, which its log does not say', async () => {
    const servers = await gtidLab();
    const { onSource, onReplica } = servers;
    await sql(
      onSource,
      'CREATE DATABASE stamps',
      'CREATE TABLE stamps.t (id INT PRIMARY KEY, a TIMESTAMP, b TIMESTAMP NOT NULL, n INT)',
      'INSERT INTO stamps.t (id, b, n) VALUES (1, NOW(), 1)',
      'ALTER TABLE stamps.t ADD COLUMN c TIMESTAMP',
      'INSERT INTO stamps.t (id, b, n) VALUES (2, NOW(), 2)',
    );
    await catchUp(servers);
    await expectEqual(servers);
    expect(await onReplica.query('SELECT a, c FROM stamps.t')).toEqual([
      { a: null, c: null },
      { a: null, c: null },
    ]);
    expect(
      await onReplica.query(
        "SELECT COLUMN_NAME AS name, IS_NULLABLE AS nullable, COLUMN_DEFAULT AS preset, EXTRA AS extra FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'stamps' AND DATA_TYPE = 'timestamp' ORDER BY name",
      ),
    ).toEqual([
      { name: 'a', nullable: 'YES', preset: null, extra: '' },
      { name: 'b', nullable: 'NO', preset: null, extra: '' },
      { name: 'c', nullable: 'YES', preset: null, extra: '' },
    ]);
  });

  test('every GTID is accounted for, also of a statement that failed there in part', async () => {
    const servers = await gtidLab();
    const { onSource, onReplica } = servers;
    await sql(
      onSource,
      'CREATE DATABASE d',
      'CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v INT) ENGINE=InnoDB',
      'INSERT INTO d.t (v) VALUES (1), (2)',
      'BEGIN',
      'UPDATE d.t SET v = v + 1',
      'DELETE FROM d.t WHERE id = 1',
      'COMMIT',
      'CREATE USER there@localhost',
    );
    await expect(onSource.execute('DROP USER there@localhost, nobody@localhost')).rejects.toThrow();
    await sql(onSource, 'INSERT INTO d.t (v) VALUES (3)');
    const { logged } = await catchUp(servers);
    await expectEqual(servers);
    expect(await gtidExecuted(onReplica)).toBe(await gtidExecuted(onSource));
    // Not passed over in silence: the replica drops all users or none.
    expect(warningsOf({ logged })).toEqual([
      expect.objectContaining({
        statement: expect.stringContaining('DROP USER'),
        msg: expect.stringContaining('failed as it had failed on the source'),
      }),
    ]);
    expect((await catchUp(servers)).report.transactions).toBe(0);
  });
});
