/** A transaction that takes more than this share of the budget is not held but streamed. */
export const largeShare = 0.6;
/** Nor one of more rows: while an epoch is planned each takes some 300 bytes, which no budget of event bytes counts. */
export const largeRows = 200_000;
