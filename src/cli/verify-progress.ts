import { SingleBar } from 'cli-progress';
import type { VerifyProgress } from '../verify/verify-report.js';
import { formatCount, formatDuration } from './format-quantity.js';

const barIntervalMs = 200;
const lineIntervalMs = 2_000;
const barWidthMin = 4;
const barWidthMax = 24;
/** What stands beside the bar, at its longest. */
const figuresWidth = 78;
const windowMs = 5_000;
const samplesMax = 64;

/** Rows a second over the last few seconds. Times are milliseconds of a clock that never goes back. */
export class RowRate {
  readonly #samples: { readonly atMs: number; readonly rows: number }[] = [];

  /** Takes in how many rows there are by now, and gives the rate; null until time has passed. */
  measure(atMs: number, rows: number): number | null {
    const samples = this.#samples;
    samples.push({ atMs, rows });
    while (samples.length > samplesMax || (samples.length > 2 && samples[1]!.atMs <= atMs - windowMs))
      samples.shift();
    const [first] = samples;
    const seconds = (atMs - first!.atMs) / 1_000;
    return seconds <= 0 ? null : Math.max(0, (rows - first!.rows) / seconds);
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
    `${formatCount(rows)} rows`,
    rowsPerSecond === null ? '' : `${formatCount(rowsPerSecond)} rows/s`,
    `${tables}/${tablesTotal} tables`,
    left === null ? '' : `about ${formatDuration(left)} left`,
    waiting === 0 ? '' : `${formatCount(waiting)} to look at again`,
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

/** Shows how far a comparison is, as a bar on a terminal and as a line every two seconds elsewhere. Returns what ends it. */
export function showVerifyProgress(progressOf: () => VerifyProgress, stream: NodeJS.WriteStream): () => void {
  const rate = new RowRate();
  const line = (): string => {
    const progress = progressOf();
    return verifyLine(progress, rate.measure(performance.now(), progress.rows));
  };
  if (!stream.isTTY) {
    const timer = setInterval(() => stream.write(`${line()}\n`), lineIntervalMs);
    timer.unref();
    return () => clearInterval(timer);
  }
  const width = Math.max(barWidthMin, Math.min(barWidthMax, stream.columns - figuresWidth));
  const bar = new SingleBar({ stream, format: () => barLine(progressOf(), line(), width), hideCursor: true });
  bar.start(100, 0);
  const draw = (): void => bar.update(percentDone(progressOf()));
  const timer = setInterval(draw, barIntervalMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    draw();
    bar.stop();
  };
}

function barLine(progress: VerifyProgress, figures: string, width: number): string {
  const full = Math.floor((percentDone(progress) / 100) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${figures}`;
}
