import type { Transaction } from './transaction.js';

/**
 * How a transaction goes to the replica:
 *
 * - `epoch`: together with its neighbours, through several lanes.
 * - `alone`: its rows as the source wrote them, because an engine of its tables cannot roll back.
 * - `streamed`: its rows while they are still being read, because it is larger than may be held.
 * - `statement`: a statement, or statements among rows.
 * - `xa`: the rows of an XA transaction, or its outcome.
 *
 * All but `epoch` are barriers: they wait for the epoch before them, and nothing passes them.
 */
export type Way = 'epoch' | 'alone' | 'streamed' | 'statement' | 'xa';

/** What the way depends on besides the transaction itself. */
export interface TablesKnown {
  /** Whether the engines of all tables that the transaction changes can roll back. */
  canRollBack(transaction: Transaction): boolean;
}

/**
 * The one place that decides the way of a transaction. Pure. Without `tables`, which must know those of the transaction, `epoch` may
 * still turn out to be `alone`.
 *
 * @example
 * if (wayOf(next) === 'epoch') await traits.load(next);
 * const way = wayOf(next, traits);
 */
export function wayOf(transaction: Transaction, tables: TablesKnown | null = null): Way {
  switch (transaction.kind) {
    case 'rows':
      if (transaction.tail !== null) return 'streamed';
      return tables === null || tables.canRollBack(transaction) ? 'epoch' : 'alone';
    case 'xa':
    case 'xa-outcome':
      return 'xa';
    case 'statement':
    case 'create-select':
    case 'mixed':
      return 'statement';
  }
}
