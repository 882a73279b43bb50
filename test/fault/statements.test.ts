import { beforeAll, describe, expect, test } from '@jest/globals';
import { exitCodes } from '../../src/errors/exit-codes.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import type { TailraceProcess } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

describe.each([
  { name: 'with GTIDs', gtid: true },
  { name: 'by file and position', gtid: false },
])('statements, $name', ({ gtid }) => {
  const useServers = useFaultLab({ gtid });
  const workload = new FaultWorkload(20_260_723);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
  });

  test('killed while a statement takes long: the statement runs once', async () => {
    await sql(
      lab.source,
      'CREATE TABLE fault_shop.slow (id INT PRIMARY KEY, v INT NOT NULL)',
      'INSERT INTO fault_shop.slow VALUES (1, 1), (2, 2), (3, 3)',
    );
    await lab.catchUp();
    await sql(
      lab.source,
      `ALTER TABLE fault_shop.slow RENAME COLUMN v TO w, ADD COLUMN v INT NOT NULL DEFAULT 1,
         ADD COLUMN h CHAR(128) AS (SHA2(id, 512)) STORED, ALGORITHM = COPY`,
      'UPDATE fault_shop.slow SET v = 2 WHERE id = 1',
    );
    const reader = await lab.replica.connect();
    try {
      // The ALTER copies the rows beside a reader, and cannot end before it: so that it outlives whoever sent it.
      await reader.execute('BEGIN');
      await reader.query('SELECT * FROM fault_shop.slow LIMIT 1');
      const running = lab.start('run');
      await waitFor(() => alterWaits(lab), { what: 'the ALTER to run on the replica' });
      await lab.kill(running);
      expect(await alterWaits(lab)).toBe(true);
      const catchup = lab.start('catchup');
      // Under a GTID the server itself sees to it that the second ALTER waits for the first, and does nothing.
      if (gtid) await waitFor(() => hasTwoStatements(lab, catchup), { what: 'the second ALTER' });
      else await catchup.says('left a statement that still runs');
      await reader.execute('ROLLBACK');
      const { code, stderr } = await catchup.end();
      expect({ code, stderr }).toMatchObject({ code: 0 });
    } finally {
      await reader.close();
    }
    await lab.expectEqual();
  });

  test('a table that is created with more rows than the budget holds is streamed', async () => {
    await workload.large(lab.source);
    await workload.large(lab.source);
    await workload.large(lab.source);
    await sql(
      lab.source,
      `CREATE TABLE fault_bag.crowd SELECT a.id, a.pad FROM fault_shop.bulk a, (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) b`,
      'INSERT INTO fault_bag.crowd SELECT * FROM fault_bag.crowd LIMIT 10',
    );
    await lab.dieAt('before-statement');
    if (!gtid) await lab.dieAt('after-intent');
    await lab.dieAt('after-statement');
    await lab.catchUp();
    await lab.expectEqual();
  });

  test('killed right behind an exchange of a partition: it is not exchanged back [P1]', async () => {
    await sql(
      lab.source,
      'CREATE TABLE fault_shop.parted (id INT PRIMARY KEY, v INT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)',
      'CREATE TABLE fault_shop.other (id INT PRIMARY KEY, v INT)',
      'INSERT INTO fault_shop.parted VALUES (1, 1), (20, 2)',
      'INSERT INTO fault_shop.other VALUES (2, 3)',
    );
    await lab.catchUp();
    await sql(
      lab.source,
      'ALTER TABLE fault_shop.parted EXCHANGE /* in */ PARTITION p0 WITH TABLE fault_shop.other',
    );
    await lab.dieAt('before-statement-gtid');
    await lab.catchUp();
    await lab.expectEqual();
  });

  test('one that the replica refused is run once it can be, and not taken as done', async () => {
    await sql(
      lab.source,
      'CREATE TABLE fault_shop.odd (id INT PRIMARY KEY)',
      'INSERT INTO fault_shop.odd VALUES (1)',
    );
    await lab.catchUp();
    await sql(lab.replica, 'SET SESSION sql_log_bin = 0', 'RENAME TABLE fault_shop.odd TO fault_shop.hidden');
    await sql(lab.source, 'ALTER TABLE fault_shop.odd ADD COLUMN v INT NOT NULL DEFAULT 3');
    const { code, stderr } = await lab.start('catchup').end();
    expect(stderr).toContain('TR_STATEMENT_FAILED');
    expect(code).toBe(exitCodes.stopped);
    // Somebody mends the replica, and its tables are not what they were before the statement.
    await sql(lab.replica, 'SET SESSION sql_log_bin = 0', 'RENAME TABLE fault_shop.hidden TO fault_shop.odd');
    await sql(lab.replica, 'SET SESSION sql_log_bin = 0', 'ALTER TABLE fault_shop.odd COMMENT = ""');
    await lab.catchUp();
    await lab.expectEqual();
  });
});

/** It has copied its rows, and waits until nobody reads the table any more. */
async function alterWaits(lab: FaultLab): Promise<boolean> {
  const waiting =
    "SELECT COUNT(*) FROM performance_schema.metadata_locks WHERE LOCK_STATUS = 'PENDING' AND OBJECT_NAME = 'slow'";
  return (await sqlValue(lab.replica, waiting)) !== '0';
}

async function hasTwoStatements(lab: FaultLab, running: TailraceProcess): Promise<boolean> {
  if (running.hasEnded) throw new Error(`tailrace has ended by itself:\n${running.stderr}`);
  return (await lab.sessions(lab.replica, 'statement')).length === 2;
}
