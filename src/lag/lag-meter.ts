import { BehindEstimate } from './behind-estimate.js';
import { ClockEstimate } from './clock-estimate.js';
import type { Lag, LagReading, UnknownLag } from './lag-reading.js';
import { lagReason } from './lag-reason.js';
import { LagTrend } from './lag-trend.js';
import { OriginAge } from './origin-age.js';
import { TableLags } from './table-lags.js';
import { WaitingCommits } from './waiting-commits.js';

export interface LagMeterSettings {
  /** The replica is kept behind on purpose by so much. */
  readonly delayMicros: number;
  /** Silence of the source after which lag is unknown: three of its heartbeats. */
  readonly silenceMicrosMax: number;
  /** A transaction that arrives within so much of its commit came without delay. */
  readonly promptMicros: number;
}

export const lagMeterDefaults: LagMeterSettings = {
  delayMicros: 0,
  silenceMicrosMax: 3_500_000,
  promptMicros: 50_000,
};

/** Against the source that we read from. */
type OwnLag = Omit<Lag, 'originLagMicros' | 'originAtMostMicros'>;

/** How long the clock's offset is used before the best sample is looked for again; it drifts by a tenth of a microsecond meanwhile. */
const offsetKeptMicros = 1_000;

/**
 * The lag of one replica. A link tells it what happens, each time with the time by a local clock that never goes back, in microseconds;
 * nothing here reads a clock. `received`, `touched` and `applied` write a few numbers into arrays and make no garbage: in catch-up 200,000
 * transactions a second pass.
 */
export class LagMeter {
  readonly #settings: LagMeterSettings;
  readonly #clock = new ClockEstimate();
  readonly #waiting = new WaitingCommits();
  readonly #tables = new TableLags();
  readonly #trend = new LagTrend();
  readonly #origin = new OriginAge();
  readonly #transactions: BehindEstimate;
  readonly #bytes: BehindEstimate;
  /** Transactions received and applied since the stream began, so that tables can be compared by number. */
  #receivedNumber = 0;
  #appliedNumber = 0;
  #bytesWaiting = 0;
  /** Commit time of the transaction received last, NaN if not told; and by how much it was late, NaN if that cannot be said. */
  #newestCommitMicros = NaN;
  #newestLateMicros = NaN;
  #appliedCommitMicros = NaN;
  #newestArrivedMicros = NaN;
  #heardMicros = NaN;
  /** When the source said that it had nothing further to send, and nothing has come since; NaN: it did not. */
  #endMicros = NaN;
  /** The replica had everything that the source had, by the local clock; NaN: never. */
  #freshMicros = NaN;
  #lost = false;
  /** What is known to be missing from before the stream was lost: NaN, or a commit time. */
  #lostCommitMicros = NaN;
  #offsetKept = NaN;
  #offsetAtMicros = NaN;

  constructor(nowMicros: number, settings: LagMeterSettings = lagMeterDefaults) {
    this.#settings = settings;
    this.#transactions = new BehindEstimate(nowMicros);
    this.#bytes = new BehindEstimate(nowMicros);
  }

  /**
   * A transaction has arrived, in source order. `commitMicros`: when the source that we read from committed it, microseconds since 1970;
   * null: it does not tell. `originalMicros`: the same on the server on which it was committed first, by that server's clock.
   */
  received(
    nowMicros: number,
    commitMicros: number | null,
    bytes: number,
    originalMicros: number | null = commitMicros,
  ): void {
    const commit = commitMicros ?? NaN;
    const original = originalMicros ?? NaN;
    const sourceNow = this.#offsetMicros(nowMicros) + nowMicros;
    this.#receivedNumber += 1;
    this.#bytesWaiting += bytes;
    this.#waiting.push(commit, original);
    this.#origin.received(sourceNow, commit, original);
    this.#newestCommitMicros = commit;
    this.#newestLateMicros = sourceNow - commit;
    this.#newestArrivedMicros = nowMicros;
    this.#heardMicros = nowMicros;
    this.#endMicros = NaN;
    this.#lost = false;
    this.#lostCommitMicros = NaN;
  }

