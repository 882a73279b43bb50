import type { ApplyReport } from '../apply/batch/apply-report.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import type { LinkLag } from '../lag/link-lag.js';
import type { EpochPlan } from '../plan/epoch-plan.js';
import type { TableRows } from '../plan/count-rows.js';
import { bytesOf, type Transaction } from '../transaction/transaction.js';
import { wayOf } from '../transaction/way-of.js';
import type { LinkActivity } from './link-activity.js';
import type { LinkProgress } from './link-progress.js';
import { type LinkEvent, nextState } from './link-state.js';

/** What is counted from zero when a link starts. */
const nothing: LinkProgress = {
  state: 'starting',
  transactions: 0,
  rowsIn: 0,
  rowsOut: 0,
  epochs: 0,
  fallbacks: 0,
  conflicts: 0,
  leftOut: 0,
  barriers: 0,
  bytesApplied: 0,
  bytesBehind: null,
  bytesHeld: 0,
  appliedCommitMicros: null,
  position: null,
  firstAppliedMs: null,
};

/** What a link counts while it runs, across reconnections, and the state that it is in. */
export class LinkCounters implements ApplyReport {
  readonly #progress: { -readonly [K in keyof LinkProgress]: LinkProgress[K] } = { ...nothing };
  readonly #startedAt = performance.now();
  readonly #lag: LinkLag | null;
  /** null: nobody watches. */
  readonly activity: LinkActivity | null;
  /** How many bytes of events are in memory now; the session that reads them sets it. */
  bytesHeld: () => number = () => 0;

  /** `lag` gets what is applied, too; null: nobody asks for it. */
  constructor(lag: LinkLag | null = null, activity: LinkActivity | null = null) {
    this.#lag = lag;
    this.activity = activity;
  }

  /** Moves the link's state machine. Throws TR_INTERNAL for an event that cannot come now. */
  on(event: LinkEvent): void {
    this.#progress.state = nextState(this.#progress.state, event);
  }

  get transactions(): number {
    return this.#progress.transactions;
  }

  get position(): BinlogPosition | null {
    return this.#progress.position;
  }

  get bytesBehind(): number | null {
    return this.#progress.bytesBehind;
  }

  /** A link starts here; nothing is applied yet. */
  startsAt(position: BinlogPosition): void {
    this.#progress.position ??= position;
  }

  /** Bytes of binary log that wait on the source; null: unknown. */
  waiting(bytes: number | null): void {
    this.#progress.bytesBehind = bytes;
  }

  /** A change to schema `tailrace` was left out. */
  leftOut(): void {
    this.#progress.leftOut++;
  }

  caughtUp(): void {
    this.on('caught-up');
  }

  fellBehind(): void {
    this.on('fell-behind');
  }

  fellBack(): void {
    this.#progress.fallbacks++;
  }

  epoch(plan: EpochPlan, end: BinlogPosition, conflicts: number): void {
    this.activity?.applied(plan);
    this.#progress.epochs++;
    this.#progress.rowsIn += plan.rowsIn;
    this.#progress.rowsOut += plan.rowsOut;
    this.#progress.conflicts = conflicts;
    this.#applied(plan.transactions.length, plan.bytes, end, plan.transactions.at(-1) ?? null);
  }

  barrier(transaction: Transaction, end: BinlogPosition, rows: readonly TableRows[] | null): void {
    if (rows !== null) {
      for (const { rowsIn, rowsOut } of rows) {
        this.#progress.rowsIn += rowsIn;
        this.#progress.rowsOut += rowsOut;
      }
      this.#progress.epochs++;
      this.activity?.appliedRows(rows);
    }
    const way = wayOf(transaction);
    if (way === 'statement' || way === 'xa') this.#progress.barriers++;
    this.#applied(1, bytesOf(transaction), end, transaction);
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  snapshot(): LinkProgress {
    return { ...this.#progress, bytesHeld: this.bytesHeld() };
  }

  #applied(transactions: number, bytes: number, end: BinlogPosition, last: Transaction | null): void {
    const progress = this.#progress;
    progress.firstAppliedMs ??= performance.now() - this.#startedAt;
    progress.transactions += transactions;
    progress.bytesApplied += bytes;
    progress.position = end;
    const { immediateCommitMicros = null, originalCommitMicros = null } = last ?? {};
    progress.appliedCommitMicros = originalCommitMicros ?? progress.appliedCommitMicros;
    this.#lag?.committed(transactions, bytes, immediateCommitMicros, originalCommitMicros);
  }
}
