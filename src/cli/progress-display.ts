import type { LinkProgress } from '../link/link-progress.js';
import { type ProgressDisplay, showBarOrLines } from './bar-or-lines.js';
import { barLine, progressLine } from './progress-line.js';
import { RateMeter } from './rate-meter.js';

const barWidthMax = 30;
/** What stands beside the bar, at its longest. */
const figuresWidth = 76;

/** Shows how far a link is. */
export function showProgress(progressOf: () => LinkProgress, stream: NodeJS.WriteStream): ProgressDisplay {
  const meter = new RateMeter(performance.now());
  const now = () => {
    const progress = progressOf();
    return [progress, meter.measure(performance.now(), progress)] as const;
  };
  const text = {
    line: () => progressLine(...now()),
    bar: (width: number) => barLine(...now(), width),
    barWidthMax,
    figuresWidth,
  };
  return showBarOrLines(text, stream);
}
