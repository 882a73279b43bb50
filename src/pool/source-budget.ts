export interface SourceBudgetSettings {
  readonly shareMax: number;
  readonly inFlightMax: number;
}

/** So many reads may go to the source before shares are looked at: of few reads, one is a large share. */
const burst = 32;
/** And so many a second in any case, so that an application that reads seldom is served. */
const perSecond = 8;

/**
 * How many reads the source may be given: a share of all reads, and so many at a time. Every read brings the share of one; a read on the
 * source takes one. Time comes from outside.
 */
export class SourceBudget {
  readonly #settings: SourceBudgetSettings;
  #credit = burst;
  #inFlight = 0;
  #seenMs: number | null = null;

  constructor(settings: SourceBudgetSettings) {
    this.#settings = settings;
  }

  /** A read has come. `isAlone`: no replica can be read, so that all of them may go to the source. */
  read(isAlone: boolean): void {
    this.#credit = Math.min(burst, this.#credit + (isAlone ? 1 : this.#settings.shareMax));
  }

  /** Why the source is to be given no more; null: it may be given one. */
  refusal(nowMs: number): string | null {
    this.#credit = Math.min(burst, this.#credit + ((nowMs - (this.#seenMs ?? nowMs)) / 1_000) * perSecond);
    this.#seenMs = nowMs;
    const { shareMax, inFlightMax } = this.#settings;
    if (this.#inFlight >= inFlightMax) return `the source answers ${inFlightMax} such reads already`;
    if (this.#credit < 1) return `the source has had ${Math.round(shareMax * 100)} % of the reads`;
    return null;
  }

  take(): void {
    this.#credit -= 1;
    this.#inFlight += 1;
  }

  giveBack(): void {
    this.#inFlight -= 1;
  }
}
