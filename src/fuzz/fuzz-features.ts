/** Kinds of events that the generator writes only when they are switched on: a release of tailrace may not support them. */
export const fuzzFeatures = {
  /** One writer commits compressed transactions. */
  compression: true,
  /** One writer runs XA transactions, in two phases and in one. */
  xa: true,
} as const;

export type FuzzFeatures = Readonly<Record<keyof typeof fuzzFeatures, boolean>>;
