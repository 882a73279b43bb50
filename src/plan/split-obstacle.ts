import type { TableTraits } from '../schema/table-traits.js';

/** Why the rows of a table are never spread over lanes. */
export interface SplitObstacle {
  readonly kind: 'no-primary-key' | 'linked' | 'key';
  /** For `key`: the key whose equal values may have different bytes, `PRIMARY` or its name. */
  readonly key: string | null;
  /** For `key`: what makes them so, for a person. */
  readonly why: string | null;
}

/** Null: every key that could make two rows of the table meet compares as bytes, and the table may be split. */
export function splitObstacle(traits: TableTraits): SplitObstacle | null {
  if (traits.primaryKey === null) return { kind: 'no-primary-key', key: null, why: null };
  if (traits.linked) return { kind: 'linked', key: null, why: null };
  if (!traits.primaryKeyComparable) {
    return { kind: 'key', key: 'PRIMARY', why: traits.primaryKeyObstacle ?? null };
  }
  const key = traits.uniqueKeys.find(({ comparable, functional }) => !comparable || functional);
  return key === undefined ? null : { kind: 'key', key: key.name, why: key.obstacle ?? null };
}
