import type { LinkProgress } from '../link/link-progress.js';
import type { LinkState } from '../link/link-state.js';
import type { BinlogPosition } from '../binlog/binlog-position.js';
import { barText } from './bar-text.js';
import { formatBytes, formatCount, formatDuration } from './format-quantity.js';
import { type LinkRates, secondsLeft } from './rate-meter.js';

const stateWords: Record<LinkState, string> = {
  starting: 'starting',
  recovering: 'recovering',
  'catching-up': 'catching up',
  following: 'following',
  reconnecting: 'reconnecting',
  stopping: 'stopping',
  stopped: 'stopped',
  failed: 'failed',
};

function stateWord(state: LinkState): string {
  return stateWords[state];
}

/** Of a link that has an end: it catches up until that is reached, though nothing may have arrived for the moment. */
function endingWord({ state, bytesBehind }: LinkProgress): string {
  return stateWord(state === 'following' && bytesBehind !== 0 ? 'catching-up' : state);
}

/** Share of the way that is done, 0 to 1; null while the end is not known. */
export function shareDone({ bytesApplied, bytesBehind }: LinkProgress): number | null {
  if (bytesBehind === null) return null;
  const whole = bytesApplied + bytesBehind;
  return whole === 0 ? 1 : bytesApplied / whole;
}

/** `catching up  63 %  12,340 transactions/s  98,000 rows/s  1.2 GiB behind  34 s left`. */
export function progressLine(progress: LinkProgress, rates: LinkRates): string {
  const share = shareDone(progress);
  const parts = [
    endingWord(progress),
    share === null ? '' : `${Math.floor(share * 100)} %`,
    ...progressFigures(progress, rates),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** The same in front of a bar of `width` characters. */
export function barLine(progress: LinkProgress, rates: LinkRates, width: number): string {
  const share = shareDone(progress) ?? 0;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  // A terminal of 80 columns has to do.
  const figures = progressFigures(progress, rates).map((figure) =>
    figure.replace(/ transactions\/s$/, ' trx/s'),
  );
  return [`${endingWord(progress)} ${barText(share, width)} ${percent}`, ...figures].join('  ');
}

/** What `tailrace run` says of a replica every few seconds. */
export function statusLine(progress: LinkProgress, rates: LinkRates): string {
  const { position } = progress;
  const parts = [
    stateWord(progress.state),
    `${formatCount(rates.transactions)} transactions/s`,
    position === null ? '' : `at ${formatBinlogPosition(position)}`,
    behind(progress),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function progressFigures(progress: LinkProgress, rates: LinkRates): string[] {
  const left = secondsLeft(progress, rates);
  return [
    `${formatCount(rates.transactions)} transactions/s`,
    `${formatCount(rates.rows)} rows/s`,
    behind(progress),
    left === null ? 'time left unknown' : `${formatDuration(left)} left`,
  ];
}

function behind({ bytesBehind }: LinkProgress): string {
  return bytesBehind === null ? 'bytes behind unknown' : `${formatBytes(bytesBehind)} behind`;
}

/** `binlog.000003:197`, as options take it. */
export function formatBinlogPosition({ file, offset }: BinlogPosition): string {
  return `${file}:${offset}`;
}
