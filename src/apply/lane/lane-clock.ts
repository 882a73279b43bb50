/**
 * What a lane does, or what it waits for:
 * - `executing`: its rows are with the replica; where one lane applies all, committing them, too;
 * - `commit`: it has executed, and waits for the others, with whom it commits, or for the commit itself;
 * - `conflict`: others work, but what they do must stay together or in order: linked tables, statements, replays;
 * - `planning`: changes have arrived, and tailrace has not dealt them out yet;
 * - `source`: there is nothing, or nothing further, to do until the source sends more;
 * - `down`: the link has no connection.
 */
export const laneActivities = ['executing', 'commit', 'conflict', 'planning', 'source', 'down'] as const;

export type LaneActivity = (typeof laneActivities)[number];

/** What a lane does now, and for how many milliseconds it has done each since the clock was made. */
export interface LaneTimes {
  readonly now: LaneActivity;
  readonly ms: Readonly<Record<LaneActivity, number>>;
}

const kinds = laneActivities.length;

/**
 * Where the time of the lanes goes, across reconnections. It is told a few times an epoch, and writes a few numbers each time.
 */
export class LaneClock {
  readonly #now: () => number;
  readonly #activities: Uint8Array;
  readonly #sinceMs: Float64Array;
  readonly #totalsMs: Float64Array;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(lanes: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#activities = new Uint8Array(lanes).fill(laneActivities.indexOf('down'));
    this.#sinceMs = new Float64Array(lanes).fill(now());
    this.#totalsMs = new Float64Array(lanes * kinds);
  }

  get lanes(): number {
    return this.#activities.length;
  }

  /** The first `working` lanes execute; the others up to `wanted` would if they could; for the rest there is too little to do. */
  apply(working: number, wanted: number): void {
    const now = this.#now();
    for (let lane = 0; lane < this.lanes; lane += 1) {
      this.#set(lane, lane < working ? 'executing' : lane < wanted ? 'conflict' : 'source', now);
    }
  }

  /** One lane goes over to something else. */
  set(lane: number, activity: LaneActivity): void {
    this.#set(lane, activity, this.#now());
  }

  /** All of them do. */
  setAll(activity: LaneActivity): void {
    const now = this.#now();
    for (let lane = 0; lane < this.lanes; lane += 1) this.#set(lane, activity, now);
  }

  /** One entry a lane. */
  read(): readonly LaneTimes[] {
    const now = this.#now();
    return Array.from(this.#activities, (kind, lane) => {
      const ms = Object.fromEntries(
        laneActivities.map((activity, at) => [activity, this.#totalsMs[lane * kinds + at] ?? 0]),
      ) as Record<LaneActivity, number>;
      const activity = laneActivities[kind] as LaneActivity;
      ms[activity] += now - (this.#sinceMs[lane] as number);
      return { now: activity, ms };
    });
  }

  #set(lane: number, activity: LaneActivity, now: number): void {
    const before = this.#activities[lane] as number;
    this.#totalsMs[lane * kinds + before]! += now - (this.#sinceMs[lane] as number);
    this.#sinceMs[lane] = now;
    this.#activities[lane] = laneActivities.indexOf(activity);
  }
}
