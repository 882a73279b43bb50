import type { SeededRandom } from '../../lab/seeded-random.js';

/** What this workload must reach: MySQL's own time divided by tailrace's, in the same round. */
export interface SpeedGoal {
  readonly overDefaults: number;
  /** Against MySQL's own replica tuned and not durable; null: no goal set. */
  readonly overTuned: number | null;
}

/** The share of the writing that one connection does. Two writers never touch the same row. */
export interface WriterShare {
  /** 0-based. */
  readonly index: number;
  readonly writers: number;
  /** Source transactions that this writer commits. */
  readonly transactions: number;
  readonly random: SeededRandom;
}

/** One source transaction: a single statement that commits by itself, or BEGIN, statements, COMMIT. */
export type TransactionStatements = readonly string[];

/** Tables and their first rows, as SQL text: what source and replicas start from. */
export interface WorkloadTables {
  readonly name: string;
  prepare(random: SeededRandom): Iterable<string>;
}

/**
 * A way of filling a source, as SQL text. Both generators are pure: the same seed and scale give the same statements, and
 * the final data does not depend on how the writers' transactions interleave. Statements name tables without schema; they
 * run in schema `benchSchema`.
 */
export interface Workload extends WorkloadTables {
  readonly title: string;
  readonly goal: SpeedGoal;
  /** Source transactions at scale 1. */
  readonly transactions: number;
  /** Fewer are not written, however small the scale. */
  readonly transactionsMin: number;
  readonly writers: number;
  /**
   * Transactions sent in one packet. Only where the writers cannot deadlock may it be more than 1: a transaction of its own
   * is sent again after a deadlock, a packet of several cannot be.
   */
  readonly transactionsPerPacket: number;
  /** The workload of sysbench that has this shape, run instead of `write` where sysbench is installed. */
  readonly sysbench?: SysbenchShape;
  write(share: WriterShare, scale: number): Iterable<TransactionStatements>;
}

export interface SysbenchShape {
  readonly script: 'oltp_write_only' | 'oltp_insert' | 'oltp_update_non_index';
  readonly tables: number;
  readonly tableSize: number;
}

/** The schema that every workload lives in. */
export const benchSchema = 'tailrace_bench';

/** The first and last (included) of the 1-based ids 1…rows that belong to a writer. */
export function ownIds(
  share: Pick<WriterShare, 'index' | 'writers'>,
  rows: number,
): readonly [number, number] {
  const first = Math.floor((rows * share.index) / share.writers) + 1;
  const last = Math.floor((rows * (share.index + 1)) / share.writers);
  return [first, last];
}

/** Source transactions of a workload at a scale. */
export function transactionCount(workload: Workload, scale: number): number {
  return Math.max(workload.transactionsMin, Math.round(workload.transactions * scale));
}
