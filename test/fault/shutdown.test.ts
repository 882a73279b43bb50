import { beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';
import type { TailraceProcess } from '../support/tailrace-process.js';
import { waitFor } from '../support/wait-for.js';

/** Five seconds, and what a slow machine takes to end a process and to tell. */
const graceMs = 7_000;
const triesMax = 3;

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

  /** Sends SIGTERM; tells how it ended, and after what time. */
  async function end(
    running: TailraceProcess,
  ): Promise<{ readonly code: number | null; readonly ms: number }> {
    const sinceMs = performance.now();
    running.signal('SIGTERM');
    const { code } = await running.end();
    return { code, ms: performance.now() - sinceMs };
  }

  test('under load, and stands at an epoch boundary [P9]', async () => {
    await lab.underLoad(
      [workload],
      async () => {
        for (let time = 1; time <= 4; time += 1) {
          const running = lab.start('run');
          await lab.awaitEpoch(running);
          const { code, ms } = await end(running);
          expect(code).toBe(0);
          expect(ms).toBeLessThan(graceMs);
          expect(await lanesBehind(lab)).toBe('0');
        }
      },
      { perSecondMax: 400 },
    );
    await lab.catchUp();
    await lab.expectEqual();
  });

  test('while a statement takes long [P1, P9]', async () => {
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
      // It takes most of its grace: on a machine that pauses for a moment it is asked again.
      for (let tries = 1; ; tries += 1) {
        const running = lab.start('run');
        await waitFor(() => alterWaits(lab), { what: 'the ALTER to wait' });
        const { code, ms } = await end(running);
        expect(code).not.toBeNull();
        if (ms < graceMs) break;
        expect(tries).toBeLessThan(triesMax);
        await lab.killSessions(lab.replica, 'statement');
        await waitFor(async () => !(await alterWaits(lab)), { what: 'the ALTER to be gone' });
      }
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
