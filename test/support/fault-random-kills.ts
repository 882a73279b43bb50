import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { SeededRandom } from '../../tools/lab/seeded-random.js';
import { type FaultLab, type FaultLabOptions, useFaultLab } from './fault-lab.js';
import { FaultWorkload } from './fault-workload.js';

/** A slow machine may end with fewer kills: none is begun after this time, once there were the least. */
const killingMs = 100_000;
const killsLeast = 5;

/** A test that kills `tailrace run` at so many random moments while the source is written to. */
export function testRandomKills({ kills, ...options }: FaultLabOptions & { readonly kills: number }): void {
  const seed = Number(process.env['TAILRACE_FAULT_SEED'] ?? Date.now() % 1_000_000);
  const useServers = useFaultLab(options);
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await useServers();
  });

  test(`${kills} random moments, TAILRACE_FAULT_SEED=${seed}`, async () => {
    const random = new SeededRandom(seed, 'moments');
    const workers = [0, 1].map((worker) => new FaultWorkload(seed, worker));
    for (const worker of workers) await worker.begin(lab.source);
    await lab.underLoad(workers, async () => {
      const endMs = performance.now() + killingMs;
      for (let kill = 1; kill <= kills; kill += 1) {
        if (kill > killsLeast && performance.now() > endMs) break;
        const running = lab.start('run');
        // Every third dies while it starts or recovers, the others while they apply.
        if (kill % 3 === 0) await running.says('the link starts');
        else await lab.awaitEpoch(running);
        await sleep(random.below(400));
        await lab.kill(running);
      }
    });
    for (const worker of workers) await worker.close();
    expect(await lab.catchUp()).toMatchObject({ conflicts: 0 });
    await lab.expectEqual();
  });
}
