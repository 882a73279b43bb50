import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { durationWords } from '../lag/duration-words.js';
import { fitReplica } from '../hints/route.js';
import { isRead, type ReplicaHint } from '../hints/hints.js';
import { answerJson } from './answer.js';
import { HttpRefusal } from './http-refusal.js';
import type { HintsHub } from './hints-hub.js';
import type { Outlet } from './outlet.js';
import { RequestQuery, shown } from './request-query.js';

const parameters = ['max_lag_ms', 'min_gtid'];
const dayMs = 86_400_000;

/**
 * `GET /v1/replicas/{id}/check`: 200 read it, 503 do not, 404 somebody ordered it out (or there is no such replica). HAProxy takes 404
 * for maintenance where `http-check disable-on-404` is set.
 */
export function checkOutlet(
  hub: HintsHub,
  settings: { readonly hintsAgeMsMax: number },
  now: () => number,
): Outlet {
  return {
    methods: ['GET', 'HEAD'],
    guard: 'read',
    answer: ({ response, query, replica: id }) => {
      const asked = new RequestQuery(query, parameters);
      const maxLagMs = asked.wholeNumber('max_lag_ms', 365 * dayMs);
      const minGtid = gtidsOf(asked.text('min_gtid'));
      const hints = hub.current;
      if (hints === null)
        return answerJson(response, 503, { id, ok: false, reason: 'nothing is decided yet' });
      const replica = hints.replicas.find((one) => one.id === id);
      if (replica === undefined) throw HttpRefusal.missing(`there is no replica "${shown(id)}"`);
      const ageMs = Math.max(0, now() - hints.atMs);
      if (ageMs > settings.hintsAgeMsMax) {
        const reason = `the hints are ${durationWords(ageMs * 1_000)} old`;
        return answerJson(response, 503, { id, ok: false, state: replica.state, reason });
      }
      const request = { consistency: 'session' as const, maxLagMs, minGtid, zone: null };
      const fit = fitReplica(replica, request, ageMs);
      const ok = fit.refusal === null && !fit.mustWait;
      const { state, lagMicros, weight } = replica;
      const told = { id, ok, state, lag_micros: lagMicros, weight, reason: fit.refusal ?? fit.reason };
      return answerJson(response, ok ? 200 : statusOf(replica), told);
    },
  };
}

function statusOf({ state }: ReplicaHint): number {
  return !isRead(state) && (state === 'drain' || state === 'maint') ? 404 : 503;
}

/** Throws 400. */
export function gtidsOf(text: string | null): GtidSet | null {
  if (text === null) return null;
  try {
    return GtidSet.parse(text);
  } catch (error) {
    if (error instanceof TailraceError) throw HttpRefusal.invalid(error.what, error.why);
    throw error;
  }
}
