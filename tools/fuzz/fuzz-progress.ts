import type { FuzzCase } from './fuzz-case.js';
import type { CaseOutcome } from './run-case.js';

const intervalMs = 1_000;

/** Says every second what the fuzzer is doing. */
export class FuzzProgress {
  readonly #say: (line: string) => void;
  readonly #seed: number;
  readonly #startMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #what = 'starting';
  #phase = '';
  #rounds = 0;
  #steps = 0;
  #refused = 0;
  #kills = 0;
  #fallbacks = 0;

  constructor(say: (line: string) => void, seed: number) {
    this.#say = say;
    this.#seed = seed;
    this.#timer = setInterval(() => say(this.#line()), intervalMs);
  }

  begin({ round, servers, link, live, steps }: FuzzCase, what = 'round'): void {
    const how = `${servers.gtid ? 'GTIDs' : 'positions'}, ${link.lanes} lanes by ${link.partition}, ${live ? 'live' : 'afterwards'}`;
    this.#what = `${what} ${round} (${how}, ${steps.length} steps)`;
    this.#phase = 'starting';
  }

  phase(phase: string): void {
    this.#phase = phase;
  }

  add({ order, refused, kills, fallbacks }: CaseOutcome): void {
    this.#rounds += 1;
    this.#steps += order.length;
    this.#refused += refused;
    this.#kills += kills;
    this.#fallbacks += fallbacks;
  }

  say(line: string): void {
    this.#say(line);
  }

  summary(): string {
    return (
      `${this.#rounds} rounds, ${this.#steps} statements (${this.#refused} refused), ` +
      `${this.#kills} kills, ${this.#fallbacks} fallbacks`
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #line(): string {
    const seconds = Math.round((performance.now() - this.#startMs) / 1_000);
    return `${String(seconds).padStart(4)} s, seed ${this.#seed}: ${this.#what}: ${this.#phase}; so far ${this.summary()}`;
  }
}
