import { Counter, Gauge, Registry } from 'prom-client';
import { replicaStates } from '../hints/hints.js';
import { localMicros } from '../link/local-micros.js';
import type { LinkProgress } from '../link/link-progress.js';
import type { HintsFeed } from '../server/hints-feed.js';
import type { MetricsText } from '../server/metrics-outlet.js';
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

/** Everything about links, lag and hints for Prometheus. What is unknown has no sample: it is never shown as zero. */
export class Metrics implements MetricsText {
  readonly #registry = new Registry();
  readonly #replicas: readonly WatchedReplica[];
  readonly #feed: HintsFeed;

  constructor(replicas: readonly WatchedReplica[], feed: HintsFeed) {
    this.#replicas = replicas;
    this.#feed = feed;
    this.#addLag();
    this.#addHints();
    for (const [name, help, of] of counted) this.#addCounter(name, help, of);
    this.#gauge('process_resident_memory_bytes', 'Memory of this process.', [], (set) =>
      set({}, process.memoryUsage.rss()),
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #addLag(): void {
    const read = ({ lag }: WatchedReplica) => lag.meter.read(localMicros());
    type Reading = ReturnType<typeof read>;
    const add = (name: string, help: string, of: (reading: Reading) => number | null): void =>
      this.#gauge(`tailrace_replica_${name}`, help, ['replica'], (set) => {
        for (const replica of this.#replicas) set({ replica: replica.id }, of(read(replica)));
      });
    const seconds = (micros: number | null): number | null => (micros === null ? null : micros / perSecond);
    add('lag_seconds', 'Lag; no sample while it is unknown.', ({ lagMicros }) => seconds(lagMicros));
    add('lag_at_most_seconds', 'The largest age that the data can have.', ({ atMostMicros }) =>
      seconds(atMostMicros),
    );
    add('lag_unknown', '1 while the lag is unknown.', ({ lagMicros }) => Number(lagMicros === null));
    add('waiting_transactions', 'Received and not applied.', (reading) => reading.transactionsWaiting);
    add('waiting_bytes', 'Bytes received and not applied.', (reading) => reading.bytesWaiting);
    add('behind_transactions', 'Committed on the source and not applied.', (one) => one.transactionsBehind);
    add('behind_bytes', 'Bytes of binary log not applied.', (reading) => reading.bytesBehind);
  }

  #addHints(): void {
    this.#gauge('tailrace_replica_state', 'Its state: 1, all others 0.', ['replica', 'state'], (set) => {
      for (const { id, state } of this.#feed.current()?.replicas ?? [])
        for (const one of replicaStates) set({ replica: id, state: one }, Number(one === state));
    });
    this.#gauge('tailrace_replica_weight', 'Its weight; 0: not to be read.', ['replica'], (set) => {
      for (const { id, weight } of this.#feed.current()?.replicas ?? []) set({ replica: id }, weight);
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
