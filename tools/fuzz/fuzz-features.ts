/** Kinds of events that the generator writes only when they are switched on: a release of tailrace may not support them. */
export const fuzzFeatures = {
  /** One writer commits compressed transactions. */
  compression: true,
  /** One writer runs XA transactions, in two phases and in one. */
  xa: true,
  /** One writer has binlog_format MIXED, and uses temporary tables and user variables. */
  statements: true,
} as const;

export type FuzzFeatures = Readonly<Record<keyof typeof fuzzFeatures, boolean>>;
