import { beforeAll, expect, test } from '@jest/globals';
import { exitCodes } from '../../src/errors/exit-codes.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

const useServers = useFaultLab({ replicaSettings: { 'skip-log-bin': true } });
const workload = new FaultWorkload(20_261_122);
let lab: FaultLab;

beforeAll(async () => {
  lab = await useServers();
  await workload.begin(lab.source);
  await lab.catchUp();
});

async function executed(): Promise<unknown> {
  return sqlValue(lab.replica, 'SELECT @@GLOBAL.gtid_executed');
}

/** The GTID of the one transaction that the replica lacks. */
async function missing(): Promise<string> {
  const left = `SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '${String(await executed())}')`;
  return String(await sqlValue(lab.source, left));
}

async function expectStopped(): Promise<void> {
  const ended = await lab.start('catchup').end();
  expect(ended.stderr).toContain('TR_STATEMENT_REPLICA');
  expect(ended.code).toBe(exitCodes.stopped);
  expect(await missing()).toMatch(/:\d+$/);
}

test('on a replica without a binary log no GTID is used up before its transaction is committed [P2]', async () => {
  const before = await executed();
  const blocker = await lab.replica.connect();
  await blocker.execute('BEGIN');
  await blocker.query('SELECT * FROM fault_bag.tally FOR UPDATE');
  await sql(lab.source, 'UPDATE fault_bag.tally SET n = n + 1');
  const first = lab.start('run');
  await waitFor(
    async () =>
      (await sqlValue(lab.replica, 'SELECT COUNT(*) FROM performance_schema.data_lock_waits')) !== '0',
    { what: 'the lane to wait for the row' },
  );
  expect(await executed()).toBe(before);
  await lab.kill(first);
  await blocker.execute('ROLLBACK');
  await blocker.close();
  // All of it was sent at once, and is committed whole although nobody waits for it any more.
  await lab.catchUp();
  await lab.expectEqual();
});

test('transactions in several lanes, with a kill between their commits', async () => {
  await workload.burst(lab.source, 150);
  await workload.large(lab.source);
  await lab.dieAt('between-commits:1');
  await lab.catchUp();
  await lab.expectEqual();
});

test('a table that is created with its rows, or a partition that is exchanged, stops the link, and its GTID is not used up', async () => {
  await sql(
    lab.source,
    'CREATE TABLE fault_bag.parted (id INT PRIMARY KEY) PARTITION BY HASH (id)',
    'CREATE TABLE fault_bag.part (id INT PRIMARY KEY)',
    'INSERT INTO fault_bag.part VALUES (1)',
  );
  await lab.catchUp();
  await sql(lab.source, 'ALTER TABLE fault_bag.parted EXCHANGE PARTITION p0 WITH TABLE fault_bag.part');
  await expectStopped();
  await sql(
    lab.replica,
    'SET SESSION sql_log_bin = 0',
    'ALTER TABLE fault_bag.parted EXCHANGE PARTITION p0 WITH TABLE fault_bag.part',
    `SET GTID_NEXT = '${await missing()}'`,
    'BEGIN',
    'COMMIT',
  );
  await lab.catchUp();
  await lab.expectEqual();
  await sql(lab.source, 'CREATE TABLE fault_bag.copied SELECT * FROM fault_bag.tally');
  await expectStopped();
});
