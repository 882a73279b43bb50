import { beforeAll, expect, test } from '@jest/globals';
import type { LabServer } from '../../src/lab/lab-server.js';
import { type FaultLab, type FaultLabOptions, useFaultLab } from './fault-lab.js';
import { FaultWorkload } from './fault-workload.js';
import type { TailraceProcess } from './tailrace-process.js';
import { waitFor } from './wait-for.js';

/** What a commit of the source promises is there after a crash, or the comparison means nothing. */
const durableSource = { 'sync-binlog': 1, 'innodb-flush-log-at-trx-commit': 1 };

/** Tests in which servers are killed under a `tailrace run` that stays alive. */
export function testServerKills(options: FaultLabOptions): void {
  const useServers = useFaultLab({
    ...options,
    sourceSettings: { ...durableSource, ...options.sourceSettings },
  });
  let lab: FaultLab;
  const workers = [0, 1].map((worker) => new FaultWorkload(20_260_717, worker));

  beforeAll(async () => {
    lab = await useServers();
    for (const worker of workers) await worker.begin(lab.source);
  });

  /** How often it has lost a server so far. */
  function lossesOf({ stderr }: TailraceProcess): number {
    return stderr.split('going on from the checkpoint').length - 1;
  }

  async function killed(running: TailraceProcess, server: LabServer): Promise<void> {
    await lab.awaitEpoch(running);
    const losses = lossesOf(running);
    await server.kill();
    await waitFor(() => lossesOf(running) > losses, { what: 'the loss to be noticed' });
    await server.restart();
    await lab.awaitEpoch(running);
  }

  test('the replica and the source, in turn', async () => {
    const running = lab.start('run');
    await lab.underLoad(workers, async () => {
      for (const server of [lab.replica, lab.source, lab.replica, lab.source]) await killed(running, server);
    });
    await lab.awaitLevel();
    running.signal('SIGTERM');
    const { code, stderr } = await running.end();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await lab.expectEqual();
  });

  test('both at once', async () => {
    const running = lab.start('run');
    await lab.underLoad(workers, async () => {
      await lab.awaitEpoch(running);
      await Promise.all([lab.source.kill(), lab.replica.kill()]);
      await running.says('going on from the checkpoint');
      await Promise.all([lab.source.restart(), lab.replica.restart()]);
      await lab.awaitEpoch(running);
    });
    await lab.awaitLevel();
    running.signal('SIGTERM');
    expect((await running.end()).code).toBe(0);
    await lab.expectEqual();
  });
}
