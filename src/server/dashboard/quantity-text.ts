/** What is not known is said to be so, and is never a zero. */
export const unknownText = 'unknown';

const microsPerMs = 1_000;
const microsPerSecond = 1_000_000;
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** A time span: `0 s`, `<1 ms`, `340 ms`, `12.3 s`, `4 min 12 s`, `3 h 20 min`, `2 d 4 h`. */
export function durationText(micros: number | null): string {
  if (micros === null) return unknownText;
  if (micros === 0) return '0 s';
  if (micros < microsPerMs) return '<1 ms';
  if (micros < 999.5 * microsPerMs) return `${Math.round(micros / microsPerMs)} ms`;
  const seconds = micros / microsPerSecond;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return longText(Math.round(seconds));
}

function longText(seconds: number): string {
  const [minute, hour, day] = [60, 3_600, 86_400];
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ${seconds % minute} s`;
  if (seconds < day) return `${Math.floor(seconds / hour)} h ${Math.floor((seconds % hour) / minute)} min`;
  return `${Math.floor(seconds / day)} d ${Math.floor((seconds % day) / hour)} h`;
}

/** A whole number, in groups of three. */
export function countText(count: number | null): string {
  return count === null ? unknownText : grouped.format(count);
}

/** So many a second: `0`, `0.4`, `12,345`. */
export function rateText(perSecond: number | null): string {
  if (perSecond === null) return unknownText;
  return (perSecond < 10 ? oneDecimal : grouped).format(perSecond);
}

/** `0 B`, `512 B`, `1.4 MiB`. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return unknownText;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${(unit === 0 ? grouped : oneDecimal).format(value)} ${units[unit]}`;
}

/** `1 row`, `2 rows`. */
export function countedText(count: number | null, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** When nothing waits any longer, from the seconds until then. */
export function toLevelText(seconds: number | null): string {
  if (seconds === 0) return 'now';
  return seconds === null ? unknownText : `in ${durationText(Math.max(1, seconds) * microsPerSecond)}`;
}

/** A part, 0 to 1. */
export function percentText(share: number | null): string {
  return share === null ? unknownText : `${Math.round(share * 100)} %`;
}

/** The time of day by the reader's own clock: `03:12:05`. */
export function clockText(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}

/** Day and time of day by the reader's own clock. */
export function dayClockText(atMs: number): string {
  const date = new Date(atMs);
  return `${date.toLocaleDateString('en-CA')} ${date.toLocaleTimeString('en-GB')}`;
}
