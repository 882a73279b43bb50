import type { GtidSet } from '../gtid/gtid-set.js';
import { durationWords } from '../lag/duration-words.js';
import type { HintSettings } from './hint-settings.js';
import { type Hints, isRead, type ReplicaHint } from './hints.js';
import { type ZonePreference, zoneTiers } from './zone-tiers.js';

/**
 * - `eventual`: any replica that is read.
 * - `session`: one that has the transactions of `minGtid`, which a session's own writes are; the source if need be.
 * - `strong`: the source.
 *
 * `maxLagMs` holds with each of them.
 */
export type Consistency = 'eventual' | 'session' | 'strong';

export interface RouteRequest {
  readonly consistency: Consistency;
  /** The data may be so old, intended delay included; null: as old as the hints permit. */
  readonly maxLagMs: number | null;
  /** Transactions that must be there; null: none. */
  readonly minGtid: GtidSet | null;
  /** Where the reader is; null: nowhere in particular. */
  readonly zone: string | null;
}

export interface Candidate {
  readonly id: string;
  readonly kind: 'replica' | 'source';
  /** Take one of the lowest tier by weight; go on to the next when all of a tier have failed. */
  readonly tier: number;
  readonly weight: number;
  /** It lacks transactions that are asked for: wait for them there, some milliseconds, before reading. */
  readonly mustWait: boolean;
  /** For the source: whether reads of this kind are within its budget, or it stands here as the last resort only. */
  readonly isLastResort: boolean;
  readonly reason: string;
}

/** Why a node is not among the candidates. */
export interface Refused {
  readonly id: string;
  readonly reason: string;
}

export interface Route {
  /** Best first. */
  readonly candidates: readonly Candidate[];
  readonly refused: readonly Refused[];
}

/**
 * Where a read may go. `nowMs` is the reader's time: the age of the hints is added to every lag. Tiers: replicas that fit, the nearest
 * healthy zone first and those that serve before those that are degraded; then replicas that fit but must be waited for; the source.
 */
export function route(
  hints: Hints,
  request: RouteRequest,
  settings: Pick<HintSettings, 'zoneDistances' | 'zoneHealthyShare'>,
  nowMs: number,
): Route {
  const ageMs = Math.max(0, nowMs - hints.atMs);
  const refused: Refused[] = [];
  const fitting: Fitting[] = [];
  for (const replica of hints.replicas) {
    const fit = fitReplica(replica, request, ageMs);
    if (fit.refusal !== null) refused.push({ id: replica.id, reason: fit.refusal });
    else fitting.push({ replica, mustWait: fit.mustWait, reason: fit.reason });
  }
  const tiers = zoneTiers(hints.replicas, request.zone, settings);
  const replicas = numberTiers(fitting.map((one) => ({ one, order: orderOf(one, tiers) })));
  const source = sourceCandidate(hints, request, replicas);
  if (source.refusal !== null) refused.push({ id: hints.source.id, reason: source.refusal });
  return { candidates: [...replicas, ...(source.candidate === null ? [] : [source.candidate])], refused };
}

/** Whether a replica may answer a request, and why. */
export interface Fit {
  /** null: it may. */
  readonly refusal: string | null;
  readonly mustWait: boolean;
  readonly reason: string;
}

/** The same for one replica, as health checks ask it; `ageMs` is the age of the hints. */
export function fitReplica(replica: ReplicaHint, request: RouteRequest, ageMs: number): Fit {
  const refuse = (refusal: string): Fit => ({ refusal, mustWait: false, reason: refusal });
  if (request.consistency === 'strong') return refuse('only the source gives strong consistency');
  if (!isRead(replica.state)) return refuse(`${replica.state}: ${replica.reason}`);
  const old = tooOld(replica, request.maxLagMs, ageMs);
  if (old !== null) return refuse(old);
  const reason = `${replica.state}: ${replica.reason}`;
  if (request.minGtid === null || request.minGtid.isEmpty())
    return { refusal: null, mustWait: false, reason };
  if (replica.gtidExecuted === null) return refuse('its executed transactions are unknown');
  if (replica.gtidExecuted.contains(request.minGtid)) return { refusal: null, mustWait: false, reason };
  return { refusal: null, mustWait: true, reason: 'it does not have the requested transactions yet' };
}

