import type { TestFile } from './test-suite.js';
import type { TestRun } from './run-test-file.js';

/**
 * What came of a test file. `finding`: tailrace stopped, or its replica differs, where the witness does not. `refused`: tailrace
 * stopped at what it does not carry by design. `native fails`: MySQL's own replica stopped, or does not equal the source.
 */
export type Verdict = 'passed over' | 'wrote nothing' | 'alike' | 'refused' | 'native fails' | 'finding';

/** A line of the outcome file. */
export interface FileOutcome {
  readonly suite: string;
  readonly name: string;
  readonly verdict: Verdict;
  /** Why it was passed over, or what was found; empty when all is well. */
  readonly reasons: readonly string[];
  /** How the program that runs test files ended; null for a file that was passed over. */
  readonly run: TestRun | null;
  readonly transactions: number;
  readonly rowEvents: number;
  /** How often the replicas were compared. */
  readonly stops: number;
  readonly seconds: number;
}

/** Of a file that was not run. */
export function passedOver(file: TestFile, reason: string): FileOutcome {
  return { ...outcomeOf(file), verdict: 'passed over', reasons: [reason] };
}

/** An outcome that nothing is known of yet. */
export function outcomeOf({ suite, name }: TestFile): FileOutcome {
  return {
    suite,
    name,
    verdict: 'wrote nothing',
    reasons: [],
    run: null,
    transactions: 0,
    rowEvents: 0,
    stops: 0,
    seconds: 0,
  };
}
