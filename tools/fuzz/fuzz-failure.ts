/** What went wrong in a round. */
export interface FuzzFailure {
  /** The same for the same kind of failure: what a shortened case has to show again. */
  readonly signature: string;
  /** What is known of it, for a person. */
  readonly reasons: readonly string[];
}

const shownLinesMax = 30;
const codePattern = /\bTR_[A-Z0-9_]+\b/g;

/** A tailrace process that ended although nobody killed it. */
export function stopFailure(command: string, code: number | null, stderr: string): FuzzFailure {
  const lines = stderr.trim().split('\n').slice(-shownLinesMax);
  // The last error line is the one that the process ended with; before it, connections may have been lost and found.
  const named =
    lines.findLast((line) => line.includes('TR_'))?.match(codePattern)?.[0] ?? `exit ${String(code)}`;
  return {
    signature: `stopped: ${named}`,
    reasons: [`tailrace ${command} ended with exit code ${String(code)}:`, ...lines],
  };
}
