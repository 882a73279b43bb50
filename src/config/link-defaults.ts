import type { StatementPolicy } from '../apply/barrier/statement-policy.js';
import type { ConflictPolicy } from '../apply/batch/conflict-policy.js';
import type { PartitionStrategy } from '../plan/partition.js';

/** What holds for a link where nothing else is set. */
export const linkDefaults = {
  lanes: 4,
  partition: 'auto' as PartitionStrategy,
  budgetMib: 64,
  epochRowsMax: 200_000,
  epochMibMax: 16,
  onConflict: 'stop' as ConflictPolicy,
  statements: 'apply' as StatementPolicy,
} as const;
