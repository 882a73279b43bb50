import type { HistoryJson, SamplesJson } from './dashboard-json.js';
import { type Sample, SampleColumns } from './sample-columns.js';

const secondsMax = 15 * 60;
const minutesMax = 24 * 60;
const minuteMs = 60_000;

/** Lag and rate of the last quarter of an hour by the second, and of the last day by the minute. */
export class LagHistory {
  readonly seconds = new SampleColumns(1, secondsMax);
  readonly minutes = new SampleColumns(minuteMs, minutesMax);

  add(atMs: number, samples: readonly Sample[]): void {
    this.seconds.add(atMs, samples);
    this.minutes.add(atMs, samples);
  }

  /** What somebody lacks who has all but the newest `missed` samples; null: who has none. */
  json(missed: number | null): Pick<HistoryJson, 'reset' | 'seconds' | 'minutes'> {
    if (missed !== null && missed <= this.seconds.atMs.length)
      return { reset: false, seconds: this.seconds.json(missed), minutes: null };
    return { reset: true, seconds: this.seconds.json(), minutes: this.minutes.json() };
  }

  /** What was missed. */
  load(seconds: SamplesJson, minutes: SamplesJson | null): void {
    this.seconds.load(seconds);
    this.minutes.load(minutes ?? seconds);
  }
}
