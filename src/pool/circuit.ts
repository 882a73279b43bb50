export interface CircuitSettings {
  /** How long a server that failed is left alone before it is tried again; doubled with each failure in a row, up to the most. */
  readonly openMsMin: number;
  readonly openMsMax: number;
  /** A server that has worked for so long has no failures behind it. */
  readonly forgetMs: number;
}

export const circuitDefaults: CircuitSettings = { openMsMin: 100, openMsMax: 2_000, forgetMs: 10_000 };

/**
 * Whether a server that failed is used. Pure but for what it remembers: time comes from outside. It opens with the first failure, because
 * there are others to be used meanwhile; it closes when somebody has tried the server on purpose and it answered.
 */
export class Circuit {
  readonly #settings: CircuitSettings;
  #failures = 0;
  #changedMs = 0;
  #reason: string | null = null;

  constructor(settings: CircuitSettings) {
    this.#settings = settings;
  }

  get isOpen(): boolean {
    return this.#reason !== null;
  }

  /** Why it is open. */
  get reason(): string | null {
    return this.#reason;
  }

  /** True when this opened it. */
  fail(reason: string, nowMs: number): boolean {
    const wasOpen = this.isOpen;
    if (!wasOpen && nowMs - this.#changedMs >= this.#settings.forgetMs) this.#failures = 0;
    this.#failures += 1;
    this.#reason = reason;
    this.#changedMs = nowMs;
    return !wasOpen;
  }

  /** True when this closed it. */
  succeed(nowMs: number): boolean {
    if (!this.isOpen) return false;
    this.#reason = null;
    this.#changedMs = nowMs;
    return true;
  }

  /** How long to wait before it is tried again. `random` is from 0 to 1: of many applications not all come at once. */
  trialInMs(random: number): number {
    const { openMsMin, openMsMax } = this.#settings;
    const doubled = openMsMin * 2 ** Math.min(30, Math.max(0, this.#failures - 1));
    return Math.min(openMsMax, doubled) * (0.75 + random / 2);
  }
}
