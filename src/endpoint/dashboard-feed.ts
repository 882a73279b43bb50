import { linkToJson } from '../hints/hints-json.js';
import type { Hints, ReplicaHint } from '../hints/hints.js';
import { isBroken, type LinkStanding, standingWords } from '../hints/link-standing.js';
import { durationWords } from '../lag/duration-words.js';
import type { LagReading } from '../lag/lag-reading.js';
import { localMicros } from '../lag/local-micros.js';
import type { LinkProgress } from '../link/link-progress.js';
import type { DashboardFrame, ReplicaFrame, TotalsJson } from '../server/dashboard/dashboard-json.js';
import { LagHistory } from '../server/dashboard/lag-history.js';
import type { DashboardSource } from '../server/dashboard-source.js';
import { nothingDecided } from '../server/hints-age.js';
import type { HintsFeed } from '../server/hints-feed.js';
import { LaneShares } from './lane-shares.js';
import { StateChanges } from './state-changes.js';
import type { WatchedReplica } from './watched-replica.js';

const frameMs = 1_000;
/** Counts of tables and rows weigh so much less with each frame: they tell of about the last ten seconds. */
const fadeShare = 0.9;
const tablesShown = 10;
const keysShown = 10;

/** What the dashboard shows: a frame a second, and what was before, whether somebody looks or not. */
export class DashboardFeed implements DashboardSource {
  readonly boot: number;
  readonly #replicas: readonly WatchedReplica[];
  readonly #hints: HintsFeed;
  readonly #now: () => number;
  readonly #history = new LagHistory();
  readonly #changes = new StateChanges();
  readonly #lanes = new Map<string, LaneShares>();
  readonly #listeners = new Set<() => void>();
  #newest: { readonly seq: number; readonly text: string } | null = null;
  #atMs = 0;
  #tick: NodeJS.Timeout | null = null;
  #unsubscribe: (() => void) | null = null;

  /** `now`: milliseconds since 1970. */
  constructor(replicas: readonly WatchedReplica[], hints: HintsFeed, now: () => number = Date.now) {
    this.#replicas = replicas;
    this.#hints = hints;
    this.#now = now;
    this.boot = now();
  }

  start(): void {
    this.#unsubscribe ??= this.#hints.subscribe((hints) => this.#changes.decided(hints));
    this.#tick ??= setInterval(() => this.#next(), frameMs);
  }

