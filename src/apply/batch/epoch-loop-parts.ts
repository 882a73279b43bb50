import type { ReplicaSession } from '../replica-session.js';
import type { StatementApplier } from '../barrier/statement-applier.js';
import type { XaApplier } from '../barrier/xa-applier.js';
import type { TailraceError } from '../../errors/tailrace-error.js';
import type { GtidSet } from '../../gtid/gtid-set.js';
import type { ReplicaSettings } from '../replica-settings.js';
import type { ApplyReport } from './apply-report.js';
import type { TraitsCache } from '../../schema/traits-cache.js';
import type { TransactionQueue } from '../../transaction/transaction-queue.js';

/** What an epoch loop works with. */
export interface EpochLoopParts {
  readonly settings: ReplicaSettings;
  readonly session: ReplicaSession;
  readonly statements: StatementApplier;
  readonly xa: XaApplier;
  readonly queue: TransactionQueue;
  readonly traits: TraitsCache;
  readonly report: ApplyReport;
  /** What the replica has; kept up by the loop. */
  readonly applied: GtidSet;
  /** Everything that was asked for is applied, given that nothing waits. */
  readonly reached: () => boolean;
  /** More is on its way than waits: it will be there at once. */
  readonly isBehind: () => boolean;
  /** The stream has ended: what has arrived is still applied, then this is thrown. */
  readonly streamFailure: () => TailraceError | null;
  readonly signal: AbortSignal;
}
