import type { VerifyProgress } from '../verify/verify-report.js';
import { type ProgressDisplay, showBarOrLines } from './bar-or-lines.js';
import { barText } from './bar-text.js';
import { formatCount, formatCounted, formatDuration } from './format-quantity.js';
import { SampleWindow } from './sample-window.js';

const barWidthMax = 24;
/** What stands beside the bar, at its longest. */
const figuresWidth = 78;

/** Rows a second over the last few seconds. Times are milliseconds of a clock that never goes back. */
export class RowRate {
  readonly #window = new SampleWindow<{ readonly atMs: number; readonly rows: number }>();

  /** Takes in how many rows there are by now, and gives the rate; null until time has passed. */
  measure(atMs: number, rows: number): number | null {
    const first = this.#window.add({ atMs, rows });
    const seconds = (atMs - first.atMs) / 1_000;
    return seconds <= 0 ? null : Math.max(0, (rows - first.rows) / seconds);
  }
}

/** `rows  63 %  1,234,000 rows  210,000 rows/s  34 s left  2 differences`. */
export function verifyLine(progress: VerifyProgress, rowsPerSecond: number | null): string {
  const { phase, rows, rowsEstimate, tables, tablesTotal, differences, waiting } = progress;
  if (phase === 'definitions') return 'comparing definitions';
  const left = rowsPerSecond === null || rowsPerSecond === 0 ? null : (rowsEstimate - rows) / rowsPerSecond;
  const parts = [
    phase === 'rows' ? 'comparing' : phase,
    `${percentDone(progress)} %`,
    formatCounted(rows, 'row'),
    rowsPerSecond === null ? '' : `${formatCount(rowsPerSecond)} rows/s`,
    `${tables}/${formatCounted(tablesTotal, 'table')}`,
    left === null ? '' : `about ${formatDuration(left)} left`,
    waiting === 0 ? '' : `${formatCount(waiting)} to check again`,
    differences === 0 ? '' : `${formatCount(differences)} DIFFERENT`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** Never 100 before the end: how many rows there are is a guess of the servers. */
export function percentDone({ phase, rows, rowsEstimate, tables, tablesTotal }: VerifyProgress): number {
  if (phase === 'definitions') return 0;
  if (tables === tablesTotal) return 100;
  return rowsEstimate === 0 ? 0 : Math.min(99, Math.floor((rows / rowsEstimate) * 100));
}

/** Shows how far a comparison is. */
export function showVerifyProgress(
  progressOf: () => VerifyProgress,
  stream: NodeJS.WriteStream,
): ProgressDisplay {
  const rate = new RowRate();
  const line = (): string => {
    const progress = progressOf();
    return verifyLine(progress, rate.measure(performance.now(), progress.rows));
  };
  const bar = (width: number): string => `${barText(percentDone(progressOf()) / 100, width)} ${line()}`;
  return showBarOrLines({ line, bar, barWidthMax, figuresWidth }, stream);
}