/** In words; null: young enough. A lag that is unknown counts by its bound, never as zero. */
function tooOld(replica: ReplicaHint, maxLagMs: number | null, ageMs: number): string | null {
  if (maxLagMs === null) return null;
  const known = dataAgeMicros(replica);
  if (known === null) return 'the age of its data is unknown';
  const micros = known + ageMs * 1_000;
  if (micros <= maxLagMs * 1_000) return null;
  return `its data may be ${durationWords(micros)} old, more than the requested ${durationWords(maxLagMs * 1_000)}`;
}

/** How old the data may be, as readers count it; null: it cannot be told. */
export function dataAgeMicros(replica: ReplicaHint): number | null {
  if (replica.maxLagFrom === 'origin') return replica.originLagMicros ?? replica.originAtMostMicros;
  return replica.lagMicros === null ? replica.lagAtMostMicros : replica.lagMicros + replica.delayMicros;
}

interface Fitting {
  readonly replica: ReplicaHint;
  readonly mustWait: boolean;
  readonly reason: string;
}

/** Compared number by number: having what is asked for, then state and zone. */
function orderOf({ replica, mustWait }: Fitting, zones: ZonePreference): readonly number[] {
  return [Number(mustWait), zones(replica.zone), Number(replica.state === 'degraded')];
}

/** Sorts, and numbers equal orders alike, from 0. */
function numberTiers(
  ordered: readonly { readonly one: Fitting; readonly order: readonly number[] }[],
): Candidate[] {
  const sorted = [...ordered].sort((a, b) => compareOrders(a.order, b.order) || compareWithin(a.one, b.one));
  let tier = 0;
  return sorted.map(({ one: { replica, mustWait, reason }, order }, at) => {
    const before = sorted[at - 1];
    if (before !== undefined && compareOrders(before.order, order) !== 0) tier += 1;
    const { id, weight } = replica;
    return { id, kind: 'replica', tier, weight, mustWait, isLastResort: false, reason };
  });
}

function compareOrders(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at === -1 ? 0 : a[at]! - b[at]!;
}

function compareWithin(a: Fitting, b: Fitting): number {
  return b.replica.weight - a.replica.weight || (a.replica.id < b.replica.id ? -1 : 1);
}

interface SourceAnswer {
  readonly candidate: Candidate | null;
  readonly refusal: string | null;
}

/**
 * The source has everything, and is to be spared. Where it takes a share of the reads it stands beside the first tier, with a weight that
 * gives it that share; else behind all.
 */
function sourceCandidate(
  { source }: Hints,
  request: RouteRequest,
  replicas: readonly Candidate[],
): SourceAnswer {
  if (source.state === 'down') return { candidate: null, refusal: source.reason };
  const only = request.consistency === 'strong';
  const behindAll = (replicas.at(-1)?.tier ?? -1) + 1;
  const first = replicas.filter(({ tier, mustWait }) => tier === 0 && !mustWait);
  const isShared = !only && source.readShare > 0 && source.readShare < 1 && first.length > 0;
  const firstWeight = first.reduce((total, { weight }) => total + weight, 0);
  const candidate: Candidate = {
    id: source.id,
    kind: 'source',
    tier: isShared ? 0 : behindAll,
    weight: isShared ? (firstWeight * source.readShare) / (1 - source.readShare) : 1,
    mustWait: false,
    isLastResort: !only && source.readShare === 0,
    reason: only ? 'strong consistency was requested' : source.reason,
  };
  return { candidate, refusal: null };
}
