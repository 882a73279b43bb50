import { beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import type { TailraceProcess } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

const graceMs = 5_500;

describe.each([
  { name: 'with GTIDs', gtid: true },
  { name: 'by file and position', gtid: false },
])('a link is told to end, $name', ({ gtid }) => {
  const useServers = useFaultLab({ gtid });
  const workload = new FaultWorkload(20_260_721);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
    await workload.begin(lab.source);
  });

  async function ends(running: TailraceProcess): Promise<number | null> {
    const sinceMs = performance.now();
    running.signal('SIGTERM');
    const { code } = await running.end();
    expect(performance.now() - sinceMs).toBeLessThan(graceMs);
    return code;
  }

  test('under load, and stands at an epoch boundary', async () => {
    await lab.underLoad(
      [workload],
      async () => {
        for (let time = 1; time <= 4; time += 1) {
          const running = lab.start('run');
          await lab.awaitEpoch(running);
          expect(await ends(running)).toBe(0);
          expect(await lanesBehind(lab)).toBe('0');
        }
      },
      { perSecondMax: 400 },
    );
    await lab.catchUp();
    await lab.expectEqual();
  });

  test('while a statement takes long', async () => {
    await lab.catchUp();
    const other = await lab.replica.connect();
    try {
      await other.execute('BEGIN');
      await other.query('SELECT * FROM fault_shop.moves LIMIT 1');
      await sql(
        lab.source,
        'ALTER TABLE fault_shop.moves ADD COLUMN late INT NOT NULL DEFAULT 7, ALGORITHM = COPY',
      );
      await workload.burst(lab.source, 20);
      const running = lab.start('run');
      await waitFor(() => alterWaits(lab), { what: 'the ALTER to wait' });
      expect(await ends(running)).not.toBeNull();
    } finally {
      await other.close();
    }
    await lab.catchUp();
    await lab.expectEqual();
  });

  test('killed while a statement takes long: the statement runs once', async () => {
    const count = 150_000;
    await sql(
      lab.source,
      'SET SESSION cte_max_recursion_depth = 1000000',
      'CREATE TABLE fault_shop.slow (id INT PRIMARY KEY, v INT NOT NULL)',
      `INSERT INTO fault_shop.slow
         WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${count}) SELECT i, i FROM s`,
    );
    await lab.catchUp();
    await sql(
      lab.source,
      'ALTER TABLE fault_shop.slow RENAME COLUMN v TO w, ADD COLUMN v INT NOT NULL DEFAULT 1, ALGORITHM = COPY',
      'UPDATE fault_shop.slow SET v = 2 WHERE id = 1',
    );
    const running = lab.start('run');
    await waitFor(() => alterRuns(lab), { what: 'the ALTER to run on the replica' });
    running.signal('SIGKILL');
    await running.end();
    await lab.catchUp();
    await lab.expectEqual();
  });
});

/** Lanes of the last epoch that have not committed it. */
function lanesBehind(lab: FaultLab): Promise<unknown> {
  return sqlValue(
    lab.replica,
    `SELECT MAX(lanes) - COUNT(*) FROM tailrace.checkpoint WHERE epoch = (SELECT MAX(epoch) FROM tailrace.checkpoint)`,
  );
}

async function alterWaits(lab: FaultLab): Promise<boolean> {
  const waiting =
    "SELECT COUNT(*) FROM performance_schema.metadata_locks WHERE LOCK_STATUS = 'PENDING' AND OBJECT_NAME = 'moves'";
  return (await sqlValue(lab.replica, waiting)) !== '0';
}

async function alterRuns(lab: FaultLab): Promise<boolean> {
  const copying =
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'copy to tmp table' AND INFO LIKE 'ALTER TABLE%'";
  return (await sqlValue(lab.replica, copying)) !== '0';
}
