import { durationWords } from '../lag/duration-words.js';
import { isBroken, type LinkStanding, standingWords } from '../hints/link-standing.js';
import { type Hints, isRead, type ReplicaHint } from '../hints/hints.js';
import { dataAgeMicros } from '../hints/route.js';
import { answerJson } from './answer.js';
import { decodePiece } from './decode-piece.js';
import { hintsAgeMs, nothingDecided, tooOld } from './hints-age.js';
import type { HintsHub } from './hints-hub.js';
import { HttpRefusal } from './http-refusal.js';
import type { Outlet } from './outlet.js';
import { RequestQuery, shown } from './request-query.js';

const storePath = /^\/(check|check-read)\/([^/]{1,200})\/([^/]{1,60})\/([^/]{1,600})(?:\/([^/]{1,30}))?$/;
/** All replicas; so is the id of the source. */
const allStores = 'all';
/** For so long after somebody was told to wait, those who ask with `p=low` are, too. */
const lowWaitMs = 1_000;

/** What is answered: the fields, and the statuses, are those of freno (github/freno, doc/http.md). */
interface StoreAnswer {
  readonly StatusCode: number;
  /** Seconds of lag; null: not known, which freno would show as 0. */
  readonly Value: number | null;
  readonly Threshold: number;
  readonly Message: string;
}

export const writeCheckPath = '/check/{app}/{storeType}/{storeName}';
export const readCheckPath = '/check-read/{app}/{storeType}/{storeName}/{threshold}';

/** Which of the two kinds a path is; itself where it is neither. */
export function storeCheckPathOf(path: string): string {
  if (path.startsWith('/check/')) return writeCheckPath;
  return path.startsWith('/check-read/') ? readCheckPath : path;
}

/**
 * Checks for clients of freno, which ask before every chunk of a bulk write: `/check/{app}/mysql/{store}`, may the app write?, and
 * `/check-read/{app}/mysql/{store}/{seconds}`, is the data young enough to be read? 200 yes, 404 no such store, 417 no, since others
 * were told to wait and this one said that it can (`p=low`), 429 wait, 500 it cannot be told.
 *
 * A store is a replica, or all that are read (`all`, or the id of the source): the worst of them counts.
 */
export function storeCheckOutlet(
  hub: HintsHub,
  settings: { readonly hintsAgeMsMax: number; readonly throttleAboveMs: number },
  now: () => number,
): Outlet {
  /** When a writer of a store was told to wait last. Only stores that exist are in it. */
  const waits = new Map<string, number>();
  return {
    methods: ['GET', 'HEAD'],
    guard: 'read',
    answer: ({ response, path, query }) => {
      const asked = storeAsked(path, settings.throttleAboveMs);
      const priority = new RequestQuery(query, ['p']).text('p');
      const nowMs = now();
      const hints = hub.current;
      const answer = answerFor(asked, hints, settings.hintsAgeMsMax, nowMs);
      const store = asked.store === hints?.source.id ? allStores : asked.store;
      const isWrite = asked.kind === 'check';
      const mayWait = priority === 'low' && nowMs - (waits.get(store) ?? -Infinity) < lowWaitMs;
      if (isWrite && priority !== 'low' && answer.StatusCode === 429) waits.set(store, nowMs);
      const told =
        mayWait && answer.StatusCode === 200
          ? { ...answer, StatusCode: 417, Message: 'others were told to wait within the last second' }
          : answer;
      answerJson(response, told.StatusCode, told);
    },
  };
}

interface StoreAsked {
  readonly kind: 'check' | 'check-read';
  readonly storeType: string;
  readonly store: string;
  readonly thresholdSeconds: number;
}

/** Throws 400 and 404. */
function storeAsked(path: string, throttleAboveMs: number): StoreAsked {
  const [, kind, app = '', storeType = '', store = '', threshold] = storePath.exec(path) ?? [];
  const isRead = kind === 'check-read';
  if (kind === undefined || isRead !== (threshold !== undefined))
    throw HttpRefusal.missing('There is nothing at this path.');
  decodePiece(app);
  return {
    kind: isRead ? 'check-read' : 'check',
    storeType: decodePiece(storeType),
    store: decodePiece(store),
    thresholdSeconds: threshold === undefined ? throttleAboveMs / 1_000 : secondsOf(threshold),
  };
}