  /** The transaction that was received last changes this table. */
  touched(schema: string, table: string): void {
    this.#tables.touched(schema, table, this.#receivedNumber, this.#newestCommitMicros, this.#appliedNumber);
  }

  /** The transaction that was received last may change any table: a statement, or one of which only the beginning is known. */
  touchedAny(): void {
    this.#tables.touchedAny(this.#receivedNumber, this.#newestCommitMicros, this.#appliedNumber);
  }

  /** The oldest `transactions` that wait are committed on the replica; both times as in `received`, of the last of them. */
  applied(
    nowMicros: number,
    transactions: number,
    bytes: number,
    commitMicros: number | null,
    originalMicros: number | null = commitMicros,
  ): void {
    this.#origin.applied(originalMicros ?? NaN);
    this.#waiting.shift(transactions);
    this.#appliedNumber = Math.min(this.#receivedNumber, this.#appliedNumber + transactions);
    this.#bytesWaiting = this.#waiting.count === 0 ? 0 : Math.max(0, this.#bytesWaiting - bytes);
    this.#appliedCommitMicros = commitMicros ?? NaN;
    if (this.#waiting.count === 0 && !Number.isNaN(this.#endMicros)) this.#freshMicros = this.#endMicros;
    this.#transactions.applied(nowMicros, transactions);
    this.#bytes.applied(nowMicros, bytes);
    this.#sample(nowMicros);
  }

  /**
   * The source has sent a heartbeat. `atEnd`: it stands at the end of its binary log. A source also sends heartbeats while it passes over
   * transactions that the replica has: those prove that it lives, not that nothing is missing.
   */
  heard(nowMicros: number, atEnd: boolean): void {
    this.#heardMicros = nowMicros;
    this.#lost = false;
    if (atEnd) {
      this.#endMicros = nowMicros;
      this.#lostCommitMicros = NaN;
      this.#origin.caughtUp();
      if (this.#waiting.count === 0) this.#freshMicros = nowMicros;
    }
    this.#sample(nowMicros);
  }

  /** The source was asked for its time; see `ClockEstimate.add`. Every ten seconds is enough. */
  clockSample(sentMicros: number, sourceMicros: number, receivedMicros: number): void {
    this.#clock.add(sentMicros, sourceMicros, receivedMicros);
    this.#sample(receivedMicros);
  }

  /** What the source has and the replica has not, from GTID sets and sizes of binary logs; null: could not be told. */
  measured(nowMicros: number, transactionsBehind: number | null, bytesBehind: number | null): void {
    this.#transactions.measured(nowMicros, transactionsBehind);
    this.#bytes.measured(nowMicros, bytesBehind);
  }

  /** The source has told how far it is behind its own source; see `OriginAge.told`. Every two seconds is enough. */
  upstream(nowMicros: number, behindMicros: number | null): void {
    this.#origin.told(nowMicros, behindMicros);
  }

  /** The stream has ended, and what waited is dropped: it will be received again from the checkpoint on. */
  streamLost(): void {
    const oldest = this.#waiting.oldestCommitMicros;
    this.#origin.streamLost(this.#waiting.oldestOriginalMicros);
    if (this.#waiting.count > 0) this.#lostCommitMicros = oldest;
    this.#waiting.clear();
    this.#tables.clear();
    this.#appliedNumber = this.#receivedNumber;
    this.#bytesWaiting = 0;
    this.#newestCommitMicros = NaN;
    this.#newestLateMicros = NaN;
    this.#newestArrivedMicros = NaN;
    this.#endMicros = NaN;
    this.#lost = true;
  }

  read(nowMicros: number): LagReading {
    const lag = this.lag(nowMicros);
    const { lagMicros } = lag;
    const transactionsWaiting = this.#waiting.count;
    const level = lag.basis === 'level';
    const reading = {
      ...lag,
      delayMicros: this.#settings.delayMicros,
      transactionsWaiting,
      bytesWaiting: this.#bytesWaiting,
      transactionsBehind: level ? 0 : this.#transactions.behind(nowMicros, transactionsWaiting),
      bytesBehind: level ? 0 : this.#bytes.behind(nowMicros, this.#bytesWaiting),
      transactionsPerSecond: this.#transactions.appliedPerSecond(nowMicros),
      bytesPerSecond: this.#bytes.appliedPerSecond(nowMicros),
      secondsToLevel: level ? 0 : this.#secondsToLevel(nowMicros, lagMicros),
      trend: lagMicros === null ? null : this.#trend.trend(nowMicros, lagMicros),
      appliedCommitMicros: Number.isNaN(this.#appliedCommitMicros) ? null : this.#appliedCommitMicros,
      heardAgoMicros: Number.isNaN(this.#heardMicros) ? null : nowMicros - this.#heardMicros,
      clock: this.#clock.read(nowMicros),
    };
    return { ...reading, reason: lagReason(reading) };
  }

  /** The lag alone, without the rest of a reading. */
  lag(nowMicros: number): Lag {
    const lag =
      this.#waiting.count > 0
        ? this.#behind(nowMicros, this.#waiting.oldestCommitMicros)
        : this.#withoutWaiting(nowMicros);
    return this.#withOrigin(nowMicros, lag);
  }

  /**
   * The lag of one table: as fresh as all that was received if nothing waits that changes it. One that was never seen to change, as a view
   * never is, or is not followed by itself, is as far behind as the replica.
   */
  tableLag(nowMicros: number, schema: string, table: string): Lag {
    if (!this.#tables.follows(schema, table)) return this.lag(nowMicros);
    if (!this.#tables.waits(schema, table, this.#appliedNumber))
      return this.#withOrigin(nowMicros, this.#withoutWaiting(nowMicros));
    const first = this.#tables.firstCommitMicros(schema, table, this.#appliedNumber);
    const lag = this.#behind(nowMicros, Math.max(first, this.#waiting.oldestCommitMicros));
    return this.#withOrigin(nowMicros, lag);
  }

  /** The tables that have changes waiting, of the 512 that are followed one by one. */
  tablesBehind(): readonly (readonly [schema: string, table: string])[] {
    return [...this.#tables.waiting(this.#appliedNumber)];
  }

  /** Against the first source, whatever the table: that is never too small, for the oldest that waits counts. */
  #withOrigin(nowMicros: number, lag: OwnLag): Lag {
    const clock = this.#clock.read(nowMicros);
    const upstream = this.#origin.upstreamMicros(nowMicros);
    const sourceNow = clock === null ? NaN : nowMicros + clock.offsetMicros;
    const bounds = [(lag.atMostMicros ?? NaN) + upstream, sourceNow - this.#origin.appliedMicros];
    const known = bounds.filter((micros) => !Number.isNaN(micros));
    const doubt = clock?.uncertaintyMicros ?? 0;
    const atMost = known.length === 0 ? null : Math.max(0, Math.min(...known)) + doubt;
    if (lag.lagMicros === null) return { ...lag, originLagMicros: null, originAtMostMicros: atMost };
    const own = lag.lagMicros + (lag.basis === 'level' ? 0 : this.#settings.delayMicros);
    const late = this.#origin.newestLateMicros;
    const oldest = this.#waiting.count > 0 ? this.#waiting.oldestOriginalMicros : this.#origin.lostMicros;
    const origin =
      lag.basis === 'waiting'
        ? Math.max(own, sourceNow - oldest)
        : Math.max(own, upstream, lag.basis === 'delivery' ? late : 0);
    if (Number.isNaN(origin)) return { ...lag, originLagMicros: null, originAtMostMicros: atMost };
    return { ...lag, originLagMicros: origin, originAtMostMicros: Math.max(origin + doubt, atMost ?? 0) };
  }

  #withoutWaiting(nowMicros: number): OwnLag {
    if (!Number.isNaN(this.#lostCommitMicros)) return this.#behind(nowMicros, this.#lostCommitMicros);
    if (this.#lost) return this.#unknown(nowMicros, 'stream-lost');
    if (Number.isNaN(this.#heardMicros)) return this.#unknown(nowMicros, 'starting');
    if (nowMicros - this.#heardMicros > this.#settings.silenceMicrosMax)
      return this.#unknown(nowMicros, 'source-silent');
    if (!Number.isNaN(this.#endMicros))
      return { lagMicros: 0, basis: 'level', unknown: null, atMostMicros: this.#atMost(nowMicros) };
    if (Number.isNaN(this.#newestArrivedMicros)) return this.#unknown(nowMicros, 'not-at-end');
    if (Number.isNaN(this.#newestCommitMicros)) return this.#unknown(nowMicros, 'no-commit-times');
    if (Number.isNaN(this.#newestLateMicros)) return this.#unknown(nowMicros, 'clock-unknown');
    const lateMicros = this.#newestLateMicros;
    const atMostMicros = this.#atMost(nowMicros);
    if (lateMicros <= this.#settings.promptMicros)
      return { lagMicros: 0, basis: 'level', unknown: null, atMostMicros };
    const lagMicros = Math.max(0, lateMicros - this.#settings.delayMicros);
    return { lagMicros, basis: 'delivery', unknown: null, atMostMicros };
  }

  /** Something waits that the source committed at `commitMicros`. */
  #behind(nowMicros: number, commitMicros: number): OwnLag {
    const clock = this.#clock.read(nowMicros);
    if (Number.isNaN(commitMicros) || clock === null) {
      return this.#unknown(nowMicros, Number.isNaN(commitMicros) ? 'no-commit-times' : 'clock-unknown');
    }
    const ageMicros = Math.max(1, nowMicros + clock.offsetMicros - commitMicros);
    return {
      lagMicros: Math.max(0, ageMicros - this.#settings.delayMicros),
      basis: 'waiting',
      unknown: null,
      atMostMicros: ageMicros + clock.uncertaintyMicros,
    };
  }

  #unknown(nowMicros: number, unknown: UnknownLag): OwnLag {
    return { lagMicros: null, basis: 'unknown', unknown, atMostMicros: this.#atMost(nowMicros) };
  }

  /** The age of the data: since the replica was seen to have everything, or else since the commit that it applied last. */
  #atMost(nowMicros: number): number | null {
    const clock = this.#clock.read(nowMicros);
    const applied = clock === null ? NaN : this.#appliedCommitMicros - clock.offsetMicros;
    const known = [this.#freshMicros, applied].filter((micros) => !Number.isNaN(micros));
    if (known.length === 0) return null;
    return Math.max(0, nowMicros - Math.max(...known)) + (clock?.uncertaintyMicros ?? 0);
  }

  #secondsToLevel(nowMicros: number, lagMicros: number | null): number | null {
    const byBytes = this.#bytes.secondsToLevel(nowMicros, this.#bytesWaiting);
    if (byBytes !== null || lagMicros === null) return byBytes;
    const change = this.#trend.perSecond(nowMicros, lagMicros);
    return change !== null && change < 0 ? lagMicros / -change : null;
  }

  /** NaN: unknown. Read for each transaction that arrives, and therefore kept for a while. */
  #offsetMicros(nowMicros: number): number {
    if (!(nowMicros - this.#offsetAtMicros < offsetKeptMicros)) {
      this.#offsetKept = this.#clock.read(nowMicros)?.offsetMicros ?? NaN;
      this.#offsetAtMicros = nowMicros;
    }
    return this.#offsetKept;
  }

  #sample(nowMicros: number): void {
    if (!this.#trend.isDue(nowMicros)) return;
    const { lagMicros } = this.lag(nowMicros);
    if (lagMicros !== null) this.#trend.add(nowMicros, lagMicros);
  }
}
