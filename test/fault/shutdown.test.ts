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
