import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from '../../src/mysql/server-address.js';
import { openConnection } from '../../src/mysql/server-connection.js';
import { SeededRandom } from '../lab/seeded-random.js';
import { sharedClockMs } from './shared-clock.js';
import { followOltp, followTransaction } from './workloads/follow-oltp.js';
import { benchSchema } from './workloads/workload.js';

export interface PacedWriting {
  /** When COMMIT returned, by marker: shared clock, ms. */
  readonly committedMs: readonly number[];
  /** Transactions a second that the source really committed. */
  readonly rateReached: number;
}

/**
 * Commits `count` transactions on the source, each due at its own time whether or not the ones before are done, as clients
 * that do not know of each other would. Transaction n writes marker n; the first is 0.
 */
export async function writeAtRate(
  source: ServerAddress,
  { rate, count, seed }: { readonly rate: number; readonly count: number; readonly seed: number },
): Promise<PacedWriting> {
  const committedMs = new Array<number>(count).fill(Number.NaN);
  const { writers } = followOltp;
  const connections = await Promise.all(
    Array.from({ length: writers }, () =>
      openConnection(source, {
        database: benchSchema,
        multipleStatements: true,
        sessionLabel: 'bench writer',
      }),
    ),
  );
  const startedMs = sharedClockMs();
  let next = 0;
  const write = async (connection: (typeof connections)[number], index: number): Promise<void> => {
    const random = new SeededRandom(seed, `follow writer ${index}`);
    for (let marker = next++; marker < count; marker = next++) {
      const waitMs = startedMs + (marker * 1_000) / rate - sharedClockMs();
      if (waitMs > 0) await sleep(waitMs);
      await connection.query(followTransaction({ index, writers, random }, marker).join(';'));
      committedMs[marker] = sharedClockMs();
    }
  };
  try {
    await Promise.all(connections.map(write));
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
  const lastMs = committedMs.reduce((latest, ms) => Math.max(latest, ms), startedMs);
  return { committedMs, rateReached: (count * 1_000) / (lastMs - startedMs) };
}
