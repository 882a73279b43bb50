import { GtidSet } from '../../src/gtid/gtid-set.js';
import { type Decision, decide } from '../../src/hints/decide.js';
import type { HintInputs, ReplicaInputs } from '../../src/hints/hint-inputs.js';
import { hintDefaults, type HintSettings } from '../../src/hints/hint-settings.js';
import type { Hints, ReplicaHint } from '../../src/hints/hints.js';

export const sid = '00000000-0000-0000-0000-00000000000a';

const plus = (micros: number | null, more = 0): number | null => (micros === null ? null : micros + more);

/** A replica that is level and well, but for what is said. */
export function replica(id: string, given: Partial<ReplicaInputs> = {}): ReplicaInputs {
  return {
    id,
    zone: null,
    weight: 100,
    lagMicros: 0,
    lagAtMostMicros: 1_000,
    lagReason: 'caught up: nothing waits',
    delayMicros: 0,
    originLagMicros: plus(given.lagMicros === undefined ? 0 : given.lagMicros, given.delayMicros),
    originAtMostMicros: given.lagAtMostMicros === undefined ? 1_000 : given.lagAtMostMicros,
    reachable: true,
    fault: null,
    threadsRunning: 2,
    connections: 10,
    connectionsMax: 151,
    gtidExecuted: null,
    link: null,
    admin: null,
    ...given,
  };
}

/** A replica so many seconds behind; null: unknown, without a bound. */
export function behind(
  id: string,
  seconds: number | null,
  given: Partial<ReplicaInputs> = {},
): ReplicaInputs {
  const lagMicros = seconds === null ? null : seconds * 1e6;
  const lagReason = seconds === null ? 'lag unknown: it was not told' : `${seconds} s behind`;
  return replica(id, { lagMicros, lagAtMostMicros: lagMicros, lagReason, ...given });
}

export function inputs(replicas: readonly ReplicaInputs[], given: Partial<HintInputs> = {}): HintInputs {
  return { epoch: 1, source: { id: 'source', reachable: true, writable: true }, replicas, ...given };
}

export const executed = (last: number): GtidSet => GtidSet.parse(`${sid}:1-${last}`);

/** Decides again and again, and remembers the last decision. Time begins at a second, in milliseconds. */
export class Decider {
  readonly #settings: HintSettings;
  #decision: Decision | null = null;
  nowMs = 1_000;

  constructor(settings: Partial<HintSettings> = {}) {
    this.#settings = { ...hintDefaults, ...settings };
  }

  get decision(): Decision {
    if (this.#decision === null) throw new Error('nothing was decided yet');
    return this.#decision;
  }

  get hints(): Hints {
    return this.decision.hints;
  }

  /** Time passes, and then it is decided. */
  after(ms: number, given: HintInputs | readonly ReplicaInputs[]): Hints {
    this.nowMs += ms;
    const all = 'replicas' in given ? given : inputs(given);
    this.#decision = decide(this.#decision, all, this.#settings, this.nowMs);
    return this.#decision.hints;
  }

  /** The same figures for so long, looked at every tenth of a second. */
  during(ms: number, given: HintInputs | readonly ReplicaInputs[]): Hints {
    for (let passed = 0; passed < ms; passed += 100) this.after(100, given);
    return this.hints;
  }

  of(id: string): ReplicaHint {
    const found = this.hints.replicas.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  }

  states(): Record<string, string> {
    return Object.fromEntries(this.hints.replicas.map(({ id, state }) => [id, state]));
  }
}
