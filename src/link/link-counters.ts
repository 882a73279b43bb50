import type { Transaction } from '../transaction/transaction.js';
import type { LinkActivity } from './link-activity.js';
import type { LinkLag } from '../lag/link-lag.js';
import type { LinkProgress, LinkState } from './link-progress.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';

/** What a link counts while it runs, across reconnections. */
export class LinkCounters {
  state: LinkState = 'starting';
  transactions = 0;
  rowsIn = 0;
  rowsOut = 0;
  epochs = 0;
  fallbacks = 0;
  conflicts = 0;
  leftOut = 0;
  barriers = 0;
  bytesApplied = 0;
  bytesBehind: number | null = null;
  /** Tells how many bytes of events are in memory now; the session that reads them sets it. */
  bytesHeld: () => number = () => 0;
  appliedCommitMicros: number | null = null;
  position: BinlogPosition | null = null;
  firstAppliedMs: number | null = null;
  readonly #startedAt = performance.now();
  readonly #lag: LinkLag | null;
  /** null: nobody watches. */
  readonly activity: LinkActivity | null;

  /** `lag` is told, too, of what is applied; null: nobody asks for it. */
  constructor(lag: LinkLag | null = null, activity: LinkActivity | null = null) {
    this.#lag = lag;
    this.activity = activity;
  }

  /** Transactions were committed on the replica up to `position`; `last` is the last of them. */
  applied(
    transactions: number,
    bytes: number,
    position: BinlogPosition,
    last: Pick<Transaction, 'originalCommitMicros' | 'immediateCommitMicros'> | null,
  ): void {
    this.firstAppliedMs ??= performance.now() - this.#startedAt;
    this.transactions += transactions;
    this.bytesApplied += bytes;
    this.position = position;
    this.appliedCommitMicros = last?.originalCommitMicros ?? this.appliedCommitMicros;
    const { immediateCommitMicros = null, originalCommitMicros = null } = last ?? {};
    this.#lag?.committed(transactions, bytes, immediateCommitMicros, originalCommitMicros);
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  snapshot(): LinkProgress {
    return {
      state: this.state,
      transactions: this.transactions,
      rowsIn: this.rowsIn,
      rowsOut: this.rowsOut,
      epochs: this.epochs,
      fallbacks: this.fallbacks,
      conflicts: this.conflicts,
      leftOut: this.leftOut,
      barriers: this.barriers,
      bytesApplied: this.bytesApplied,
      bytesBehind: this.bytesBehind,
      bytesHeld: this.bytesHeld(),
      appliedCommitMicros: this.appliedCommitMicros,
      position: this.position,
      firstAppliedMs: this.firstAppliedMs,
    };
  }
}
