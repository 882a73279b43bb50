import { Counter, Gauge, Registry } from 'prom-client';
import { replicaStates } from '../hints/hints.js';
import { localMicros } from '../lag/local-micros.js';
import type { LagReading } from '../lag/lag-reading.js';
import type { Trend } from '../lag/lag-trend.js';
import { type LinkProgress } from '../link/link-progress.js';
import { linkStates } from '../link/link-state.js';
import type { HintsFeed } from '../server/hints-feed.js';
import type { MetricsText } from '../server/metrics-outlet.js';
import type { ProbeReading } from './server-probe.js';
import type { WatchedReplica } from './watched-replica.js';

const perSecond = 1e6;

/** What a link counts, by the name of its counter. */
const counted: readonly (readonly [name: string, help: string, of: (progress: LinkProgress) => number])[] = [
  ['transactions', 'Transactions of the source that were applied.', ({ transactions }) => transactions],
  ['rows_in', 'Row changes of the source.', ({ rowsIn }) => rowsIn],
  ['rows_out', 'Row changes that were written, net.', ({ rowsOut }) => rowsOut],
  ['bytes', 'Bytes of binary log that were applied.', ({ bytesApplied }) => bytesApplied],
  ['epochs', 'Epochs that were applied.', ({ epochs }) => epochs],
  ['barriers', 'Statements and other transactions that were applied alone.', ({ barriers }) => barriers],
  ['fallbacks', 'Epochs that were replayed because their plan failed.', ({ fallbacks }) => fallbacks],
  ['conflicts', 'Row changes that were overwritten or skipped.', ({ conflicts }) => conflicts],
];

type Named<From> = readonly (readonly [name: string, help: string, of: (from: From) => number | null])[];

const seconds = (micros: number | null): number | null => (micros === null ? null : micros / perSecond);

/** What is known of how far behind a replica is. */
const measured: Named<LagReading> = [
  ['lag_seconds', 'Lag; no sample while it is unknown.', ({ lagMicros }) => seconds(lagMicros)],
  ['lag_at_most_seconds', 'The largest age that the data can have.', (one) => seconds(one.atMostMicros)],
  [
    'origin_lag_seconds',
    'Lag against the server on which data was committed first; no sample while it is unknown.',
    (one) => seconds(one.originLagMicros),
  ],
  [
    'origin_lag_at_most_seconds',
    'The largest age that the data can have against it.',
    (one) => seconds(one.originAtMostMicros),
  ],
  ['lag_unknown', '1 while the lag is unknown.', ({ lagMicros }) => Number(lagMicros === null)],
  [
    'lag_trend',
    '-1 while lag falls, 0 while it is steady, 1 while it rises.',
    ({ trend }) => trendNumber(trend),
  ],
  ['delay_seconds', 'The delay that is intended, and subtracted.', ({ delayMicros }) => seconds(delayMicros)],
  ['waiting_transactions', 'Received and not applied.', ({ transactionsWaiting }) => transactionsWaiting],
  ['waiting_bytes', 'Bytes received and not applied.', ({ bytesWaiting }) => bytesWaiting],
  ['behind_transactions', 'Committed on the source and not applied.', (one) => one.transactionsBehind],
  ['behind_bytes', 'Bytes of binary log not applied.', ({ bytesBehind }) => bytesBehind],
  ['applied_transactions_per_second', 'Applied, over ten seconds.', (one) => one.transactionsPerSecond],
  ['applied_bytes_per_second', 'Bytes of binary log applied, over ten seconds.', (one) => one.bytesPerSecond],
  [
    'level_in_seconds',
    'Until nothing waits, if all goes on as it does.',
    ({ secondsToLevel }) => secondsToLevel,
  ],
  [
    'applied_commit_timestamp_seconds',
    'When the source committed what was applied last, by its clock, since 1970.',
    ({ appliedCommitMicros }) => seconds(appliedCommitMicros),
  ],
  [
    'source_heard_timestamp_seconds',
    'When the source was heard last, by the clock of this machine, since 1970.',
    ({ heardAgoMicros }) =>
      heardAgoMicros === null ? null : (Date.now() * 1_000 - heardAgoMicros) / perSecond,
  ],
  [
    'clock_offset_seconds',
    'How far the clock of the source is ahead of that of this machine.',
    ({ clock }) =>
      clock === null ? null : (clock.offsetMicros + localMicros() - Date.now() * 1_000) / perSecond,
  ],
  [
    'clock_uncertainty_seconds',
    'The true offset is within this of it, either way.',
    ({ clock }) => seconds(clock?.uncertaintyMicros ?? null),
  ],
];

/** What a replica says of itself. */
const probed: Named<ProbeReading> = [
  [
    'up',
    '1 while it answers, 0 while not.',
    ({ reachable }) => (reachable === null ? null : Number(reachable)),
  ],
  ['threads_running', 'Threads that run on it.', ({ threadsRunning }) => threadsRunning],
  ['connections', 'Connections that it has.', ({ connections }) => connections],
  ['connections_max', 'Connections that it lets in.', ({ connectionsMax }) => connectionsMax],
];

function trendNumber(trend: Trend | null): number | null {
  return trend === null ? null : { falling: -1, steady: 0, rising: 1 }[trend];
}

