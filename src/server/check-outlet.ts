import { TailraceError } from '../errors/tailrace-error.js';
import { GtidSet } from '../gtid/gtid-set.js';
import { type LinkStandingJson, linkToJson } from '../hints/hints-json.js';
import { fitReplica, type RouteRequest } from '../hints/route.js';
import { isRead, type ReplicaHint } from '../hints/hints.js';
import { durationWords } from '../lag/duration-words.js';
import { answerJson, answerText } from './answer.js';
import type { ReadTablesLag, TableName, TablesLag } from './hints-feed.js';
import { HttpRefusal } from './http-refusal.js';
import { hintsAgeMs, nothingDecided, tooOld } from './hints-age.js';
import type { HintsHub } from './hints-hub.js';
import type { Outlet } from './outlet.js';
import { RequestQuery, shown } from './request-query.js';

const parameters = ['max_lag_ms', 'min_gtid', 'table'];
const tablesMax = 16;
const dayMs = 86_400_000;
/** Health checks ask the same again and again: what their queries mean is kept for so many of them, of so many characters at most. */
const queriesKept = 512;
const queryCharactersKept = 512;

/**
 * `GET /v1/replicas/{id}/check`: 200 read it, 503 do not, 404 somebody ordered it out (or there is no such replica). HAProxy takes 404
 * for maintenance where `http-check disable-on-404` is set.
 */
export function checkOutlet(
  hub: HintsHub,
  settings: { readonly hintsAgeMsMax: number },
  now: () => number,
  readTablesLag: ReadTablesLag,
): Outlet {
  const queries = new Map<string, CheckRequest>();
  const yes = new WeakMap<ReplicaHint, string>();
  return {
    methods: ['GET', 'HEAD'],
    guard: 'read',
    answer: ({ response, query, replica: id }) => {
      const request = queries.get(query) ?? keep(queries, query, checkAsked(query));
      const hints = hub.current;
      if (hints === null) return answerJson(response, 503, { id, ok: false, reason: nothingDecided });
      const replica = hints.replicas.find((one) => one.id === id);
      if (replica === undefined) throw HttpRefusal.missing(`There is no replica "${shown(id)}".`);
      const ageMs = hintsAgeMs(hints, now());
      const old = tooOld(ageMs, settings.hintsAgeMsMax);
      if (old !== null)
        return answerJson(response, 503, { id, ok: false, state: replica.state, reason: old });
      if (request.tables.length > 0) {
        const asked = checkForTables(replica, request, ageMs, readTablesLag);
        return answerJson(response, asked.ok ? 200 : statusOf(replica), asked);
      }
      const { refusal, mustWait, reason } = fitReplica(replica, request, ageMs);
      if (refusal !== null || mustWait)
        return answerText(response, statusOf(replica), told(replica, false, refusal ?? reason));
      // The same for all who are told yes, until the next decision.
      let text = yes.get(replica);
      if (text === undefined) yes.set(replica, (text = told(replica, true, reason)));
      answerText(response, 200, text);
    },
  };
}

/** What is asked of a replica. */
export interface CheckRequest extends RouteRequest {
  /** Those that shall be young enough; none: all. */
  readonly tables: readonly TableName[];
}

/** The answer for readers of the tables that are asked for. */
export function checkForTables(
  replica: ReplicaHint,
  request: CheckRequest,
  ageMs: number,
  readTablesLag: ReadTablesLag,
): CheckJson {
  const lag = readTablesLag(replica.id, request.tables);
  const seen = lag === null ? replica : forTables(replica, lag);
  // A lag that is read now has no age.
  const { refusal, mustWait, reason } = fitReplica(seen, request, lag === null ? ageMs : 0);
  return checkToJson(seen, refusal === null && !mustWait, refusal ?? reason);
}

/** A replica as a reader of some tables sees it: one that is out for its lag alone is still fresh for those that are. */
function forTables(replica: ReplicaHint, { isOutForLag, ...lags }: TablesLag): ReplicaHint {
  const { lagMicros } = lags;
  const lag = lagMicros === null ? 'lag unknown' : `${durationWords(lagMicros)} behind`;
  const reason = `${lag} for the tables asked for; ${replica.reason}`;
  const isLifted = replica.state === 'ejected' && isOutForLag;
  return { ...replica, ...lags, reason, state: isLifted ? 'degraded' : replica.state };
}

export interface CheckJson {
  readonly id: string;
  readonly ok: boolean;
  readonly state: string;
  readonly lag_micros: number | null;
  readonly origin_lag_micros: number | null;
  readonly weight: number;
  readonly reason: string;
  readonly link: LinkStandingJson | null;
}

function checkToJson(replica: ReplicaHint, ok: boolean, reason: string): CheckJson {
  const { id, state, lagMicros, originLagMicros, weight, link } = replica;
  return {
    id,
    ok,
    state,
    lag_micros: lagMicros,
    origin_lag_micros: originLagMicros,
    weight,
    reason,
    link: link === null ? null : linkToJson(link),
  };
}

function told(replica: ReplicaHint, ok: boolean, reason: string): string {
  return `${JSON.stringify(checkToJson(replica, ok, reason))}\n`;
}

/** Reads the query of a check. Throws 400. */
export function checkAsked(query: string): CheckRequest {
  const asked = new RequestQuery(query, parameters);
  const maxLagMs = asked.wholeNumber('max_lag_ms', 365 * dayMs);
  const tables = tablesOf(asked.text('table'));
  if (tables.length > 0 && maxLagMs === null)
    throw HttpRefusal.invalid(
      'Parameter table requires max_lag_ms.',
      'A state always covers the whole replica.',
    );
  return { consistency: 'session', maxLagMs, minGtid: gtidsOf(asked.text('min_gtid')), zone: null, tables };
}

/** `schema.table,schema.table`. Throws 400. */
function tablesOf(text: string | null): readonly TableName[] {
  if (text === null) return [];
  const names = text.split(',');
  if (names.length > tablesMax)
    throw HttpRefusal.invalid(`Parameter table lists more than ${tablesMax} tables.`);
  return names.map((name) => {
    const [, schema = '', table = ''] = /^([^.]{1,64})\.(.{1,64})$/.exec(name) ?? [];
    if (schema === '')
      throw HttpRefusal.invalid(`Parameter table is "${shown(name)}".`, 'Write it as schema.table.');
    return [schema, table];
  });
}

function keep(queries: Map<string, CheckRequest>, query: string, request: CheckRequest): CheckRequest {
  if (query.length > queryCharactersKept) return request;
  if (queries.size >= queriesKept) queries.clear();
  queries.set(query, request);
  return request;
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
