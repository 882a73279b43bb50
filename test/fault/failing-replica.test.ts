import { describe, expect, test } from '@jest/globals';
import { exitCodes } from '../../src/errors/exit-codes.js';
import { useFaultLab } from '../support/fault-lab.js';
import { FaultWorkload } from '../support/fault-workload.js';
import { sql } from '../support/sql.js';
import { urlOf } from '../support/tailrace-process.js';

describe('one of two replicas fails', () => {
  const useServers = useFaultLab({ replicas: 2 });
  const workload = new FaultWorkload(20_260_722);

  test('the other one is kept in step, and the exit code tells [P10]', async () => {
    const lab = await useServers();
    const [good, bad] = lab.replicas;
    await workload.begin(lab.source);
    const running = lab.start(
      'run',
      lab.replicas.flatMap(({ address }) => ['--replica', urlOf(address)]),
    );
    await lab.awaitLevel(good);
    await lab.awaitLevel(bad);
    await lab.underLoad([workload], async () => {
      await lab.awaitEpoch(running, good);
      await sql(
        bad!,
        'SET SESSION sql_log_bin = 0, foreign_key_checks = 0',
        'DROP TABLE fault_shop.counters',
      );
      await running.says('the link has stopped; it needs you; the others go on');
      await lab.awaitEpoch(running, good);
    });
    await lab.awaitLevel(good);
    running.signal('SIGTERM');
    const { code, stderr } = await running.end();
    expect(code).toBe(exitCodes.stopped);
    expect(stderr).toContain('TR_SCHEMA_MISMATCH');
    await lab.expectEqualOn(good!);
  });
});
