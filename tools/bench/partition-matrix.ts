import { defaultLinkSettings } from '../../src/config/resolve-config.js';
import { partitionStrategies } from '../../src/plan/partition.js';
import type { BenchOptions } from './bench-options.js';
import type { PartitionResult } from './bench-results.js';
import { startFilledSource, startReplica } from './bench-servers.js';
import type { PlannedProgress } from './planned-progress.js';
import { requireEqualData } from './require-equal-data.js';
import { catchUpWithTailrace } from './tailrace-replica.js';
import { mixedOltp } from './workloads/mixed-oltp.js';

const laneCounts = [1, 2, 4, 8] as const;
const fillWeight = 4;
const cellWeight = 2;

export function planPartitions(progress: PlannedProgress): void {
  progress.plan(fillWeight + cellWeight * partitionStrategies.length * laneCounts.length);
}

/** Every partition with 1, 2, 4 and 8 lanes on the mixed workload, each once, each compared. Errors: as of the workloads. */
export async function runPartitions(
  options: BenchOptions,
  progress: PlannedProgress,
): Promise<PartitionResult[]> {
  const source = await progress.step('partitions: filling the source', fillWeight, () =>
    startFilledSource(mixedOltp, options, progress),
  );
  const results: PartitionResult[] = [];
  try {
    for (const partition of partitionStrategies) {
      for (const lanes of laneCounts) {
        const title = `partitions: ${partition}, lanes: ${lanes}`;
        const result = await progress.step(title, cellWeight, async () => {
          const replica = await startReplica(source, { role: 'tailrace replica' });
          try {
            const defaults = defaultLinkSettings(source.server.address, replica.address);
            const settings = { ...defaults, partition, lanes };
            const { seconds, figures } = await catchUpWithTailrace(settings, source.target);
            await requireEqualData(source.server, replica, source.target, title);
            return {
              partition,
              lanes,
              transactions: source.transactions,
              seconds,
              fallbacks: figures.fallbacks,
            };
          } finally {
            await replica.stop();
          }
        });
        progress.note(`${result.seconds.toFixed(2)} s`);
        results.push(result);
      }
    }
    return results;
  } finally {
    await source.server.stop();
  }
}
