import type { PartitionStrategy } from '../../src/plan/partition.js';
import type { SpeedGoal } from './workloads/workload.js';

/** Who applies: MySQL's own replica with its defaults, the same tuned and not durable, or tailrace. */
export const contenderNames = ['native', 'tuned', 'tailrace'] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Where and how the figures were made; enough to make them again. Holds no path and no secret. */
export interface BenchEnvironment {
  readonly tailrace: string;
  readonly mysql: string;
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMib: number;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly command: string;
  readonly scale: number;
  readonly seed: number;
}

/** What the process that ran the link says of itself. */
export interface LinkFigures {
  /** From starting the process to the first committed transaction on the replica; null: nothing was applied. */
  readonly startToFirstAppliedMs: number | null;
  readonly peakRssMib: number;
  /** Processor time of the process, user and system. */
  readonly cpuSeconds: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly epochs: number;
  readonly fallbacks: number;
}

export interface RoundResult {
  /** From START REPLICA, or from the link's start, until the replica had all transactions. */
  readonly seconds: Readonly<Record<ContenderName, number>>;
  readonly link: LinkFigures;
}

export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  readonly generator: 'tailrace' | 'sysbench';
  readonly transactions: number;
  readonly binlogBytes: number;
  readonly goal: SpeedGoal;
  readonly rounds: readonly RoundResult[];
}

export interface PartitionResult {
  readonly partition: PartitionStrategy;
  readonly lanes: number;
  readonly transactions: number;
  readonly seconds: number;
  readonly fallbacks: number;
}

export interface MemoryResult {
  readonly transactions: number;
  readonly binlogBytes: number;
  readonly peakRssMib: number;
  readonly seconds: number;
}

/** Commit returning on the source to the row seen on the replica, milliseconds. */
export interface LatencyFigures {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Transactions a second that the source really committed. */
  readonly rateReached: number;
}

export interface FollowResult {
  /** Transactions a second that were asked for. */
  readonly rateAsked: number;
  readonly seconds: number;
  readonly tailrace: LatencyFigures;
  readonly native: LatencyFigures;
}

/** All figures of one run; a part that did not run is empty. */
export interface BenchResults {
  readonly environment: BenchEnvironment;
  readonly workloads: readonly WorkloadResult[];
  readonly partitions: readonly PartitionResult[];
  readonly memory: readonly MemoryResult[];
  readonly follow: readonly FollowResult[];
}
