import { setTimeout as sleep } from 'node:timers/promises';
import { GtidSet } from '../../src/gtid/gtid-set.js';
import type { LabServer } from '../../src/lab/lab-server.js';
import { gtidExecuted, withConnection } from './bench-servers.js';

/** How many transactions a replica lacked, and when: milliseconds since the recording began. */
export interface LagSample {
  readonly atMs: number;
  readonly behind: number;
}

const intervalMs = 50;
/** Half an hour; a recording that takes longer has gone wrong. */
const samplesMax = 36_000;

/**
 * Records what a replica lacks of `target`, by its own `gtid_executed`, while `catchUp` brings it level; the first sample is
 * from before, the last from after. Rejects as `catchUp` does, once it has ended.
 */
export async function recordLag(
  replica: LabServer,
  target: string,
  catchUp: () => Promise<unknown>,
): Promise<readonly LagSample[]> {
  const wanted = GtidSet.parse(target);
  return withConnection(replica, async (connection) => {
    const behind = async (): Promise<number> =>
      wanted.subtract(GtidSet.parse(await gtidExecuted(connection))).count();
    const samples: LagSample[] = [{ atMs: 0, behind: await behind() }];
    const startedMs = performance.now();
    const sample = async (): Promise<void> => {
      samples.push({ atMs: performance.now() - startedMs, behind: await behind() });
    };
    let ended = false;
    const caughtUp = catchUp().finally(() => (ended = true));
    // Awaited below; until then a failure must not count as unheard.
    caughtUp.catch(() => undefined);
    while (!ended && samples.length < samplesMax) {
      await sleep(intervalMs);
      await sample();
    }
    await caughtUp;
    await sample();
    return samples;
  });
}
