import { answerJson } from './answer.js';
import { checkAsked, checkForTables } from './check-outlet.js';
import { asSentence, hintsAgeMs, nothingDecided, tooOld } from './hints-age.js';
import type { ReadTablesLag } from './hints-feed.js';
import type { HintsHub } from './hints-hub.js';
import { HttpRefusal } from './http-refusal.js';
import type { Outlet } from './outlet.js';

/**
 * `GET /v1/tables?table=shop.orders&max_lag_ms=1000`: every replica as a check for these tables would answer, in one request, for whoever
 * chooses among replicas.
 */
export function tablesOutlet(
  hub: HintsHub,
  settings: { readonly hintsAgeMsMax: number },
  now: () => number,
  readTablesLag: ReadTablesLag,
): Outlet {
  return {
    methods: ['GET', 'HEAD'],
    guard: 'read',
    answer: ({ response, query }) => {
      const request = checkAsked(query);
      if (request.tables.length === 0)
        throw HttpRefusal.invalid('Parameter table is missing.', 'Write it as schema.table.');
      const hints = hub.current;
      if (hints === null) throw unavailable(nothingDecided);
      const ageMs = hintsAgeMs(hints, now());
      const old = tooOld(ageMs, settings.hintsAgeMsMax);
      if (old !== null) throw unavailable(old);
      const replicas = hints.replicas.map((replica) =>
        checkForTables(replica, request, ageMs, readTablesLag),
      );
      answerJson(response, 200, { replicas });
    },
  };
}

function unavailable(what: string): HttpRefusal {
  return new HttpRefusal(503, 'TR_REQUEST_LIMIT', { what: asSentence(what) }, { 'retry-after': '1' });
}
