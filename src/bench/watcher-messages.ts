import type { ServerAddress } from '../mysql/server-address.js';

/** From the bench to the process that watches a replica. Sent over the process's channel: the address holds a password. */
export type ToWatcherChild =
  | { readonly kind: 'watch'; readonly replica: ServerAddress; readonly count: number }
  /** Nobody writes any more; what is not seen by now will not be waited for much longer. */
  | { readonly kind: 'give-up' };

export type FromWatcherChild =
  | { readonly kind: 'watching' }
  /** By marker: when it was seen first, shared clock, ms; null for one that was not. */
  | { readonly kind: 'seen'; readonly seenMs: readonly (number | null)[] }
  | { readonly kind: 'failed'; readonly text: string };
