import { beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultLab, useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql, sqlValue } from '../support/sql.js';

/** Statements, rows of every kind, large transactions, XA and tables created and filled at once, between snapshots without a pause. */
describe.each([{ gtid: true }, { gtid: false }])(
  'FLUSH TABLES WITH READ LOCK, GTIDs on: $gtid',
  ({ gtid }) => {
    const useServers = useFaultLab({ gtid });
    const workloads = [0, 1].map((worker) => new FaultWorkload(20_261_128, worker));
    let lab: FaultLab;
    let made = 0;

    beforeAll(async () => {
      lab = await useServers();
      for (const workload of workloads) await workload.begin(lab.source);
      await sql(lab.source, 'CREATE TABLE fault_shop.xa (id INT PRIMARY KEY)');
      await lab.catchUp();
    });

    /** Takes snapshots until `work` has ended; each must be had, whatever the link is at. */
    async function amongSnapshots(work: () => Promise<void>): Promise<number> {
      let isOver = false;
      let taken = 0;
      const reader = await lab.replica.connect();
      const reading = (async () => {
        // Waits for a second lock behind the first, as a backup does that reads in between.
        await reader.execute('SET SESSION lock_wait_timeout = 60');
        for (; !isOver; taken++) {
          await reader.execute('FLUSH TABLES WITH READ LOCK');
          await reader.execute('START TRANSACTION WITH CONSISTENT SNAPSHOT');
          await reader.execute('UNLOCK TABLES');
          await sqlValue(reader, 'SELECT COUNT(*) FROM tailrace.checkpoint');
          await reader.execute('COMMIT');
        }
      })();
      try {
        await Promise.race([work(), reading]);
      } finally {
        isOver = true;
        await reading.finally(() => reader.close());
      }
      return taken;
    }

    async function writeOthers(): Promise<void> {
      const id = ++made;
      await workloads[0]!.large(lab.source);
      await sql(
        lab.source,
        `CREATE TABLE fault_shop.made_${id} (PRIMARY KEY (id)) SELECT * FROM fault_shop.counters`,
        `XA START 'x${id}'`,
        `INSERT INTO fault_shop.xa VALUES (${id})`,
        `XA END 'x${id}'`,
        `XA PREPARE 'x${id}'`,
        `XA COMMIT 'x${id}'`,
      );
    }

    test('again and again while the link follows: neither waits for the other for good', async () => {
      const running = lab.start('run');
      await running.says('the link starts');
      const taken = await amongSnapshots(async () => {
        await lab.underLoad(workloads, async () => {
          for (let round = 0; round < 3; round++) {
            await writeOthers();
            await lab.awaitEpoch(running);
          }
        });
        await lab.awaitLevel();
      });
      expect(taken).toBeGreaterThan(0);
      running.signal('SIGTERM');
      expect((await running.end()).code).toBe(0);
      await lab.expectEqual();
    });

    test('while an epoch is completed that a crash had broken', async () => {
      await workloads[0]!.round(lab.source, 70);
      await lab.dieAt('between-commits');
      await amongSnapshots(async () => {
        await lab.catchUp();
      });
      await lab.expectEqual();
    });
  },
);
