import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ServerConnection } from '../../src/mysql/server-connection.js';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import { waitFor } from '../support/wait-for.js';

/** Rows of 300 bytes: a lane's share of them takes several BINLOG statements. */
const rows = 6_000;
const held = 4_000;
const wide = ['--budget-mib', '64', '--epoch-rows-max', '100000', '--lanes', '2', '--partition', 'table'];

describe('trap 10: locks of another client on the replica [T10]', () => {
  const useServers = useFaultLab();
  const workload = new FaultWorkload(20_260_720);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
    await lab.catchUp();
  });

  /** Runs `work` with a session that is closed, and so rolled back, at the end. */
  async function asOther(work: (other: ServerConnection) => Promise<void>): Promise<void> {
    const other = await lab.replica.connect();
    try {
      await other.execute('SET SESSION sql_log_bin = 0');
      await work(other);
    } finally {
      await other.close();
    }
  }

  test('row locks break an epoch, which then goes in as the source wrote it [T10]', async () => {
    await workload.round(lab.source, 80);
    await asOther(async (other) => {
      await other.execute('BEGIN');
      await other.query('SELECT * FROM fault_shop.counters FOR UPDATE');
      const catchup = lab.start('catchup', ['--json']);
      await catchup.says('the plan of an epoch did not hold');
      await other.execute('ROLLBACK');
      const { code, stdout } = await catchup.end();
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ level: true, conflicts: 0, fallbacks: 1 });
    });
    await lab.expectEqual();
  });

  test('a large transaction that meets a lock is read again [T10]', async () => {
    await workload.large(lab.source);
    await asOther(async (other) => {
      await other.execute('BEGIN');
      await other.query('SELECT * FROM fault_bag.tally FOR UPDATE');
      const running = lab.start('run');
      await running.says('met a lock of another client');
      await other.execute('ROLLBACK');
      await lab.awaitLevel();
      running.signal('SIGTERM');
      expect((await running.end()).code).toBe(0);
    });
    await lab.expectEqual();
  });

  test.each(['FLUSH TABLES WITH READ LOCK', 'LOCK TABLES fault_shop.counters WRITE, fault_tree.kin READ'])(
    '%s holds the link up, and no more',
    async (statement) => {
      const running = lab.start('run');
      await running.says('the link starts');
      await asOther(async (other) => {
        await lab.underLoad([workload], async () => {
          await lab.awaitEpoch(running);
          await other.execute(statement);
          await waitFor(() => sessionWaits(lab), { what: 'a lane to wait' });
          await running.says(/waits for a lock that another session of the replica holds/);
          await other.execute('UNLOCK TABLES');
          await running.says('no longer waits for a lock');
          await lab.awaitEpoch(running);
        });
      });
      await lab.awaitLevel();
      running.signal('SIGTERM');
      expect((await running.end()).code).toBe(0);
      await lab.expectEqual();
    },
  );

  test('a client that locks table after table gets them although lanes wait for each other', async () => {
    const series = `WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${rows})`;
    await sql(
      lab.source,
      'SET SESSION cte_max_recursion_depth = 1000000',
      'CREATE DATABASE fault_pair',
      'CREATE TABLE fault_pair.held (id INT PRIMARY KEY, pad CHAR(150) NOT NULL)',
      'CREATE TABLE fault_pair.wanted (id INT PRIMARY KEY, pad CHAR(150) NOT NULL)',
    );
    await lab.catchUp();
    await sql(
      lab.source,
      'SET SESSION cte_max_recursion_depth = 1000000',
      'BEGIN',
      `INSERT INTO fault_pair.held ${series} SELECT i, 'x' FROM s`,
      `INSERT INTO fault_pair.wanted ${series} SELECT i, 'x' FROM s`,
      'COMMIT',
    );
    await asOther(async (first) => {
      await first.execute('LOCK TABLES fault_pair.held WRITE');
      const catchup = lab.start('catchup', ['--json', ...wide]);
      await waitFor(() => sessionWaits(lab), { what: 'a lane to wait' });
      // It lets go of the one only when it has the other, which the other lane has changed: the server sees no deadlock in that.
      await asOther((second) => sql(second, 'LOCK TABLES fault_pair.wanted WRITE', 'UNLOCK TABLES'));
      await first.execute('UNLOCK TABLES');
      const { code, stdout, stderr } = await catchup.end();
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ level: true, conflicts: 0, fallbacks: 0 });
    });
    await lab.expectEqual();
  });

  test('a deadlock that takes a lane’s transaction away leaves nothing of it behind [P1, T10]', async () => {
    const series = `WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${rows})`;
    const deep = 'SET SESSION cte_max_recursion_depth = 1000000';
    await sql(
      lab.source,
      deep,
      'CREATE DATABASE fault_lock',
      'CREATE TABLE fault_lock.left_side (id INT PRIMARY KEY, pad CHAR(150) NOT NULL)',
      'CREATE TABLE fault_lock.right_side (id INT PRIMARY KEY, pad CHAR(150) NOT NULL)',
      `INSERT INTO fault_lock.left_side ${series} SELECT i, 'before' FROM s`,
      `INSERT INTO fault_lock.right_side ${series} SELECT i, 'before' FROM s`,
    );
    await lab.catchUp();
    // One transaction and two lanes. What is inserted comes last, behind the row that the other client holds.
    const change = (side: string): string[] => [
      `UPDATE fault_lock.${side} SET pad = REPEAT('u', 150) ORDER BY id`,
      `INSERT INTO fault_lock.${side} ${series} SELECT i + ${rows}, REPEAT('i', 150) FROM s`,
    ];
    await sql(lab.source, deep, 'BEGIN', ...change('left_side'), ...change('right_side'), 'COMMIT');
    await asOther(async (other) => {
      await other.query(deep);
      await other.execute('CREATE DATABASE fault_other');
      await other.execute('CREATE TABLE fault_other.heavy (id INT PRIMARY KEY)');
      await other.execute('BEGIN');
      // The server ends the transaction that has done less: this one shall have done more than any lane.
      await other.execute(
        `INSERT INTO fault_other.heavy ${series.replace(String(rows), '60000')} SELECT i FROM s`,
      );
      await other.query(`SELECT * FROM fault_lock.left_side WHERE id = ${held} FOR UPDATE`);
      const catchup = lab.start('catchup', ['--json', ...wide]);
      await waitFor(async () => catchup.hasEnded || (await lockWaits(lab)), {
        what: 'a lane to wait for the row',
      });
      await other.execute("UPDATE fault_lock.left_side SET pad = 'mine' WHERE id = 1");
      await other.execute('ROLLBACK');
      await other.execute('DROP DATABASE fault_other');
      const { code, stdout, stderr } = await catchup.end();
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ level: true, conflicts: 0 });
    });
    expect(await sqlValue(lab.replica, deadlocks)).not.toBe('0');
    await lab.expectEqual();
  });
});

const deadlocks = "SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'";

async function lockWaits(lab: FaultLab): Promise<boolean> {
  return (await sqlValue(lab.replica, 'SELECT COUNT(*) FROM performance_schema.data_lock_waits')) !== '0';
}

/** Some session waits for a metadata lock, be it a global one. */
async function sessionWaits(lab: FaultLab): Promise<boolean> {
  const waiting = "SELECT COUNT(*) FROM performance_schema.metadata_locks WHERE LOCK_STATUS = 'PENDING'";
  return (await sqlValue(lab.replica, waiting)) !== '0';
}
