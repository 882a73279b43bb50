import { RowsFlag, type RowsKind } from '../binlog/rows-event.js';
import { type PartitionStrategy, rowSplits } from './partition.js';
import { type SplitObstacle, splitObstacle } from './split-obstacle.js';
import { strictReason, type StrictReason } from './strict-reason.js';
import type { TableTraits } from '../schema/table-traits.js';

/** How a source logs, as far as it decides what may be reduced. */
export interface SourceHabits {
  /** Some row images do not carry all columns, or hold JSON differences. */
  readonly partialImages: boolean;
  /** What foreign keys do to children is in the log itself. */
  readonly actionsLogged: boolean;
}

export interface PlanChoice {
  readonly strategy: PartitionStrategy;
  readonly lanes: number;
}

/** Changes that put an epoch's events of a table in source order: of these kinds, in this table, for this reason. */
export interface SourceOrderCase {
  readonly reason: StrictReason;
  /** Whose changes they are: the table's own, or those of a linked one. */
  readonly schema: string;
  readonly table: string;
  readonly kinds: readonly RowsKind[];
}

/** What will be done with the changes of one table. */
export interface TableExplanation {
  readonly schema: string;
  readonly table: string;
  /**
   * - `net-changes`: of each row only its last state within an epoch is written.
   * - `in-order`: no key; every change is written, in lane 0, so that the rows keep their order.
   * - `alone`: the engine cannot roll back; each transaction goes by itself, as the source wrote it.
   */
  readonly applied: 'net-changes' | 'in-order' | 'alone';
  /** When it is applied in source order instead; empty: never. */
  readonly sourceOrder: readonly SourceOrderCase[];
  /** What goes to one lane as a whole at least. */
  readonly unit: 'row' | 'table' | 'linked-tables' | 'schema' | 'lane-0';
  /** Null: its keys would let it be split by row. */
  readonly splitObstacle: SplitObstacle | null;
  /** The name of its group of linked tables; null: it is linked to none. */
  readonly linkGroup: string | null;
  /** The column whose counter is kept level with the source although rows come and go; null: there is none. */
  readonly autoIncrementColumn: string | null;
}

const kinds: readonly RowsKind[] = ['write', 'update', 'delete'];

/**
 * Tells beforehand what the planner will do with each of the tables, by the functions that decide it. Pure.
 *
 * @param tables all tables of the replica, for linked tables share their fate.
 */
export function explainTables(
  tables: readonly TableTraits[],
  habits: SourceHabits,
  choice: PlanChoice,
): TableExplanation[] {
  const members = new Map<string, TableTraits[]>();
  for (const traits of tables) {
    const group = members.get(traits.linkGroup);
    if (group === undefined) members.set(traits.linkGroup, [traits]);
    else group.push(traits);
  }
  const casesOf = new Map(
    [...members].map(([group, own]) => [group, own.flatMap((traits) => sourceOrderCases(traits, habits))]),
  );
  return tables.map((traits) => {
    const obstacle = splitObstacle(traits);
    return {
      schema: traits.schema,
      table: traits.table,
      applied: !traits.transactional ? 'alone' : traits.primaryKey === null ? 'in-order' : 'net-changes',
      sourceOrder: casesOf.get(traits.linkGroup) ?? [],
      unit: unitOf(traits, obstacle, choice),
      splitObstacle: obstacle,
      linkGroup: traits.linked ? traits.linkGroup : null,
      autoIncrementColumn:
        traits.autoIncrementColumn === null ? null : (traits.columnNames[traits.autoIncrementColumn] ?? null),
    };
  });
}

/** Asks the planner's own question for every manner in which this source may log a change of the table. */
function sourceOrderCases(traits: TableTraits, habits: SourceHabits): SourceOrderCase[] {
  const flags = habits.actionsLogged ? RowsFlag.SqlForeignKey : 0;
  const found = new Map<StrictReason, RowsKind[]>();
  for (const complete of habits.partialImages ? [true, false] : [true]) {
    for (const kind of kinds) {
      const reason = strictReason({ kind, flags, complete }, traits);
      if (reason === null) continue;
      const known = found.get(reason);
      if (known === undefined) found.set(reason, [kind]);
      else if (!known.includes(kind)) known.push(kind);
    }
  }
  const { schema, table } = traits;
  return [...found].map(([reason, of]) => ({ reason, schema, table, kinds: of }));
}

function unitOf(
  traits: TableTraits,
  obstacle: SplitObstacle | null,
  { strategy, lanes }: PlanChoice,
): TableExplanation['unit'] {
  if (!traits.transactional || traits.primaryKey === null) return 'lane-0';
  if (strategy === 'schema') return 'schema';
  if (traits.linked) return 'linked-tables';
  return obstacle === null && lanes > 1 && rowSplits[strategy] !== 'never' ? 'row' : 'table';
}
