/** What the dashboard's page is told. Unknown is null, never zero. Times are milliseconds since 1970 by the daemon's clock. */
export interface DashboardFrame {
  /** When the daemon was started: sequence numbers are its own. */
  readonly boot: number;
  readonly seq: number;
  readonly at_ms: number;
  /** The whole in one sentence. */
  readonly summary: string;
  readonly source: {
    readonly id: string;
    readonly state: string;
    readonly writes: string;
    readonly reason: string;
  } | null;
  readonly replicas: readonly ReplicaFrame[];
  /** Since the frame before, oldest first. */
  readonly changes: readonly ChangeJson[];
}

export interface ReplicaFrame {
  readonly id: string;
  /** As in hints; null: nothing is decided yet. */
  readonly state: string | null;
  readonly since_ms: number | null;
  readonly reason: string | null;
  /** Of all reads, 0 to 1. */
  readonly share: number | null;
  readonly zone: string | null;
  /** Where its link stands, as its state machine calls it. */
  readonly link: string;
  /** The same as hints tell it, with the error that stopped or interrupted it. */
  readonly link_standing: LinkStandingFrame;
  /** What interrupted the link last; null: nothing, or it goes on again. */
  readonly trouble: string | null;
  readonly lag_micros: number | null;
  readonly lag_at_most_micros: number | null;
  /** Against the server on which the data was committed first. */
  readonly origin_lag_micros: number | null;
  readonly origin_at_most_micros: number | null;
  readonly lag_reason: string;
  readonly trend: string | null;
  readonly transactions_behind: number | null;
  readonly bytes_behind: number | null;
  readonly transactions_per_second: number | null;
  readonly bytes_per_second: number | null;
  readonly seconds_to_level: number | null;
  /** Since the link was started; null: none was. */
  readonly totals: TotalsJson | null;
  readonly lanes: readonly LaneJson[] | null;
  /** Row changes a second, of the tables with most; null: no link was started. */
  readonly tables: readonly TableJson[] | null;
  /** Rows that change most often; null: they are not shown. */
  readonly hot_keys: readonly HotKeyJson[] | null;
}

/** As `LinkStandingJson` of hints. */
export interface LinkStandingFrame {
  readonly state: string;
  readonly since_ms: number;
  readonly code: string | null;
  readonly what: string | null;
  readonly why: string | null;
  readonly cure: string | null;
  readonly retry_at_ms: number | null;
}

export interface TotalsJson {
  readonly transactions: number;
  readonly rows_in: number;
  readonly rows_out: number;
  readonly epochs: number;
  readonly fallbacks: number;
  readonly conflicts: number;
  readonly barriers: number;
}

/** What a lane does now, and the part of the last seconds that it spent with each, 0 to 1; they add up to 1. */
export interface LaneJson {
  readonly now: string;
  readonly shares: Readonly<Record<string, number>>;
}

export interface TableJson {
  readonly schema: string;
  readonly table: string;
  readonly rows_in_per_second: number;
  readonly rows_out_per_second: number;
}

export interface HotKeyJson {
  readonly schema: string;
  readonly table: string;
  readonly key: string;
  readonly changes_per_second: number;
}

/** A change of state of a replica, of its link or of the source. */
export interface ChangeJson {
  readonly at_ms: number;
  readonly kind: 'replica' | 'link' | 'source';
  readonly id: string;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string;
}

/** One column of samples for each replica, beside their times. */
export interface SamplesJson {
  readonly at_ms: readonly number[];
  readonly replicas: readonly {
    readonly id: string;
    readonly lag_micros: readonly (number | null)[];
    readonly transactions_per_second: readonly (number | null)[];
  }[];
}

/** What a page that comes, or comes back, has missed. */
export interface HistoryJson {
  readonly boot: number;
  /** What the page has is of another daemon, or too old: forget it. */
  readonly reset: boolean;
  /** A sample a second, for a quarter of an hour. */
  readonly seconds: SamplesJson;
  /** The highest value of each minute, for a day; only with `reset`. */
  readonly minutes: SamplesJson | null;
  readonly changes: readonly ChangeJson[];
}
