/** What a row or a bucket held when it was read: a hash; null: it was not there. */
export type Content = string | null;

/** Something that differed, and what is known of it so far. */
export interface Doubt {
  /** What the source held when it was last read. */
  readonly source: Content;
  /** How often running the replica differed from a source that did not change meanwhile. */
  readonly confirmed: number;
}

export type Verdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'differs' }
  | { readonly kind: 'open'; readonly doubt: Doubt };

/**
 * A difference counts once it was seen so often in a row. Once is not enough: a transaction's rows can be read on the source a
 * moment before its GTID shows in gtid_executed, so that the replica is asked too early.
 */
const confirmationsNeeded = 2;

/**
 * Decides whether a replica that differed really differs. The order of reading is what makes it right: `doubt.source` was read, then the
 * source's position, then the replica reached that position, then `replica` was read, and then `source`. If the source held the
 * same at both ends, the replica had no reason to hold anything else in between. Pure.
 */
export function settle(doubt: Doubt, replica: Content, source: Content): Verdict {
  if (replica === source || replica === doubt.source) return { kind: 'equal' };
  if (source !== doubt.source) return { kind: 'open', doubt: { source, confirmed: 0 } };
  const confirmed = doubt.confirmed + 1;
  if (confirmed >= confirmationsNeeded) return { kind: 'differs' };
  return { kind: 'open', doubt: { source, confirmed } };
}
