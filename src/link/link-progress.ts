import type { LinkState } from './link-state.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';

/** A snapshot of what a link is doing; counters are since the link started. */
export interface LinkProgress {
  readonly state: LinkState;
  readonly transactions: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly epochs: number;
  /** Epochs that were replayed in source order because their plan failed. */
  readonly fallbacks: number;
  /** Row changes overwritten or skipped under `onConflict`. */
  readonly conflicts: number;
  /** Statements, and row events, that would have changed schema `tailrace` on the replica. */
  readonly leftOut: number;
  readonly barriers: number;
  /** Bytes of binary log applied since the start. */
  readonly bytesApplied: number;
  /** Bytes of binary log known to wait between the applied position and the goal (or the source's end); null: unknown. */
  readonly bytesBehind: number | null;
  /** Bytes of events held in memory now. */
  readonly bytesHeld: number;
  /** Commit time on the source of the newest applied transaction, µs since 1970; null before the first. */
  readonly appliedCommitMicros: number | null;
  readonly position: BinlogPosition | null;
  /** Milliseconds from start to the first committed transaction; null before it. */
  readonly firstAppliedMs: number | null;
}

/** What a finished link reports; `tailrace catchup --json` prints it. */
export interface LinkReport extends LinkProgress {
  readonly seconds: number;
  /** The replica's GTID set once done; empty text without GTIDs. */
  readonly gtidExecuted: string;
  readonly lanes: number;
  readonly mode: 'batch';
}
