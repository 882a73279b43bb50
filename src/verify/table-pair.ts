import type { DigestTable } from './row-digest.js';
import type { RangeKey } from './range-key.js';

/** A table on one of the two servers: the columns that both have, in the source's order. */
export interface SideTable extends DigestTable {
  /** Along which it is cut into chunks; null: it is compared in one go, by the hashes of its rows. */
  readonly key: RangeKey | null;
}

/** A table that both servers have. */
export interface TablePair {
  readonly schema: string;
  readonly table: string;
  readonly source: SideTable;
  readonly replica: SideTable;
  /** The greater of what the two servers guess. */
  readonly rowsEstimate: number;
}

/** `shop.item`, for people and for the state file. */
export function tableLabel({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${schema}.${table}`;
}
