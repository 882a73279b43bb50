import { laneActivities, type LaneTimes } from '../apply/lane/lane-clock.js';
import type { LaneJson } from '../server/dashboard/dashboard-json.js';

/** Readings that are kept: shares are of the time since the oldest. */
const readingsMax = 5;

/** What lanes have spent the last seconds with. */
export class LaneShares {
  readonly #readings: (readonly LaneTimes[])[] = [];

  /** Once a second, with what the lane clock reads now. */
  next(times: readonly LaneTimes[]): readonly LaneJson[] {
    const since = this.#readings[0];
    this.#readings.push(times);
    if (this.#readings.length > readingsMax) this.#readings.shift();
    return times.map(({ now, ms }, lane) => {
      const before = since?.[lane]?.ms;
      const spent = laneActivities.map((activity) => ms[activity] - (before?.[activity] ?? 0));
      const all = Math.max(
        Number.EPSILON,
        spent.reduce((sum, one) => sum + one, 0),
      );
      const shares = laneActivities.map((activity, at) => [activity, share((spent[at] ?? 0) / all)]);
      return { now, shares: Object.fromEntries(shares) as Record<string, number> };
    });
  }
}

const share = (value: number): number => Math.round(value * 1_000) / 1_000;
