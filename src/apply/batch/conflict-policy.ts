import type { TableTraits } from '../../schema/table-traits.js';
import type { RowWriter } from '../lane/row-writer.js';
import type { SingleRow } from './single-rows.js';

/** What to do with a row change that does not fit the replica's data; see docs/operations.md. */
export const conflictPolicies = ['stop', 'overwrite', 'skip'] as const;

export type ConflictPolicy = (typeof conflictPolicies)[number];

/** Gives false when the change must stop the link. */
type Meet = (writer: RowWriter, row: SingleRow, traits: TableTraits) => Promise<boolean>;

const meets: Readonly<Record<ConflictPolicy, Meet>> = {
  stop: () => Promise.resolve(false),
  overwrite: (writer, row, traits) => writer.overwrite(row, traits),
  skip: () => Promise.resolve(true),
};

/** Does what the policy says with a row change that failed in the open transaction; false: it must stop the link. */
export function meetConflict(
  policy: ConflictPolicy,
  writer: RowWriter,
  row: SingleRow,
  traits: TableTraits,
): Promise<boolean> {
  return meets[policy](writer, row, traits);
}
