import type { Logger } from 'pino';
import type { Goal, Until } from './goal.js';
import type { LinkCounters } from './link-counters.js';
import type { LinkLag } from '../lag/link-lag.js';
import type { LinkSettings } from './link-settings.js';

export interface LinkSessionParts {
  readonly settings: LinkSettings;
  readonly until: Until;
  /** Resolved by the first session, so that `now` is when the link started, not when it came back. */
  goal: Goal | null;
  /** The replica's session that held the link's lock last; null before the first. */
  lockSession: number | null;
  /** Sessions on the replica that an attempt before this one has given up. */
  formerSessions: readonly number[];
  readonly counters: LinkCounters;
  /** null: nobody asks how far behind the replica is. */
  readonly lag: LinkLag | null;
  readonly log: Logger;
  readonly signal: AbortSignal;
}
