import type { WriteStream } from 'node:tty';
import { SingleBar } from 'cli-progress';
import type { LinkProgress } from '../link/link-progress.js';
import { barLine, progressLine } from './progress-line.js';
import { RateMeter } from './rate-meter.js';

const barIntervalMs = 200;
const lineIntervalMs = 2_000;
const barWidthMin = 4;
const barWidthMax = 30;
/** What stands beside the bar, at its longest. */
const figuresWidth = 76;

/** Shows how far a link is until it is stopped. */
export interface ProgressDisplay {
  stop(): void;
}

/** Shows a bar on a terminal, and a line every two seconds elsewhere. `label` goes before each. */
export function showProgress(
  progressOf: () => LinkProgress,
  stream: NodeJS.WriteStream,
  label = '',
): ProgressDisplay {
  return stream.isTTY ? showBar(progressOf, stream, label) : showLines(progressOf, stream, label);
}

function showLines(
  progressOf: () => LinkProgress,
  stream: NodeJS.WriteStream,
  label: string,
): ProgressDisplay {
  const meter = new RateMeter(performance.now());
  const timer = setInterval(() => {
    const progress = progressOf();
    stream.write(`${label}${progressLine(progress, meter.measure(performance.now(), progress))}\n`);
  }, lineIntervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function showBar(progressOf: () => LinkProgress, stream: WriteStream, label: string): ProgressDisplay {
  const meter = new RateMeter(performance.now());
  const width = Math.max(barWidthMin, Math.min(barWidthMax, stream.columns - figuresWidth - label.length));
  let line = '';
  const bar = new SingleBar({ stream, format: () => `${label}${line}`, hideCursor: true, barsize: width });
  const draw = (): void => {
    const progress = progressOf();
    line = barLine(progress, meter.measure(performance.now(), progress), width);
    bar.update(progress.bytesApplied);
  };
  bar.start(Number.MAX_SAFE_INTEGER, 0);
  draw();
  const timer = setInterval(draw, barIntervalMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      draw();
      bar.stop();
    },
  };
}
