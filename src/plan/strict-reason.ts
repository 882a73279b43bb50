import { RowsFlag, type RowsEvent } from '../binlog/rows-event.js';
import type { TableTraits } from '../schema/table-traits.js';

/**
 * Why an event keeps its table, and all that are linked with it, from being reduced for the length of an epoch:
 *
 * - `partial-image`: it does not carry all columns, or holds JSON differences.
 * - `linked-without-key`: rows of a linked table that have no primary key cannot be told apart.
 * - `unlogged-actions`: the engine of the source carried out foreign-key actions that are not in the log; the replica's must do
 *   the same, in the same order.
 * - `replica-only-columns`: the replica's table has columns that the source's images do not carry. An update that is written as
 *   delete and insert would reset them; and what they default to may depend on when, and in which order, a row came.
 */
export type StrictReason =
  'partial-image' | 'linked-without-key' | 'unlogged-actions' | 'replica-only-columns';

/** What of an event decides. */
export type EventManner = Pick<RowsEvent, 'kind' | 'flags' | 'complete'>;

/** Null: the event may be reduced. */
export function strictReason(
  event: EventManner,
  traits: Pick<TableTraits, 'primaryKey' | 'linked' | 'referentialActions' | 'replicaOnly'>,
): StrictReason | null {
  if (!event.complete) return 'partial-image';
  if (traits.replicaOnly === true) return 'replica-only-columns';
  if (traits.primaryKey === null && traits.linked) return 'linked-without-key';
  const unlogged =
    event.kind !== 'write' && (event.flags & (RowsFlag.SqlForeignKey | RowsFlag.NoForeignKeyChecks)) === 0;
  return traits.referentialActions && unlogged ? 'unlogged-actions' : null;
}