function secondsOf(text: string): number {
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return Number(text);
  throw HttpRefusal.invalid(
    `The threshold is "${shown(text)}".`,
    'It must be a number of seconds, such as 0.5.',
  );
}

function answerFor(
  asked: StoreAsked,
  hints: Hints | null,
  hintsAgeMsMax: number,
  nowMs: number,
): StoreAnswer {
  const { kind, storeType, store, thresholdSeconds: Threshold } = asked;
  const failed = (Message: string): StoreAnswer => ({ StatusCode: 500, Value: null, Threshold, Message });
  if (hints === null) return failed(nothingDecided);
  const isAll = store === allStores || store === hints.source.id;
  const replicas = isAll ? thoseThatCount(hints) : hints.replicas.filter(({ id }) => id === store);
  if (storeType !== 'mysql' || (!isAll && replicas.length === 0))
    return {
      StatusCode: 404,
      Value: null,
      Threshold,
      Message: `there is no store "${shown(`${storeType}/${store}`)}"`,
    };
  const ageMs = hintsAgeMs(hints, nowMs);
  const old = tooOld(ageMs, hintsAgeMsMax);
  if (old !== null) return failed(old);
  if (kind === 'check' && hints.source.state === 'down')
    return failed(`the source is down: ${hints.source.reason}`);
  const out = kind === 'check-read' ? replicas.find(({ state }) => !isRead(state)) : undefined;
  const worst = worstOf(replicas, kind, ageMs);
  if (worst === null) return failed(isAll ? 'no replica can be asked' : 'its lag is unknown');
  const Value = worst.micros / 1e6;
  const refuse = (why: string): StoreAnswer => {
    const link = isBroken(worst.link) ? `; ${standingWords(worst.link) ?? ''}` : '';
    return { StatusCode: 429, Value, Threshold, Message: `${why}${link}` };
  };
  if (out !== undefined) return refuse(`${out.id} is not to be read: ${out.state}: ${out.reason}`);
  if (Value > Threshold)
    return refuse(
      `${worst.id} is ${durationWords(worst.micros)} behind, more than ${durationWords(Threshold * 1e6)}`,
    );
  return { StatusCode: 200, Value, Threshold, Message: '' };
}

/** Those that are read; while there is none, all that nobody ordered out: one that is far behind is no reason to write on. */
function thoseThatCount({ replicas }: Hints): readonly ReplicaHint[] {
  const read = replicas.filter(({ state }) => isRead(state));
  return read.length > 0 ? read : replicas.filter(({ state }) => state !== 'drain' && state !== 'maint');
}

interface Worst {
  readonly id: string;
  readonly link: LinkStanding | null;
  readonly micros: number;
}

/** null: there is none, or that of one of them is not known at all. */
function worstOf(replicas: readonly ReplicaHint[], kind: StoreAsked['kind'], ageMs: number): Worst | null {
  let worst: Worst | null = null;
  for (const replica of replicas) {
    const micros = lagOf(replica, kind);
    if (micros === null) return null;
    if (worst === null || micros > worst.micros) worst = { id: replica.id, link: replica.link, micros };
  }
  return worst === null ? null : { ...worst, micros: worst.micros + ageMs * 1_000 };
}

/** Writers are not held up by a delay that is intended, nor by the source's own lag; readers see both. An unknown lag counts by its bound. */
function lagOf(replica: ReplicaHint, kind: StoreAsked['kind']): number | null {
  if (kind === 'check-read') return dataAgeMicros(replica);
  const { lagMicros, lagAtMostMicros, delayMicros } = replica;
  return lagMicros ?? (lagAtMostMicros === null ? null : Math.max(0, lagAtMostMicros - delayMicros));
}
