import type { ProgressKind } from './replica-progress.js';
import type { ServerDifference } from './server-difference.js';
import type { TableTally } from './table-tally.js';

/** What was found in the rows of one table. */
export interface TableReport {
  readonly schema: string;
  readonly table: string;
  readonly tally: TableTally;
}

/** The outcome of a comparison. */
export interface VerifyReport {
  /** Every definition and every row that was to be compared is the same. */
  readonly equal: boolean;
  /** False when a signal ended it first. */
  readonly complete: boolean;
  /** Tables whose rows were compared to the end. */
  readonly tables: number;
  /** Rows of the source that were compared, those of an earlier start included. */
  readonly rows: number;
  /** Of these, rows that an earlier start had compared. */
  readonly rowsResumed: number;
  /** Rows read by digests on both servers together, by this start. */
  readonly rowsRead: number;
  /** Statement time of these reads, both servers added up. */
  readonly serverSeconds: number;
  readonly seconds: number;
  readonly chunks: number;
  readonly rechecks: number;
  readonly progressKind: ProgressKind;
  /** Definitions that differ, and schemas and tables that only one server has. */
  readonly definitions: readonly ServerDifference[];
  /** Definitions that changed at every look, and could not be compared. */
  readonly definitionsUnsettled: readonly string[];
  /** Tables with differing or unsettled rows. */
  readonly differing: readonly TableReport[];
  /** What a person should know of the result. */
  readonly notes: readonly string[];
}

/** How far a comparison is. */
export interface VerifyProgress {
  readonly phase: 'definitions' | 'rows' | 'waiting for load' | 'waiting for replica';
  readonly rows: number;
  /** Rows that there are, by the servers' guesses. */
  readonly rowsEstimate: number;
  readonly tables: number;
  readonly tablesTotal: number;
  readonly differences: number;
  /** Second looks that wait. */
  readonly waiting: number;
}
