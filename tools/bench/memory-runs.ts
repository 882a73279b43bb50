import { defaultLinkSettings } from '../../src/config/resolve-config.js';
import type { BenchOptions } from './bench-options.js';
import type { MemoryResult } from './bench-results.js';
import { startFilledSource, startReplica } from './bench-servers.js';
import type { PlannedProgress } from './planned-progress.js';
import { requireEqualData } from './require-equal-data.js';
import { catchUpWithTailrace } from './tailrace-replica.js';
import { mixedOltp } from './workloads/mixed-oltp.js';

/** Times the length of the mixed workload; at scale 1 the shorter is already longer than the budget is large. */
const lengths = [1, 10] as const;
const weights = [6, 40] as const;

export function planMemory(progress: PlannedProgress): void {
  progress.plan(weights[0] + weights[1]);
}

/**
 * Peak memory of the process for a binary log, and for one ten times as long, with the default budget. Errors: as of the
 * workloads.
 */
export async function runMemory(options: BenchOptions, progress: PlannedProgress): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const [at, length] of lengths.entries()) {
    const title = at === 0 ? 'memory: a binary log' : 'memory: one ten times as long';
    results.push(
      await progress.step(title, weights[at] ?? 1, () =>
        runLength(options, length * options.scale, title, progress),
      ),
    );
  }
  return results;
}

async function runLength(
  options: BenchOptions,
  scale: number,
  title: string,
  progress: PlannedProgress,
): Promise<MemoryResult> {
  const source = await startFilledSource(mixedOltp, { ...options, scale }, progress);
  try {
    const replica = await startReplica(source, { role: 'tailrace replica' });
    try {
      const settings = defaultLinkSettings(source.server.address, replica.address);
      const { seconds, figures } = await catchUpWithTailrace(settings, source.target);
      await requireEqualData(source.server, replica, source.target, title);
      const { transactions, binlogBytes } = source;
      progress.note(
        `peak ${figures.peakRssMib.toFixed(0)} MiB for ${(binlogBytes / 2 ** 20).toFixed(0)} MiB in ${seconds.toFixed(2)} s`,
      );
      return { transactions, binlogBytes, peakRssMib: figures.peakRssMib, seconds };
    } finally {
      await replica.stop();
    }
  } finally {
    await source.server.stop();
  }
}
