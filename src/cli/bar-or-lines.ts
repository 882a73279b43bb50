import { SingleBar } from 'cli-progress';

const barsPerSecond = 5;
const lineIntervalMs = 2_000;
const barWidthMin = 4;

/** How progress looks on a terminal, and elsewhere. */
export interface ProgressText {
  /** One line, without its end. */
  line(): string;
  /** The same with a bar of `width` characters in it. */
  bar(width: number): string;
  readonly barWidthMax: number;
  /** What stands beside the bar, in characters, at its longest. */
  readonly figuresWidth: number;
}

/** Shows how far some work is until it is stopped. */
export interface ProgressDisplay {
  stop(): void;
}

/** Shows a bar on a terminal, and a line every two seconds elsewhere. */
export function showBarOrLines(text: ProgressText, stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY ? showBar(text, stream) : showLines(text, stream);
}

function showLines(text: ProgressText, stream: NodeJS.WriteStream): ProgressDisplay {
  const timer = setInterval(() => stream.write(`${text.line()}\n`), lineIntervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function showBar(text: ProgressText, stream: NodeJS.WriteStream): ProgressDisplay {
  const { barWidthMax, figuresWidth } = text;
  const width = Math.max(barWidthMin, Math.min(barWidthMax, stream.columns - figuresWidth));
  const bar = new SingleBar({ stream, format: () => text.bar(width), hideCursor: true, fps: barsPerSecond });
  bar.start(1, 0);
  return { stop: () => bar.stop() };
}
