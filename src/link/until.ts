import type { GtidSet } from '../gtid/gtid-set.js';
import type { BinlogPosition } from './link-settings.js';

/** When a link is done: never, or once the replica has what the source had at some point. */
export type Until =
  | { readonly kind: 'forever' }
  /** All that the source had committed when the link started. */
  | { readonly kind: 'now' }
  | { readonly kind: 'gtid'; readonly set: GtidSet }
  | { readonly kind: 'position'; readonly position: BinlogPosition };