  close(): void {
    if (this.#tick !== null) clearInterval(this.#tick);
    this.#tick = null;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#listeners.clear();
  }

  newest(): { readonly seq: number; readonly text: string } | null {
    return this.#newest;
  }

  historyAfter(seq: number | null): string {
    const told = this.#newest?.seq ?? 0;
    const missed = seq === null || seq > told ? null : told - seq;
    const history = this.#history.json(missed);
    const changes = this.#changes.after(history.reset ? 0 : (seq ?? 0));
    return JSON.stringify({ boot: this.boot, ...history, changes });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #next(): void {
    // Should the clock go back, time stands still: samples are told apart by it.
    this.#atMs = Math.max(this.#now(), this.#atMs + 1);
    const hints = this.#hints.current();
    const { seq } = this.#changes;
    const replicas = this.#replicas.map((replica) => this.#replica(replica, hints));
    this.#history.add(this.#atMs, replicas);
    const frame: DashboardFrame = {
      boot: this.boot,
      seq,
      at_ms: this.#atMs,
      summary: hints?.summary ?? nothingDecided,
      source: hints === null ? null : pickSource(hints),
      replicas,
      changes: this.#changes.after(seq - 1),
    };
    this.#newest = { seq, text: JSON.stringify(frame) };
    this.#changes.seq = seq + 1;
    for (const listener of [...this.#listeners]) listener();
  }

  #replica(replica: WatchedReplica, hints: Hints | null): ReplicaFrame {
    const { id, lag, activity, linkState } = replica;
    const reading = lag.meter.read(localMicros());
    const progress = replica.progress?.() ?? null;
    const hasLink = progress !== null;
    this.#changes.link(this.#atMs, id, linkState, activity.trouble);
    const isOver = linkState === 'failed' || linkState === 'stopped';
    const frame: ReplicaFrame = {
      id,
      ...hintOf(hints?.replicas.find((one) => one.id === id)),
      link: linkState,
      link_standing: linkToJson(activity.standing),
      trouble: activity.trouble,
      lag_micros: reading.lagMicros,
      lag_at_most_micros: reading.atMostMicros,
      origin_lag_micros: reading.originLagMicros,
      origin_at_most_micros: reading.originAtMostMicros,
      lag_reason: lagWords(reading, activity.standing),
      trend: reading.trend,
      transactions_behind: reading.transactionsBehind,
      bytes_behind: reading.bytesBehind,
      transactions_per_second: hasLink ? reading.transactionsPerSecond : null,
      bytes_per_second: hasLink ? reading.bytesPerSecond : null,
      seconds_to_level: isOver ? null : reading.secondsToLevel,
      totals: progress === null ? null : totalsOf(progress),
      lanes: hasLink ? this.#lanesOf(replica) : null,
      tables: hasLink ? tablesOf(replica) : null,
      hot_keys: keysOf(replica),
    };
    activity.fade(fadeShare);
    return frame;
  }

  #lanesOf({ id, activity }: WatchedReplica): ReplicaFrame['lanes'] {
    let shares = this.#lanes.get(id);
    if (shares === undefined) this.#lanes.set(id, (shares = new LaneShares()));
    return shares.next(activity.lanes.read());
  }
}

/** What keeps the link from running says more than that its stream is lost. */
function lagWords({ reason, lagMicros, atMostMicros }: LagReading, standing: LinkStanding): string {
  const words = isBroken(standing) ? standingWords(standing) : null;
  if (words === null) return reason;
  return lagMicros !== null || atMostMicros === null
    ? words
    : `${words}; the data is at most ${durationWords(atMostMicros)} old`;
}

/** What fades by a share each second adds up to so many seconds of what comes in. */
const perSecond = (faded: number): number => round(faded * (1 - fadeShare));

const round = (value: number): number => Math.round(value * 100) / 100;

function tablesOf({ activity }: WatchedReplica): ReplicaFrame['tables'] {
  return activity.tables.top(tablesShown).map(({ schema, table, rowsIn, rowsOut }) => ({
    schema,
    table,
    rows_in_per_second: perSecond(rowsIn),
    rows_out_per_second: perSecond(rowsOut),
  }));
}

function keysOf({ activity }: WatchedReplica): ReplicaFrame['hot_keys'] {
  if (activity.hotKeys === null) return null;
  return activity.hotKeys.top(keysShown).map(({ schema, table, key, changes }) => ({
    schema,
    table,
    key,
    changes_per_second: perSecond(changes),
  }));
}

function pickSource({ source: { id, state, writes, reason } }: Hints): DashboardFrame['source'] {
  return { id, state, writes, reason };
}

function hintOf(
  hint: ReplicaHint | undefined,
): Pick<ReplicaFrame, 'state' | 'since_ms' | 'reason' | 'share' | 'zone'> {
  return {
    state: hint?.state ?? null,
    since_ms: hint?.sinceMs ?? null,
    reason: hint?.reason ?? null,
    share: hint?.share ?? null,
    zone: hint?.zone ?? null,
  };
}

function totalsOf(progress: LinkProgress): TotalsJson {
  return {
    transactions: progress.transactions,
    rows_in: progress.rowsIn,
    rows_out: progress.rowsOut,
    epochs: progress.epochs,
    fallbacks: progress.fallbacks,
    conflicts: progress.conflicts,
    barriers: progress.barriers,
  };
}