/** Everything about links, lag and hints for Prometheus. What is unknown has no sample: it is never shown as zero. */
export class Metrics implements MetricsText {
  readonly #registry = new Registry();
  readonly #replicas: readonly WatchedReplica[];
  readonly #feed: HintsFeed;
  /** By id of the replica, read once for a scrape: what it tells of a replica belongs together. */
  readonly #readings = new Map<string, LagReading>();

  constructor(replicas: readonly WatchedReplica[], feed: HintsFeed) {
    this.#replicas = replicas;
    this.#feed = feed;
    this.#addReplicas();
    this.#addHints();
    this.#addLinks();
    this.#gauge('process_resident_memory_bytes', 'Memory of this process.', [], (set) =>
      set({}, process.memoryUsage.rss()),
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    const nowMicros = localMicros();
    for (const { id, lag } of this.#replicas) this.#readings.set(id, lag.meter.read(nowMicros));
    return this.#registry.metrics();
  }

  #addReplicas(): void {
    for (const [name, help, of] of measured)
      this.#gauge(`tailrace_replica_${name}`, help, ['replica'], (set) => {
        for (const [replica, reading] of this.#readings) set({ replica }, of(reading));
      });
    for (const [name, help, of] of probed)
      this.#gauge(`tailrace_replica_${name}`, help, ['replica'], (set) => {
        for (const { id, probe } of this.#replicas) set({ replica: id }, of(probe.reading));
      });
  }

  #addLinks(): void {
    for (const [name, help, of] of counted) this.#addCounter(name, help, of);
    this.#gauge(
      'tailrace_link_state',
      'Where its link stands: 1, all others 0.',
      ['replica', 'state'],
      (set) => {
        for (const { id, linkState } of this.#replicas)
          for (const one of linkStates) set({ replica: id, state: one }, Number(one === linkState));
      },
    );
    this.#addStandings();
    this.#gauge(
      'tailrace_link_held_bytes',
      'Bytes of events that are held in memory.',
      ['replica'],
      (set) => {
        for (const { id, progress } of this.#replicas) set({ replica: id }, progress?.().bytesHeld ?? null);
      },
    );
  }

  #addStandings(): void {
    this.#gauge(
      'tailrace_link_info',
      '1; code is that of the error that stopped or interrupted the link, empty while it runs.',
      ['replica', 'state', 'code'],
      (set) => {
        for (const { id, activity } of this.#replicas) {
          const { state, trouble } = activity.standing;
          set({ replica: id, state, code: trouble?.code ?? '' }, 1);
        }
      },
    );
    this.#gauge(
      'tailrace_link_state_since_timestamp_seconds',
      'Since when the link has stood so, since 1970.',
      ['replica'],
      (set) => {
        for (const { id, activity } of this.#replicas)
          set({ replica: id }, activity.standing.sinceMs / 1_000);
      },
    );
    this.#gauge(
      'tailrace_link_retry_timestamp_seconds',
      'When the link is tried again, since 1970; no sample while nothing is waited for.',
      ['replica'],
      (set) => {
        for (const { id, activity } of this.#replicas) {
          const { retryAtMs } = activity.standing;
          set({ replica: id }, retryAtMs === null ? null : retryAtMs / 1_000);
        }
      },
    );
  }

  #addHints(): void {
    this.#gauge('tailrace_replica_state', 'Its state: 1, all others 0.', ['replica', 'state'], (set) => {
      for (const { id, state } of this.#feed.current()?.replicas ?? [])
        for (const one of replicaStates) set({ replica: id, state: one }, Number(one === state));
    });
    this.#gauge('tailrace_replica_weight', 'Its weight; 0: not to be read.', ['replica'], (set) => {
      for (const { id, weight } of this.#feed.current()?.replicas ?? []) set({ replica: id }, weight);
    });
    this.#gauge('tailrace_replica_share', 'Its share of all reads, 0 to 1.', ['replica'], (set) => {
      for (const { id, share } of this.#feed.current()?.replicas ?? []) set({ replica: id }, share);
    });
    this.#gauge('tailrace_source_read_share', 'Of all reads the source may be given.', ['source'], (set) => {
      const source = this.#feed.current()?.source;
      if (source !== undefined) set({ source: source.id }, source.readShare);
    });
    this.#gauge('tailrace_source_up', '1 while the source answers, 0 while not.', ['source'], (set) => {
      const source = this.#feed.current()?.source;
      if (source !== undefined && source.state !== 'unknown')
        set({ source: source.id }, Number(source.state === 'up'));
    });
    this.#gauge('tailrace_hints_decided_seconds', 'When hints were decided last, since 1970.', [], (set) =>
      set({}, (this.#feed.current()?.atMs ?? NaN) / 1_000),
    );
  }

  #addCounter(name: string, help: string, of: (progress: LinkProgress) => number): void {
    const counter: Counter<'replica'> = new Counter({
      name: `tailrace_link_${name}_total`,
      help: `${help} Since the link was started last.`,
      labelNames: ['replica'],
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        for (const { id, progress } of this.#replicas)
          if (progress !== null) counter.inc({ replica: id }, of(progress()));
      },
    });
  }

  #gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (set: (labels: Partial<Record<L, string>>, value: number | null) => void) => void,
  ): void {
    const gauge: Gauge<L> = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect: () => {
        gauge.reset();
        collect((labels, value) => {
          if (value !== null && !Number.isNaN(value)) gauge.set(labels as Record<L, string>, value);
        });
      },
    });
  }
}
