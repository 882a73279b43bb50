import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import type { RouteRequest } from '../hints/route.js';
import type { ReadOptions } from './replica-pool.js';
import type { TrackedSession } from './tracked-session.js';

/** What one read needs. */
export interface ReadRequest {
  readonly route: RouteRequest;
  /** What must be there; empty: anything. */
  readonly gtids: GtidSet;
  /** Whether the source is asked for, rather than a consequence of what the session has written. */
  readonly isStrongByWish: boolean;
  /** Whose writes it has to see; null: nobody's. */
  readonly session: TrackedSession | null;
}

/** Throws `TR_POOL_NO_SESSION`, `TR_POOL_OPTIONS`; for `minGtid` `TR_GTID_SYNTAX`. */
export function readRequest(
  options: ReadOptions,
  session: TrackedSession | null,
  zone: string | null,
): ReadRequest {
  const { maxLagMs = null, minGtid } = options;
  if (maxLagMs !== null && !(maxLagMs >= 0))
    throw new TailraceError('TR_POOL_OPTIONS', { what: 'maxLagMs must be a number of 0 or more.' });
  const consistency = options.consistency ?? (session === null ? 'eventual' : 'session');
  const asked = minGtid === undefined ? new GtidSet() : GtidSet.parse(minGtid);
  if (consistency === 'session' && session === null && minGtid === undefined)
    throw new TailraceError('TR_POOL_NO_SESSION', {
      what: 'A read with session consistency was requested outside a session.',
    });
  const isOfSession = consistency === 'session' && session !== null;
  const need = isOfSession ? session.need(Date.now()) : null;
  const gtids = need === null ? asked : asked.union(need.gtids);
  const isStrongByWish = consistency === 'strong';
  const isStrong = isStrongByWish || need?.isStrong === true;
  return {
    route: {
      consistency: isStrong ? 'strong' : gtids.isEmpty() ? 'eventual' : 'session',
      maxLagMs,
      minGtid: gtids,
      zone,
    },
    gtids,
    isStrongByWish,
    session: isOfSession ? session : null,
  };
}
