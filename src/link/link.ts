import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { statementError } from '../apply/failure/apply-failure.js';
import type { Retry } from '../errors/catalogue-entry.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { LinkActivity } from './link-activity.js';
import { LinkCounters } from './link-counters.js';
import type { LinkLag } from '../lag/link-lag.js';
import type { LinkProgress, LinkReport } from './link-progress.js';
import { LinkSession, type LinkSessionParts } from './link-session.js';
import type { LinkSettings } from './link-settings.js';
import type { Until } from './goal.js';

const pauseMsMin = 100;
const pauseMsMax = 10_000;
/** A link with a goal gives up when it could not go on for so long; one without tries for ever. */
const patienceMs = 120_000;

/** One source that feeds one replica. */
export class Link {
  readonly #settings: LinkSettings;
  readonly #log: Logger;
  readonly #counters: LinkCounters;
  readonly #lag: LinkLag | null;

  /** `lag`: told of all that tells how far behind the replica is; `activity`: of what is worked on. */
  constructor(
    settings: LinkSettings,
    hooks: { readonly log: Logger; readonly lag?: LinkLag; readonly activity?: LinkActivity },
  ) {
    this.#settings = settings;
    this.#lag = hooks.lag ?? null;
    this.#counters = new LinkCounters(this.#lag, hooks.activity ?? null);
    this.#log = hooks.log.child({ link: settings.name });
  }

  progress(): LinkProgress {
    return this.#counters.snapshot();
  }

  /**
   * Runs until `until` is reached or `signal` is aborted, and ends at an epoch boundary. Servers that go away are waited
   * for; after each loss the link goes on from its checkpoint. Rejects with the TailraceError that stopped the link; all that
   * was committed before stays, and the next run goes on from there.
   */
  async run(until: Until, signal: AbortSignal): Promise<LinkReport> {
    const counters = this.#counters;
    const parts: LinkSessionParts = {
      settings: this.#settings,
      until,
      goal: null,
      history: { settings: this.#settings, log: this.#log, lockSession: null, formerSessions: [] },
      counters,
      lag: this.#lag,
      log: this.#log,
      signal,
    };
    const stop = (): void => counters.on('stop');
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await this.#attempts(parts);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #attempts(parts: LinkSessionParts): Promise<LinkReport> {
    const { counters, signal, until } = parts;
    let pauseMs = pauseMsMin;
    let progressAt = performance.now();
    for (;;) {
      const before = counters.transactions;
      const session = new LinkSession(parts);
      try {
        await session.run();
        counters.on('ended');
        return this.#report(session.gtidExecuted);
      } catch (thrown) {
        // Cut off because a stop was asked for: what was open has been rolled back, or recovery will see to it.
        if (signal.aborted) {
          counters.on('ended');
          return this.#report('');
        }
        if (counters.transactions > before) {
          pauseMs = pauseMsMin;
          progressAt = performance.now();
        }
        const error = statementError(thrown);
        const patient = until.kind === 'forever' || performance.now() - progressAt < patienceMs;
        // Before the first success an address that does not answer is more likely wrong than down.
        const isFirst = counters.position === null && parts.goal === null;
        if (retryOf(error) !== 'passes' || !patient || isFirst) {
          // A daemon tries again what somebody can mend from outside.
          const isTriedAgain = until.kind === 'forever' && retryOf(error) !== 'never';
          counters.on(isTriedAgain ? 'lost' : 'failed');
          throw error;
        }
        counters.on('lost');
        counters.activity?.interrupted(error, pauseMs);
        this.#log.warn({ err: error, retry_in_ms: pauseMs }, 'going on from the checkpoint');
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
        counters.activity?.triesAgain();
        pauseMs = Math.min(pauseMs * 2, pauseMsMax);
      }
    }
  }

  #report(gtidExecuted: string): LinkReport {
    return {
      ...this.#counters.snapshot(),
      seconds: this.#counters.seconds,
      gtidExecuted,
      lanes: this.#settings.lanes,
      mode: 'batch',
    };
  }
}

function retryOf(error: unknown): Retry {
  return error instanceof TailraceError ? error.retry : 'never';
}
