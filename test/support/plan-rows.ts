import type { EpochPlan } from '../../src/plan/epoch-plan.js';
import { EpochBuilder, type EpochBuilderOptions } from '../../src/plan/epoch-builder.js';
import type { Transaction } from '../../src/transaction/transaction.js';
import { transactionOf, traitsOf } from './plan-events.js';
import type { RowChange } from './plan-source.js';
import type { ModelTable, Row } from './plan-tables.js';

/** One of the model's tables by name. */
export function tableNamed(tables: readonly ModelTable[], name: string): ModelTable {
  const found = tables.find(({ traits }) => traits.table === name);
  if (found === undefined) throw new Error(`the model has no table ${name}`);
  return found;
}

/** A row from small numbers; what is not given is what 0 stands for. */
export function rowOf(table: ModelTable, values: readonly (number | null)[]): Row {
  return table.columns.map(({ encode }, i) => {
    const value = values[i];
    return value === null ? null : encode(value ?? 0);
  });
}

type Values = readonly (number | null)[];

/** Changes of one table, made from small numbers. */
export function changesOf(
  table: ModelTable,
  flags = 0,
): {
  readonly insert: (after: Values) => RowChange;
  readonly update: (before: Values, after: Values) => RowChange;
  readonly remove: (before: Values) => RowChange;
} {
  const change = (kind: RowChange['kind'], before: Values | null, after: Values | null): RowChange => ({
    table,
    kind,
    before: before === null ? null : rowOf(table, before),
    after: after === null ? null : rowOf(table, after),
    flags,
    partial: false,
  });
  return {
    insert: (after) => change('write', null, after),
    update: (before, after) => change('update', before, after),
    remove: (before) => change('delete', before, null),
  };
}

/** One transaction a change. */
export function transactionsOf(changes: readonly RowChange[]): Transaction[] {
  return changes.map((change, i) => transactionOf([change], [false], i + 1));
}

export function builderOf(
  tables: readonly ModelTable[],
  options: Partial<EpochBuilderOptions> = {},
): EpochBuilder {
  const all = {
    rowsMax: 1e6,
    bytesMax: 1e9,
    strictTables: null,
    strategy: 'auto' as const,
    lanes: 4,
    ...options,
  };
  return new EpochBuilder(all, traitsOf(tables));
}

/** The plan of one epoch with these changes, each in a transaction of its own. */
export function planOf(
  tables: readonly ModelTable[],
  changes: readonly RowChange[],
  options: Partial<EpochBuilderOptions> = {},
): EpochPlan {
  const builder = builderOf(tables, options);
  for (const transaction of transactionsOf(changes)) builder.add(transaction);
  return builder.close();
}

/** Rows to delete, update and insert over all lanes, after reduction. */
export function netCounts(plan: EpochPlan): {
  deletes: number;
  updates: number;
  inserts: number;
  burnt: number;
} {
  const nets = plan.shares.flatMap((share) => [...share.nets, ...share.keyless]);
  const sum = (count: (net: (typeof nets)[number]) => number): number =>
    nets.reduce((total, net) => total + count(net), 0);
  return {
    deletes: sum(({ deletes }) => deletes.length),
    updates: sum(({ updates }) => updates.length),
    inserts: sum(({ inserts }) => inserts.length),
    burnt: sum(({ burnt }) => (burnt === null ? 0 : 1)),
  };
}
