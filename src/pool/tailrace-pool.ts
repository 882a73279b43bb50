/** What `import … from 'tailrace-pool'` gives. */
export { createPool } from './create-pool.js';
export type {
  HintsOptions,
  NodeAddress,
  NodeOptions,
  ProbeOptions,
  ReplicaPoolOptions,
  SourceReadOptions,
} from './pool-options.js';
export type {
  Checkout,
  PoolEvents,
  ReadOptions,
  ReplicaPool,
  TransactionOptions,
  Work,
  WriteOptions,
} from './replica-pool.js';
export type { HintsOrigin } from './pool-explanation.js';
export type { PoolSession } from './pool-session.js';
export type { PoolCounters } from './pool-counters.js';
export type { NodeExplanation, PickExplanation, PoolExplanation } from './pool-explanation.js';
export type { Consistency } from '../hints/route.js';
export { TailraceError } from '../errors/tailrace-error.js';
